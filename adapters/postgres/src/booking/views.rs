use application_booking::ports::{BookingQueries, NoticeFacts, Offer};
use application_booking::{
    CourseOnRecord, ItemView, MeetingContext, NoShowKey, NoShowView, OperatorSessionView, PartyView,
    PaymentView, PlanRef, SessionFilter, SessionKey, SessionView, TakenOverView, seen_by,
};
use application_kernel::{MoneyView, Page, PageRequest, StoreError, Viewer};
use async_trait::async_trait;
use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Jsonb, Text, Timestamp as SqlTimestamp};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_billing::Payment;
use domain_kernel::{Labelled, PlanId, SessionId, Timestamp, UserId, Zone};
use domain_mentoring::{DueTimes, Side, allowed_actions, ended_at};
use serde_json::Value;

use super::meetings::{MEETINGS, MeetingRow};
use super::payments::PaymentRow;
use super::sessions::{self, SessionRow};
use super::taken_over;
use super::terms::{RulesRow, ShownTermsRow, TermsRow};
use super::{enrolments, offers, operator_views};
use crate::column::PgSessionStatus;
use crate::error::{corrupt, store_error};
use crate::schema::{ledger_terms, payments, plans, session_terms, sessions as session_table, users};
use crate::sql::{Snippet, most_rows, snippet};
use crate::sql_types::SessionStatus;
use crate::store::PgStore;

diesel::alias! {
    const STUDENTS: Alias<Students> = users as students;
    const MENTORS: Alias<Mentors> = users as mentors;
}

/// What a view without meetings is made of: one row.
#[derive(Queryable, Selectable)]
#[diesel(table_name = session_table)]
struct ViewRow {
    #[diesel(embed)]
    session: SessionRow,
    #[diesel(embed)]
    terms: Option<ShownTermsRow>,
    #[diesel(select_expression = STUDENTS.field(users::name))]
    student_name: String,
    #[diesel(select_expression = MENTORS.field(users::name))]
    mentor_name: String,
    #[diesel(select_expression = (plans::id, plans::plan_key, plans::plan_title).nullable())]
    plan: Option<(i32, String, String)>,
    #[diesel(embed)]
    payment: Option<PaymentRow>,
    /// In minor units.
    #[diesel(select_expression = ledger_terms::refunded_minor.nullable())]
    refunded: Option<i64>,
}

/// The joins of every view; a macro because the type has no name.
macro_rules! joined {
    () => {
        session_table::table
            .inner_join(STUDENTS.on(STUDENTS.field(users::id).eq(session_table::student_id)))
            .inner_join(MENTORS.on(MENTORS.field(users::id).eq(session_table::mentor_id)))
            .left_join(session_terms::table.on(session_terms::session_id.eq(session_table::id)))
            .left_join(plans::table.on(plans::id.nullable().eq(session_table::plan_id)))
            .left_join(payments::table.on(payments::session_id.eq(session_table::id)))
            .left_join(ledger_terms::table.on(ledger_terms::payment_id.eq(payments::id)))
    };
}

/// One of the viewer's own sessions with its meetings; one statement.
pub(super) async fn session(
    conn: &mut AsyncPgConnection,
    id: &SessionId,
    viewer: &Viewer,
) -> Result<Option<SessionView>, StoreError> {
    let me = viewer.user.as_str();
    let found: Option<(ViewRow, Option<RulesRow>, Value)> = joined!()
        .select((ViewRow::as_select(), Option::<RulesRow>::as_select(), snippet::<Jsonb>(MEETINGS)))
        .filter(session_table::id.eq(id.as_str()))
        .filter(session_table::student_id.eq(me).or(session_table::mentor_id.eq(me)))
        .first(conn)
        .await
        .optional()
        .map_err(store_error)?;
    let Some((row, rules, meetings)) = found else { return Ok(None) };
    let terms = rules.zip(row.terms.as_ref()).map(|(rules, shown)| rules.terms(shown)).transpose()?;
    let (status, side) = (row.session.status.0, side(&row.session, viewer));
    let seen = terms.as_ref().map(|terms| MeetingContext { status, side, terms, now: viewer.now });
    let items = item_views(&row.session.id, meetings, seen)?;
    Ok(Some(SessionView { items: Some(items), ..view(row, viewer)? }))
}

/// Whether a session is of a page of the viewer's own. The page's rows are found first, by their places (`ctid`), along the
/// indexes of either side's starts; what is joined then needs no other index to come to them. A place holds for the
/// snapshot of a statement. Nothing but a taken-over row has one person on both sides; it is found as the student's.
fn is_of_page(viewer: &Viewer, filter: &SessionFilter, page: &PageRequest<SessionKey>) -> Snippet<Bool> {
    let me = || viewer.user.to_string();
    let on = |mut wanted: Snippet<Bool>| {
        if let Some(status) = filter.status {
            wanted = wanted.text(" AND status = ").value::<SessionStatus>(PgSessionStatus(status));
        }
        if let Some(SessionKey { starts_at, id }) = &page.after {
            wanted = wanted.text(" AND (scheduled_at, id) > (").value::<SqlTimestamp>(starts_at.naive());
            wanted = wanted.text(", ").value::<Text>(id.to_string()).text(")");
        }
        wanted.text(concat!(" ORDER BY scheduled_at, id", most_rows!(), ")"))
    };
    let wanted = snippet("sessions.ctid = ANY (ARRAY(SELECT place FROM (");
    let wanted = wanted.text("(SELECT ctid AS place, id, scheduled_at FROM sessions WHERE student_id = ");
    let wanted = on(wanted.value::<Text>(me()));
    let wanted = wanted.text(" UNION ALL (SELECT ctid, id, scheduled_at FROM sessions WHERE mentor_id = ");
    let wanted = on(wanted.value::<Text>(me()).text(" AND student_id <> ").value::<Text>(me()));
    wanted.text(") own ORDER BY scheduled_at, id LIMIT ").value::<BigInt>(page.limit()).text("))")
}

#[async_trait]
impl BookingQueries for PgStore {
    async fn sessions(
        &self,
        viewer: &Viewer,
        filter: &SessionFilter,
        page: &PageRequest<SessionKey>,
    ) -> Result<Page<SessionView, SessionKey>, StoreError> {
        let rows: Vec<ViewRow> = joined!()
            .select(ViewRow::as_select())
            .filter(is_of_page(viewer, filter, page))
            .order((session_table::scheduled_at, session_table::id))
            .load(&mut *self.conn().await?)
            .await
            .map_err(store_error)?;
        let keyed = rows
            .into_iter()
            .map(|row| {
                let starts_at = Timestamp::from_utc(row.session.scheduled_at);
                let id = SessionId::parse(row.session.id.clone())
                    .map_err(|error| corrupt("sessions", &row.session.id)(&error))?;
                Ok((SessionKey { starts_at, id }, view(row, viewer)?))
            })
            .collect::<Result<Vec<_>, StoreError>>()?;
        let Page { items, next } = Page::cut(keyed, page.size, |(key, _)| key.clone());
        Ok(Page { items: items.into_iter().map(|(_, view)| view).collect(), next })
    }

    async fn session(&self, id: &SessionId, viewer: &Viewer) -> Result<Option<SessionView>, StoreError> {
        session(&mut *self.conn().await?, id, viewer).await
    }

    async fn offer(&self, mentor: &UserId, plan: PlanId) -> Result<Option<Offer>, StoreError> {
        offers::find(&mut *self.conn().await?, self.currency, mentor, plan).await
    }

    async fn taken_over(
        &self,
        page: &PageRequest<SessionKey>,
    ) -> Result<Page<TakenOverView, SessionKey>, StoreError> {
        taken_over::listed(&mut *self.conn().await?, page).await
    }

    async fn courses(
        &self,
        page: &PageRequest<SessionId>,
    ) -> Result<Page<CourseOnRecord, SessionId>, StoreError> {
        enrolments::listed(&mut *self.conn().await?, page).await
    }

    async fn no_shows(
        &self,
        page: &PageRequest<NoShowKey>,
    ) -> Result<Page<NoShowView, NoShowKey>, StoreError> {
        operator_views::no_shows(&mut *self.conn().await?, page).await
    }

    async fn operator_session(&self, id: &SessionId) -> Result<Option<OperatorSessionView>, StoreError> {
        operator_views::session(&mut *self.conn().await?, id).await
    }

    async fn notice(&self, id: &SessionId) -> Result<Option<NoticeFacts>, StoreError> {
        let row = session_table::table
            .inner_join(session_terms::table.on(session_terms::session_id.eq(session_table::id)))
            .inner_join(STUDENTS.on(STUDENTS.field(users::id).eq(session_table::student_id)))
            .inner_join(MENTORS.on(MENTORS.field(users::id).eq(session_table::mentor_id)))
            .filter(session_table::id.eq(id.as_str()))
            .select((
                SessionRow::as_select(),
                TermsRow::as_select(),
                (STUDENTS.field(users::name), STUDENTS.field(users::email)),
                (MENTORS.field(users::name), MENTORS.field(users::email)),
            ))
            .first::<(SessionRow, TermsRow, (String, String), (String, String))>(&mut *self.conn().await?)
            .await
            .optional()
            .map_err(store_error)?;
        let Some((row, terms, student, mentor)) = row else { return Ok(None) };
        Ok(Some(NoticeFacts { student, mentor, session: sessions::session(row, terms)? }))
    }
}

/// Where the viewer stands in a session that is theirs.
fn side(session: &SessionRow, viewer: &Viewer) -> Side {
    if session.student_id == viewer.user.as_str() { Side::Student } else { Side::Mentor }
}

/// The view of a row, without meetings. A session without terms was taken over: it is shown, and nothing can be done to it.
fn view(row: ViewRow, viewer: &Viewer) -> Result<SessionView, StoreError> {
    let ViewRow { session, terms, student_name, mentor_name, plan, payment, refunded } = row;
    let (status, side) = (session.status.0, side(&session, viewer));
    let due = DueTimes {
        answer_by: terms.as_ref().map(|terms| Timestamp::from_utc(terms.expires_at)),
        pay_by: terms.as_ref().and_then(|terms| terms.pay_by).map(Timestamp::from_utc),
        ended_at: Some(ended_at(
            session.completed_at.map(Timestamp::from_utc),
            session.end_time.map(Timestamp::from_utc),
            Timestamp::from_utc(session.scheduled_at),
        )),
    };
    let text = |at: NaiveDateTime| Timestamp::from_utc(at).to_string();
    let agreed = terms.as_ref().map(|terms| terms.price_and_zone(&session.id)).transpose()?;
    let (reason, ended_by, ended_at) =
        terms.map_or((None, None, None), |terms| (terms.reason, terms.ended_by, terms.ended_at));
    Ok(SessionView {
        student: PartyView { id: session.student_id, name: seen_by(&student_name, status) },
        mentor: PartyView { id: session.mentor_id, name: seen_by(&mentor_name, status) },
        payment: payment.and_then(|payment| payment_view(&session.id, payment, side, refunded)),
        id: session.id,
        status: status.to_string(),
        side: side.to_string(),
        skill: session.skill_name,
        plan: plan.map(|(id, key, title)| PlanRef { id, key, title }),
        price: agreed.map(|(price, _)| price.into()),
        message: session.student_message,
        reason,
        ended_by,
        ended_at: ended_at.or(session.completed_at).map(text),
        zone: agreed.map(|(_, zone)| zone.to_string()),
        starts_at: text(session.scheduled_at),
        ends_at: session.end_time.map(text),
        created_at: session.created_at.map(text),
        answer_by: due.answer_by.map(|at| at.to_string()),
        pay_by: due.pay_by.map(|at| at.to_string()),
        items: None,
        allowed_actions: allowed_actions(status, side, viewer.now, due)
            .into_iter()
            .map(|action| action.label().to_owned())
            .collect(),
    })
}

/// The payment. One that was taken over and that we cannot read is left out and logged: the session is shown all the same.
fn payment_view(session: &str, row: PaymentRow, side: Side, refunded: Option<i64>) -> Option<PaymentView> {
    let payment = Payment::try_from(row)
        .inspect_err(|error| tracing::warn!(session, %error, "a payment that cannot be read is not shown"))
        .ok()?;
    let currency = payment.amount.currency().code().to_owned();
    let refunded = refunded.map(|minor| MoneyView { minor, currency });
    Some(PaymentView::seen_by(side, &payment, refunded))
}

/// The planned meetings, or before they are planned those that were agreed.
fn item_views(
    session: &str,
    rows: Value,
    seen: Option<MeetingContext<'_>>,
) -> Result<Vec<ItemView>, StoreError> {
    let rows: Vec<MeetingRow> =
        serde_json::from_value(rows).map_err(|error| corrupt("session_schedule", session)(&error))?;
    if let (true, Some(seen)) = (rows.is_empty(), seen.filter(|seen| seen.status.is_live())) {
        let slots = seen.terms.slots_from(seen.terms.first_date);
        return Ok(slots.iter().map(|slot| ItemView::agreed(slot, seen.terms.zone)).collect());
    }
    let zone = seen.map_or(Zone::KOLKATA, |seen| seen.terms.zone);
    rows.into_iter()
        .map(|row| {
            if let (Some(meeting), Some(seen)) = (row.meeting(session)?, seen) {
                return Ok(ItemView::planned(&meeting, row.topic, seen));
            }
            let (week, number, status, starts_at) = row.taken_over();
            Ok(ItemView::taken_over(week, number, row.topic.clone(), status, starts_at, zone))
        })
        .collect()
}
