use application_billing::ports::{DocumentKey, StatementQueries};
use application_billing::{
    DocumentView, EarningView, MOST_LINES, Month, Movement, NamedView, NewDocument, OwnPaymentView,
    Particulars, StatementLineView,
};
use application_kernel::{MoneyView, Page, PageRequest, StoreError};
use async_trait::async_trait;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Jsonb, Nullable, Text, Timestamp as SqlTimestamp};
use diesel_async::RunQueryDsl;
use domain_billing::{DocumentKind, DocumentNumber};
use domain_kernel::{Labelled, PaymentId, Timestamp, UserId};
use serde::Deserialize;
use serde_json::Value;

use super::minor;
use crate::error::{corrupt, missing, store_error};
use crate::sql::sql;
use crate::store::PgStore;

const PAYMENTS: &str = include_str!("own_payments.sql");
const EARNINGS: &str = include_str!("own_earnings.sql");
const MOVEMENTS: &str = include_str!("movements.sql");

/// Documents of $1, after the moment $2 and the number $3, or with the number $5.
const DOCUMENTS: &str = "
    SELECT number::text AS number, kind::text AS kind, source_id, payment_id, person_id, amount_minor,
           currency::text AS currency, corrects::text AS corrects, particulars, occurred_at, issued_at
    FROM issued_documents
    WHERE person_id = $1 AND ($2::timestamp IS NULL OR (issued_at, number) < ($2, $3::text))
      AND ($5::text IS NULL OR number = $5)
    ORDER BY issued_at DESC, number DESC LIMIT $4";

#[derive(QueryableByName)]
struct PaymentRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    session_id: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    mentor_id: String,
    #[diesel(sql_type = Text)]
    mentor: String,
    #[diesel(sql_type = Text)]
    skill: String,
    #[diesel(sql_type = Nullable<Text>)]
    plan: Option<String>,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    amount: i64,
    #[diesel(sql_type = BigInt)]
    returned: i64,
    #[diesel(sql_type = BigInt)]
    returning: i64,
    #[diesel(sql_type = Nullable<SqlTimestamp>)]
    started_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Nullable<SqlTimestamp>)]
    paid_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Array<Text>)]
    documents: Vec<String>,
}

#[derive(QueryableByName)]
struct EarningRow {
    #[diesel(sql_type = Text)]
    payment_id: String,
    #[diesel(sql_type = Text)]
    session_id: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    student_id: String,
    #[diesel(sql_type = Text)]
    student: String,
    #[diesel(sql_type = Text)]
    skill: String,
    #[diesel(sql_type = Nullable<Text>)]
    plan: Option<String>,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    amount: i64,
    #[diesel(sql_type = BigInt)]
    refunded: i64,
    #[diesel(sql_type = BigInt)]
    fee: i64,
    #[diesel(sql_type = BigInt)]
    share: i64,
    #[diesel(sql_type = BigInt)]
    owed: i64,
    #[diesel(sql_type = Nullable<SqlTimestamp>)]
    payable_from: Option<NaiveDateTime>,
    #[diesel(sql_type = Nullable<SqlTimestamp>)]
    paid_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Nullable<SqlTimestamp>)]
    voided_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Array<Text>)]
    documents: Vec<String>,
}

#[derive(QueryableByName)]
struct DocumentRow {
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    source_id: String,
    #[diesel(sql_type = Text)]
    payment_id: String,
    #[diesel(sql_type = Text)]
    person_id: String,
    #[diesel(sql_type = BigInt)]
    amount_minor: i64,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = Nullable<Text>)]
    corrects: Option<String>,
    #[diesel(sql_type = Jsonb)]
    particulars: Value,
    #[diesel(sql_type = SqlTimestamp)]
    occurred_at: NaiveDateTime,
    #[diesel(sql_type = SqlTimestamp)]
    issued_at: NaiveDateTime,
}

#[derive(QueryableByName)]
struct MovementsRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Jsonb)]
    lines: Value,
}

/// A line as the statement writes it into its array.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineRow {
    at: NaiveDateTime,
    kind: String,
    payment_id: String,
    session_id: String,
    student: String,
    skill: String,
    fee: i64,
    amount: i64,
    currency: String,
    reference: Option<String>,
}

fn text(at: NaiveDateTime) -> String {
    Timestamp::from_utc(at).to_string()
}

impl From<PaymentRow> for OwnPaymentView {
    fn from(row: PaymentRow) -> Self {
        let PaymentRow {
            id,
            session_id,
            status,
            mentor_id,
            mentor,
            skill,
            plan,
            currency,
            amount,
            returned,
            returning,
            started_at,
            paid_at,
            documents,
        } = row;
        let money = |minor| MoneyView { minor, currency: currency.clone() };
        Self {
            id,
            session_id,
            status,
            mentor: NamedView { id: mentor_id, name: mentor },
            skill,
            plan,
            amount: money(amount),
            returned: money(returned),
            returning: money(returning),
            started_at: started_at.map(text),
            paid_at: paid_at.map(text),
            documents,
        }
    }
}

impl From<EarningRow> for EarningView {
    fn from(row: EarningRow) -> Self {
        let EarningRow {
            payment_id,
            session_id,
            status,
            student_id,
            student,
            skill,
            plan,
            currency,
            amount,
            refunded,
            fee,
            share,
            owed,
            payable_from,
            paid_at,
            voided_at,
            documents,
        } = row;
        let money = |minor| MoneyView { minor, currency: currency.clone() };
        Self {
            payment_id,
            session_id,
            status,
            student: NamedView { id: student_id, name: student },
            skill,
            plan,
            amount: money(amount),
            refunded: money(refunded),
            fee: money(fee),
            share: money(share),
            owed: money(owed),
            payable_from: payable_from.map(text),
            paid_at: paid_at.map(text),
            voided_at: voided_at.map(text),
            documents,
        }
    }
}

impl DocumentRow {
    fn keyed(self) -> Result<(DocumentKey, DocumentView), StoreError> {
        let broken = corrupt("issued_documents", &self.number);
        let Self {
            number,
            kind,
            source_id,
            payment_id,
            person_id,
            amount_minor,
            currency,
            corrects,
            particulars,
            occurred_at,
            issued_at,
        } = self;
        let read = |number: &str| DocumentNumber::parse(number).map_err(|error| broken(&error));
        let document = NewDocument {
            kind: DocumentKind::from_label(&kind).map_err(|error| broken(&error))?,
            source: source_id,
            payment: PaymentId::parse(payment_id).map_err(|error| broken(&error))?,
            person: UserId::parse(person_id).map_err(|error| broken(&error))?,
            amount: minor("issued_documents", &number, amount_minor, &currency)?,
            corrects: corrects.as_deref().map(read).transpose()?,
            particulars: serde_json::from_value::<Particulars>(particulars)
                .map_err(|error| broken(&error))?,
            occurred_at: Timestamp::from_utc(occurred_at),
        };
        let (number, issued_at) = (read(&number)?, Timestamp::from_utc(issued_at));
        Ok((DocumentKey { issued_at, number }, DocumentView::of(&document, &number, issued_at)))
    }
}

impl From<LineRow> for StatementLineView {
    fn from(row: LineRow) -> Self {
        let LineRow { at, kind, payment_id, session_id, student, skill, fee, amount, currency, reference } =
            row;
        Self {
            at: text(at),
            kind,
            payment_id,
            session_id,
            student,
            skill,
            fee_minor: fee,
            amount_minor: amount,
            currency,
            reference,
        }
    }
}

#[async_trait]
impl StatementQueries for PgStore {
    async fn own_payments(
        &self,
        student: &UserId,
        page: &PageRequest<String>,
    ) -> Result<Page<OwnPaymentView, String>, StoreError> {
        let rows: Vec<PaymentRow> = sql(PAYMENTS)
            .bind::<Text, _>(student.as_str())
            .bind::<Nullable<Text>, _>(page.after.as_deref())
            .bind::<BigInt, _>(page.limit())
            .load(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        let views = rows.into_iter().map(OwnPaymentView::from).collect();
        Ok(Page::cut(views, page.size, |view: &OwnPaymentView| view.id.clone()))
    }

    async fn own_earnings(
        &self,
        mentor: &UserId,
        page: &PageRequest<String>,
    ) -> Result<Page<EarningView, String>, StoreError> {
        let rows: Vec<EarningRow> = sql(EARNINGS)
            .bind::<Text, _>(mentor.as_str())
            .bind::<Nullable<Text>, _>(page.after.as_deref())
            .bind::<BigInt, _>(page.limit())
            .load(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        let views = rows.into_iter().map(EarningView::from).collect();
        Ok(Page::cut(views, page.size, |view: &EarningView| view.payment_id.clone()))
    }

    async fn own_documents(
        &self,
        person: &UserId,
        page: &PageRequest<DocumentKey>,
    ) -> Result<Page<DocumentView, DocumentKey>, StoreError> {
        let (at, number) =
            page.after.as_ref().map(|key| (key.issued_at.naive(), key.number.to_string())).unzip();
        let rows: Vec<DocumentRow> = sql(DOCUMENTS)
            .bind::<Text, _>(person.as_str())
            .bind::<Nullable<SqlTimestamp>, _>(at)
            .bind::<Nullable<Text>, _>(number)
            .bind::<BigInt, _>(page.limit())
            .bind::<Nullable<Text>, _>(None::<&str>)
            .load(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        let keyed = rows.into_iter().map(DocumentRow::keyed).collect::<Result<Vec<_>, _>>()?;
        let Page { items, next } = Page::cut(keyed, page.size, |(key, _)| key.clone());
        Ok(Page { items: items.into_iter().map(|(_, view)| view).collect(), next })
    }

    async fn own_document(
        &self,
        person: &UserId,
        number: &DocumentNumber,
    ) -> Result<Option<DocumentView>, StoreError> {
        let row: Option<DocumentRow> = sql(DOCUMENTS)
            .bind::<Text, _>(person.as_str())
            .bind::<Nullable<SqlTimestamp>, _>(None::<NaiveDateTime>)
            .bind::<Nullable<Text>, _>(None::<&str>)
            .bind::<BigInt, _>(1)
            .bind::<Nullable<Text>, _>(Some(number.to_string()))
            .get_result(&mut *self.conn().await?)
            .await
            .optional()
            .map_err(store_error)?;
        Ok(row.map(DocumentRow::keyed).transpose()?.map(|(_, view)| view))
    }

    async fn movements(
        &self,
        mentor: &UserId,
        month: Month,
    ) -> Result<(NamedView, Vec<StatementLineView>), StoreError> {
        let labels = [Movement::Paid, Movement::Returned, Movement::ClawedBack, Movement::Disputed];
        let row: MovementsRow = sql(MOVEMENTS)
            .bind::<Text, _>(mentor.as_str())
            .bind::<SqlTimestamp, _>(month.from().naive())
            .bind::<SqlTimestamp, _>(month.to().naive())
            .bind::<BigInt, _>(i64::try_from(MOST_LINES + 1).unwrap_or(i64::MAX))
            .bind::<Array<Text>, _>(labels.map(Labelled::label).to_vec())
            .get_result(&mut *self.conn().await?)
            .await
            .map_err(missing("users"))?;
        let lines: Vec<LineRow> = serde_json::from_value(row.lines)
            .map_err(|error| corrupt("journal_entries", mentor.as_str())(&error))?;
        let mentor = NamedView { id: mentor.to_string(), name: row.name };
        Ok((mentor, lines.into_iter().map(StatementLineView::from).collect()))
    }
}
