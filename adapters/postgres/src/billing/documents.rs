use application_billing::ports::Documents;
use application_billing::{Issued, NamedView, NewDocument, Particulars};
use application_kernel::StoreError;
use async_trait::async_trait;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Nullable, Text, Timestamp as SqlTimestamp};
use diesel_async::RunQueryDsl;
use domain_billing::{DocumentKind, DocumentNumber, Posted};
use domain_kernel::{AccountKind, Currency, EntryKind, Labelled, PaymentId, SessionId, Timestamp};

use crate::error::{corrupt, missing, store_error};
use crate::schema::payments;
use crate::sql::sql;
use crate::store::PgTx;

const POSTED: &str = "
    SELECT e.kind::text AS kind, e.source_id, e.posted_at, e.currency::text AS currency,
           array_agg(a.kind::text ORDER BY a.id) AS accounts, array_agg(l.amount ORDER BY a.id) AS amounts
    FROM journal_entries e
    JOIN journal_lines l ON l.entry_id = e.id
    JOIN ledger_accounts a ON a.id = l.account_id
    WHERE e.payment_id = $1 GROUP BY e.id ORDER BY e.id";

const ISSUED: &str = "
    SELECT kind::text AS kind, source_id, number::text AS number
    FROM issued_documents WHERE payment_id = $1 ORDER BY issued_at, number";

const PARTICULARS: &str = "
    SELECT s.id AS session_id, s.student_id::text AS student_id, st.name AS student, s.mentor_id::text AS mentor_id,
           m.name AS mentor, s.skill_name::text AS skill, pl.plan_title::text AS plan, p.gateway::text AS gateway
    FROM payments p
    JOIN sessions s ON s.id = p.session_id
    JOIN users st ON st.id = s.student_id
    JOIN users m ON m.id = s.mentor_id
    LEFT JOIN plans pl ON pl.id = s.plan_id
    WHERE p.id = $1";

/// Whoever takes a number holds the series' row until the transaction ends; undone, the row is as it was.
const NEXT: &str = "
    INSERT INTO document_series AS s (series, year, next) VALUES ($1, $2, 2)
    ON CONFLICT (series, year) DO UPDATE SET next = s.next + 1
    RETURNING next - 1 AS place";

const ISSUE: &str = "
    INSERT INTO issued_documents (number, series, year, place, kind, source_id, payment_id, person_id, amount_minor,
                                  currency, corrects, particulars, occurred_at, issued_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

#[derive(QueryableByName)]
struct PostedRow {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    source_id: String,
    #[diesel(sql_type = SqlTimestamp)]
    posted_at: NaiveDateTime,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = Array<Text>)]
    accounts: Vec<String>,
    #[diesel(sql_type = Array<BigInt>)]
    amounts: Vec<i64>,
}

#[derive(QueryableByName)]
struct IssuedRow {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    source_id: String,
    #[diesel(sql_type = Text)]
    number: String,
}

#[derive(QueryableByName)]
struct ParticularsRow {
    #[diesel(sql_type = Text)]
    session_id: String,
    #[diesel(sql_type = Text)]
    student_id: String,
    #[diesel(sql_type = Text)]
    student: String,
    #[diesel(sql_type = Text)]
    mentor_id: String,
    #[diesel(sql_type = Text)]
    mentor: String,
    #[diesel(sql_type = Text)]
    skill: String,
    #[diesel(sql_type = Nullable<Text>)]
    plan: Option<String>,
    #[diesel(sql_type = Text)]
    gateway: String,
}

#[derive(QueryableByName)]
struct PlaceRow {
    #[diesel(sql_type = Integer)]
    place: i32,
}

impl TryFrom<PostedRow> for Posted {
    type Error = StoreError;

    fn try_from(row: PostedRow) -> Result<Self, StoreError> {
        let PostedRow { kind, source_id, posted_at, currency, accounts, amounts } = row;
        let broken = corrupt("journal_entries", &source_id);
        let kinds = accounts.iter().map(|kind| AccountKind::from_label(kind));
        let kinds = kinds.collect::<Result<Vec<_>, _>>().map_err(|error| broken(&error))?;
        Ok(Self {
            kind: EntryKind::from_label(&kind).map_err(|error| broken(&error))?,
            at: Timestamp::from_utc(posted_at),
            currency: Currency::parse(&currency).map_err(|error| broken(&error))?,
            lines: kinds.into_iter().zip(amounts).collect(),
            source: source_id,
        })
    }
}

impl TryFrom<IssuedRow> for Issued {
    type Error = StoreError;

    fn try_from(row: IssuedRow) -> Result<Self, StoreError> {
        let IssuedRow { kind, source_id, number } = row;
        let broken = corrupt("issued_documents", &number);
        Ok(Self {
            kind: DocumentKind::from_label(&kind).map_err(|error| broken(&error))?,
            source: source_id,
            number: DocumentNumber::parse(&number).map_err(|error| broken(&error))?,
        })
    }
}

impl From<ParticularsRow> for Particulars {
    fn from(row: ParticularsRow) -> Self {
        let ParticularsRow { session_id, student_id, student, mentor_id, mentor, skill, plan, gateway } = row;
        Self {
            session_id,
            student: NamedView { id: student_id, name: student },
            mentor: NamedView { id: mentor_id, name: mentor },
            skill,
            plan,
            gateway,
            of_minor: None,
        }
    }
}

#[async_trait]
impl Documents for PgTx {
    async fn payment_of(&mut self, session: &SessionId) -> Result<Option<PaymentId>, StoreError> {
        let found: Option<String> = payments::table
            .filter(payments::session_id.eq(session.as_str()))
            .select(payments::id)
            .first(&mut *self.conn)
            .await
            .optional()
            .map_err(store_error)?;
        let read =
            |id: String| PaymentId::parse(id.clone()).map_err(|error| corrupt("payments", &id)(&error));
        found.map(read).transpose()
    }

    async fn posted(&mut self, payment: &PaymentId) -> Result<Vec<Posted>, StoreError> {
        let rows: Vec<PostedRow> =
            sql(POSTED).bind::<Text, _>(payment.as_str()).load(&mut *self.conn).await.map_err(store_error)?;
        rows.into_iter().map(Posted::try_from).collect()
    }

    async fn issued(&mut self, payment: &PaymentId) -> Result<Vec<Issued>, StoreError> {
        let rows: Vec<IssuedRow> =
            sql(ISSUED).bind::<Text, _>(payment.as_str()).load(&mut *self.conn).await.map_err(store_error)?;
        rows.into_iter().map(Issued::try_from).collect()
    }

    async fn particulars(&mut self, payment: &PaymentId) -> Result<Particulars, StoreError> {
        let row: ParticularsRow = sql(PARTICULARS)
            .bind::<Text, _>(payment.as_str())
            .get_result(&mut *self.conn)
            .await
            .map_err(missing("payments"))?;
        Ok(row.into())
    }

    async fn issue(&mut self, document: &NewDocument, now: Timestamp) -> Result<DocumentNumber, StoreError> {
        let NewDocument { kind, source, payment, person, amount, corrects, particulars, occurred_at } =
            document;
        let (series, year) = (kind.series(), DocumentNumber::year_at(now));
        let PlaceRow { place } = sql(NEXT)
            .bind::<Text, _>(series.label())
            .bind::<Integer, _>(year)
            .get_result(&mut *self.conn)
            .await
            .map_err(store_error)?;
        let number = DocumentNumber { series, year, place };
        let particulars =
            serde_json::to_value(particulars).map_err(|error| corrupt("issued_documents", source)(&error))?;
        sql(ISSUE)
            .bind::<Text, _>(number.to_string())
            .bind::<Text, _>(series.label())
            .bind::<Integer, _>(year)
            .bind::<Integer, _>(place)
            .bind::<Text, _>(kind.label())
            .bind::<Text, _>(source)
            .bind::<Text, _>(payment.as_str())
            .bind::<Text, _>(person.as_str())
            .bind::<BigInt, _>(amount.minor())
            .bind::<Text, _>(amount.currency().code())
            .bind::<Nullable<Text>, _>(corrects.map(|number| number.to_string()))
            .bind::<Jsonb, _>(particulars)
            .bind::<SqlTimestamp, _>(occurred_at.naive())
            .bind::<SqlTimestamp, _>(now.naive())
            .execute(&mut *self.conn)
            .await
            .map_err(store_error)?;
        Ok(number)
    }
}
