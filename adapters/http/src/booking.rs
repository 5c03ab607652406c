//! Sessions, their dates and their payment.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use application_booking::{
    ApproveSession, AskDates, DatesView, PaymentView, RejectSession, RequestSession, SessionFilter,
    SessionKey, SessionView, StartPayment,
};
use application_kernel::{Ticket, labels};
use domain_kernel::{Labelled, PlanId, SessionId, Timestamp, UserId, WallTime};
use domain_mentoring::SessionStatus;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig as DocumentedConfig;

use crate::Problem;
use crate::extract::{Nothing, Once, Reader};
use crate::fields::{Fields, date};
use crate::page::{self, PageView};
use crate::problem::ProblemView;
use crate::reply::reply;
use crate::state::Shared;

pub(crate) fn configure(config: &mut DocumentedConfig) {
    config
        .service(plan_dates)
        .service(request_session)
        .service(list_sessions)
        .service(get_session)
        .service(approve_session)
        .service(reject_session)
        .service(start_payment);
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DatesQuery {
    /// Who would teach.
    #[param(example = "mentor_001")]
    mentor_id: String,
    /// The day of the first meeting, on the mentor's calendar.
    #[param(example = "2026-12-07", format = Date)]
    date: String,
    /// When each meeting would begin, on the mentor's wall clock.
    #[param(example = "10:00")]
    time: String,
}

impl DatesQuery {
    fn ask(self, plan: i32) -> Result<AskDates, Problem> {
        let mut fields = Fields::default();
        let mentor = fields.take("mentor_id", UserId::parse(self.mentor_id));
        let first_date = fields.take("date", date(&self.date));
        let time = fields.take("time", WallTime::parse(&self.time));
        let (Some(mentor), Some(first_date), Some(time)) = (mentor, first_date, time) else {
            return Err(fields.problem());
        };
        Ok(AskDates { mentor, plan: PlanId::new(plan), first_date, time })
    }
}

/// See a plan's dates before requesting it
///
/// The days follow from the first: each week takes the next weekdays that the mentor offers at that time.
#[utoipa::path(
    tag = "booking",
    params(("id" = i32, Path, description = "The plan", example = 1), DatesQuery),
    responses(
        (status = 200, description = "The dates and the price", body = DatesView),
        (status = 422, description = "`plan_unavailable`, `mentor_not_verified`, `time_not_offered`, `too_few_offered_days`", body = ProblemView, content_type = "application/problem+json"),
    ),
)]
#[get("/plans/{id}/dates")]
async fn plan_dates(
    shared: Data<Shared>,
    id: Path<i32>,
    query: Query<DatesQuery>,
) -> Result<HttpResponse, Problem> {
    let ask = query.into_inner().ask(*id)?;
    Ok(HttpResponse::Ok().json(shared.api.booking.dates(ask).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RequestSessionBody {
    /// Who is to teach.
    #[schema(example = "mentor_001")]
    mentor_id: String,
    /// What is to be bought.
    #[schema(example = 1)]
    plan_id: i32,
    /// The first meeting.
    start: StartBody,
    /// A word to the mentor, at most 2000 characters.
    #[schema(example = "I would like to prepare for interviews.", max_length = 2000)]
    message: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StartBody {
    /// The day, on the mentor's calendar.
    #[schema(example = "2026-12-07", format = Date)]
    date: String,
    /// The time, on the mentor's wall clock; every meeting begins then.
    #[schema(example = "10:00")]
    time: String,
}

impl RequestSessionBody {
    fn command(self, ticket: Ticket) -> Result<RequestSession, Problem> {
        let mut fields = Fields::default();
        let mentor = fields.take("mentor_id", UserId::parse(self.mentor_id));
        let first_date = fields.take("start.date", date(&self.start.date));
        let time = fields.take("start.time", WallTime::parse(&self.start.time));
        let message = match self.message {
            None => Some(None),
            Some(text) => {
                fields.text("message", &text, 0, 2000).map(|text| (!text.is_empty()).then_some(text))
            }
        };
        let (Some(mentor), Some(first_date), Some(time), Some(message)) = (mentor, first_date, time, message)
        else {
            return Err(fields.problem());
        };
        Ok(RequestSession { ticket, mentor, plan: PlanId::new(self.plan_id), first_date, time, message })
    }
}

/// Request a plan of meetings with a mentor
///
/// The caller must be a student. The mentor has 72 hours to answer, and until 2 hours before the start.
#[utoipa::path(
    tag = "booking",
    request_body = RequestSessionBody,
    responses(
        (status = 201, description = "Requested", body = SessionView),
        (status = 403, description = "`students_only`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`live_session_exists`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`plan_unavailable`, `mentor_not_verified`, `own_mentor`, `start_too_soon`, `start_too_far`, `time_not_offered`, `too_few_offered_days`, `too_many_open_requests`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("access_token" = [])),
)]
#[post("/sessions")]
async fn request_session(
    shared: Data<Shared>,
    once: Once<RequestSessionBody>,
) -> Result<HttpResponse, Problem> {
    let command = once.body.command(once.ticket)?;
    Ok(reply(shared.api.booking.request(command).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SessionsQuery {
    #[param(schema_with = labels::<SessionStatus>)]
    status: Option<String>,
    /// At most so many, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
    /// From a previous page's `next`.
    cursor: Option<String>,
}

/// List one's own sessions
///
/// Both those in which the caller learns and those in which the caller teaches, by start.
#[utoipa::path(
    tag = "booking",
    params(SessionsQuery),
    responses((status = 200, description = "A page of sessions", body = PageView<SessionView>)),
    security(("access_token" = [])),
)]
#[get("/sessions")]
async fn list_sessions(
    shared: Data<Shared>,
    reader: Reader,
    request: HttpRequest,
    query: Query<SessionsQuery>,
) -> Result<HttpResponse, Problem> {
    let SessionsQuery { status, limit, cursor } = query.into_inner();
    let mut fields = Fields::default();
    let status = status.map(|label| fields.take("status", SessionStatus::from_label(&label)));
    if status == Some(None) {
        return Err(fields.problem());
    }
    let filter = SessionFilter { status: status.flatten() };
    let asked = page::asked(limit, cursor.as_deref(), |(micros, id): (i64, String)| {
        let starts_at = Timestamp::from_micros(micros)?;
        Some(SessionKey { starts_at, id: SessionId::parse(id).ok()? })
    })?;
    let found = shared.api.sessions.sessions(&reader.0, &filter, &asked).await?;
    let write = |key: SessionKey| (key.starts_at.micros(), key.id.to_string());
    Ok(HttpResponse::Ok().json(page::answer(&request, found, write)))
}

/// Read one of one's own sessions
///
/// With its meetings, its payment and what the caller can do now.
#[utoipa::path(
    tag = "booking",
    params(("id" = String, Path, description = "The session", example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")),
    responses((status = 200, description = "The session", body = SessionView)),
    security(("access_token" = [])),
)]
#[get("/sessions/{id}")]
async fn get_session(
    shared: Data<Shared>,
    reader: Reader,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let found = shared.api.sessions.session(&session_id(&id)?, &reader.0).await?;
    Ok(HttpResponse::Ok().json(found.ok_or_else(no_session)?))
}

/// Approve a request
///
/// For the mentor. Holds the slots of all meetings for both parties; the student then has 24 hours to pay.
#[utoipa::path(
    tag = "booking",
    params(("id" = String, Path, description = "The session", example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")),
    responses(
        (status = 200, description = "Approved", body = SessionView),
        (status = 403, description = "`other_side_decides`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`illegal_transition`, `too_late_to_approve`, `slot_taken`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("access_token" = [])),
)]
#[post("/sessions/{id}/approve")]
async fn approve_session(
    shared: Data<Shared>,
    id: Path<String>,
    once: Once<Nothing>,
) -> Result<HttpResponse, Problem> {
    let command = ApproveSession { ticket: once.ticket, session: session_id(&id)? };
    Ok(reply(shared.api.booking.approve(command).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RejectSessionBody {
    /// Why; the student is told. 1 to 500 characters.
    #[schema(example = "I am away that week.", min_length = 1, max_length = 500)]
    reason: String,
}

/// Reject a request
///
/// For the mentor.
#[utoipa::path(
    tag = "booking",
    params(("id" = String, Path, description = "The session", example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")),
    request_body = RejectSessionBody,
    responses(
        (status = 200, description = "Rejected", body = SessionView),
        (status = 403, description = "`other_side_decides`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`illegal_transition`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("access_token" = [])),
)]
#[post("/sessions/{id}/reject")]
async fn reject_session(
    shared: Data<Shared>,
    id: Path<String>,
    once: Once<RejectSessionBody>,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::default();
    let Some(reason) = fields.text("reason", &once.body.reason, 1, 500) else { return Err(fields.problem()) };
    let command = RejectSession { ticket: once.ticket, session: session_id(&id)?, reason };
    Ok(reply(shared.api.booking.reject(command).await?))
}

/// Start to pay
///
/// For the student of an approved session, before `pay_by`; again after a failed attempt. Answers the order
/// that the gateway takes the money for. Repeating it answers with the same payment.
#[utoipa::path(
    tag = "booking",
    params(("id" = String, Path, description = "The session", example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")),
    responses(
        (status = 201, description = "Started", body = PaymentView),
        (status = 200, description = "It was started before", body = PaymentView),
        (status = 403, description = "`other_side_decides`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`illegal_transition`, `too_late_to_pay`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("access_token" = [])),
)]
#[post("/sessions/{id}/payment")]
async fn start_payment(
    shared: Data<Shared>,
    id: Path<String>,
    once: Once<Nothing>,
) -> Result<HttpResponse, Problem> {
    let command = StartPayment { ticket: once.ticket.of_money(), session: session_id(&id)? };
    Ok(reply(shared.api.booking.start_payment(command).await?))
}

/// A path's session; what is no identifier names no session.
pub(crate) fn session_id(text: &str) -> Result<SessionId, Problem> {
    SessionId::parse(text).map_err(|_| no_session())
}

pub(crate) fn no_session() -> Problem {
    Problem::new(application_kernel::NOT_FOUND, "there is no such session")
}
