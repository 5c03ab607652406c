//! Sessions and reports as operators see them.

use application_booking::{
    NoShowKey, NoShowView, OperatorItemView, OperatorPaymentView, OperatorSessionView, PartyView, PlanRef,
    SplitView,
};
use application_kernel::{MoneyView, Page, PageRequest, StoreError};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Jsonb, Nullable, Text, Timestamp as SqlTimestamp};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_billing::{Payment, PaymentStatus};
use domain_kernel::{ScheduleItemId, SessionId, Timestamp};
use domain_mentoring::SessionStatus;
use serde_json::Value;

use super::meetings::{MEETINGS, MeetingRow};
use super::payments::PaymentRow;
use super::sessions::{self, SessionRow};
use super::terms::TermsRow;
use crate::billing::{LedgerRow, LedgerTermsRow};
use crate::error::{corrupt, store_error};
use crate::schema::{
    admin_ledger, ledger_terms, payments, plans, session_terms, sessions as session_table, users,
};
use crate::sql::{snippet, sql};

diesel::alias! {
    const STUDENTS: Alias<Students> = users as students;
    const MENTORS: Alias<Mentors> = users as mentors;
}

/// The reports that wait for an operator, the oldest first. $1 and $2 the place to go on after, $3 the limit.
const NO_SHOWS: &str = "
    SELECT x.schedule_id, x.session_id, x.item, i.scheduled_date AS starts_at, x.ends_at, x.reported_at, x.report_note,
           s.status::text AS status, s.skill_name, s.student_id, u.name AS student, s.mentor_id, m.name AS mentor
    FROM session_item_terms x
    JOIN session_schedule i ON i.id = x.schedule_id
    JOIN sessions s ON s.id = x.session_id
    JOIN users u ON u.id = s.student_id
    JOIN users m ON m.id = s.mentor_id
    WHERE x.reported_at IS NOT NULL AND x.report_decided_at IS NULL
      AND ($1 IS NULL OR (x.reported_at, x.schedule_id) > ($1, $2))
    ORDER BY x.reported_at, x.schedule_id LIMIT $3";

#[derive(QueryableByName)]
struct NoShowRow {
    #[diesel(sql_type = Integer)]
    schedule_id: i32,
    #[diesel(sql_type = Text)]
    session_id: String,
    #[diesel(sql_type = Integer)]
    item: i32,
    #[diesel(sql_type = SqlTimestamp)]
    starts_at: NaiveDateTime,
    #[diesel(sql_type = SqlTimestamp)]
    ends_at: NaiveDateTime,
    #[diesel(sql_type = SqlTimestamp)]
    reported_at: NaiveDateTime,
    #[diesel(sql_type = Nullable<Text>)]
    report_note: Option<String>,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    skill_name: String,
    #[diesel(sql_type = Text)]
    student_id: String,
    #[diesel(sql_type = Text)]
    student: String,
    #[diesel(sql_type = Text)]
    mentor_id: String,
    #[diesel(sql_type = Text)]
    mentor: String,
}

/// What the view of a session is made of: one row.
#[derive(Queryable)]
struct FoundRow {
    session: SessionRow,
    terms: Option<TermsRow>,
    student_name: String,
    mentor_name: String,
    plan: Option<(i32, String, String)>,
    payment: Option<PaymentRow>,
    ledger: Option<LedgerRow>,
    ledger_terms: Option<LedgerTermsRow>,
    meetings: Value,
}

/// The session with its money and its meetings; one statement.
pub(super) async fn session(
    conn: &mut AsyncPgConnection,
    id: &SessionId,
) -> Result<Option<OperatorSessionView>, StoreError> {
    session_table::table
        .inner_join(STUDENTS.on(STUDENTS.field(users::id).eq(session_table::student_id)))
        .inner_join(MENTORS.on(MENTORS.field(users::id).eq(session_table::mentor_id)))
        .left_join(session_terms::table.on(session_terms::session_id.eq(session_table::id)))
        .left_join(plans::table.on(plans::id.nullable().eq(session_table::plan_id)))
        .left_join(payments::table.on(payments::session_id.eq(session_table::id)))
        .left_join(admin_ledger::table.on(admin_ledger::payment_id.eq(payments::id)))
        .left_join(ledger_terms::table.on(ledger_terms::payment_id.eq(payments::id)))
        .filter(session_table::id.eq(id.as_str()))
        .select((
            SessionRow::as_select(),
            Option::<TermsRow>::as_select(),
            STUDENTS.field(users::name),
            MENTORS.field(users::name),
            (plans::id, plans::plan_key, plans::plan_title).nullable(),
            Option::<PaymentRow>::as_select(),
            Option::<LedgerRow>::as_select(),
            Option::<LedgerTermsRow>::as_select(),
            snippet::<Jsonb>(MEETINGS),
        ))
        .first::<FoundRow>(conn)
        .await
        .optional()
        .map_err(store_error)?
        .map(view)
        .transpose()
}

fn view(row: FoundRow) -> Result<OperatorSessionView, StoreError> {
    let FoundRow { session, terms, student_name, mentor_name, plan, payment, ledger, ledger_terms, meetings } =
        row;
    let id = session.id.clone();
    let items = items(&id, meetings)?;
    // One that was taken over and that we cannot read is left out and logged: the session is shown all the same.
    let payment = payment.and_then(|row| {
        Payment::try_from(row)
            .inspect_err(
                |error| tracing::warn!(session = id, %error, "a payment that cannot be read is not shown"),
            )
            .ok()
    });
    let split = ledger.zip(ledger_terms).map(|(row, terms)| row.ledger(terms)).transpose()?;
    let view = match terms {
        Some(terms) => {
            let session = sessions::session(session, terms)?;
            OperatorSessionView::of(&session, &student_name, &mentor_name)
        }
        None => taken_over(session, student_name, mentor_name, payment.as_ref()),
    };
    Ok(OperatorSessionView {
        plan: plan.map(|(id, key, title)| PlanRef { id, key, title }),
        payment: payment.as_ref().map(OperatorPaymentView::from),
        split: split.as_ref().map(SplitView::from),
        items,
        ..view
    })
}

fn taken_over(
    session: SessionRow,
    student: String,
    mentor: String,
    payment: Option<&Payment>,
) -> OperatorSessionView {
    let text = |at: NaiveDateTime| Timestamp::from_utc(at).to_string();
    let is_called_off = session.status.0 == SessionStatus::Cancelled;
    let paid = payment.filter(|payment| is_called_off && payment.status == PaymentStatus::Success);
    OperatorSessionView {
        id: session.id,
        status: session.status.0.to_string(),
        taken_over: true,
        student: PartyView { id: session.student_id, name: student },
        mentor: PartyView { id: session.mentor_id, name: mentor },
        skill: session.skill_name,
        plan: None,
        price: None,
        message: session.student_message,
        reason: None,
        ended_by: None,
        ended_at: session.completed_at.map(text),
        zone: None,
        starts_at: text(session.scheduled_at),
        ends_at: session.end_time.map(text),
        created_at: session.created_at.map(text),
        payment: None,
        split: None,
        settle_by_hand: paid.map(|payment| MoneyView::from(payment.amount)),
        items: vec![],
    }
}

fn items(session: &str, rows: Value) -> Result<Vec<OperatorItemView>, StoreError> {
    let rows: Vec<MeetingRow> =
        serde_json::from_value(rows).map_err(|error| corrupt("session_schedule", session)(&error))?;
    rows.into_iter()
        .map(|row| {
            if let Some(meeting) = row.meeting(session)? {
                return Ok(OperatorItemView::of(&meeting, row.topic));
            }
            let (week, number, status, starts_at) = row.taken_over();
            Ok(OperatorItemView::taken_over(week, number, row.topic.clone(), status, starts_at))
        })
        .collect()
}

/// A page of the reports that wait for an operator.
pub(super) async fn no_shows(
    conn: &mut AsyncPgConnection,
    page: &PageRequest<NoShowKey>,
) -> Result<Page<NoShowView, NoShowKey>, StoreError> {
    let after = page.after.as_ref();
    let rows: Vec<NoShowRow> = sql(NO_SHOWS)
        .bind::<Nullable<SqlTimestamp>, _>(after.map(|key| key.reported_at.naive()))
        .bind::<Nullable<Integer>, _>(after.map(|key| key.meeting.get()))
        .bind::<BigInt, _>(page.limit())
        .load(conn)
        .await
        .map_err(store_error)?;
    let keyed = rows
        .into_iter()
        .map(|row| {
            let meeting = ScheduleItemId::new(row.schedule_id);
            let reported_at = Timestamp::from_utc(row.reported_at);
            Ok((NoShowKey { reported_at, meeting }, no_show(row)?))
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    let Page { items, next } = Page::cut(keyed, page.size, |(key, _)| key.clone());
    Ok(Page { items: items.into_iter().map(|(_, view)| view).collect(), next })
}

fn no_show(row: NoShowRow) -> Result<NoShowView, StoreError> {
    let text = |at: NaiveDateTime| Timestamp::from_utc(at).to_string();
    let broken = corrupt("session_item_terms", &row.schedule_id.to_string());
    Ok(NoShowView {
        item: u32::try_from(row.item).map_err(|error| broken(&error))?,
        session_id: row.session_id,
        session_status: row.status,
        skill: row.skill_name,
        student: PartyView { id: row.student_id, name: row.student },
        mentor: PartyView { id: row.mentor_id, name: row.mentor },
        starts_at: text(row.starts_at),
        ends_at: text(row.ends_at),
        reported_at: text(row.reported_at),
        note: row.report_note,
    })
}
