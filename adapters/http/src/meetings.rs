//! What parties do to sessions and meetings once they are agreed.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, post};
use application_booking::{
    AnswerMove, CancelSession, CompleteMeeting, ProposeMove, ReportNoShow, SessionView, WithdrawSession,
};
use application_kernel::Ticket;
use domain_kernel::{Date, SessionId, WallTime};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig as DocumentedConfig;

use crate::Problem;
use crate::booking::session_id;
use crate::extract::{Nothing, Once};
use crate::fields::{Fields, date};
use crate::problem::ProblemView;
use crate::reply::reply;
use crate::state::Shared;

pub(crate) fn configure(config: &mut DocumentedConfig) {
    config
        .service(withdraw_session)
        .service(cancel_session)
        .service(complete_meeting)
        .service(report_no_show)
        .service(propose_move)
        .service(accept_move)
        .service(decline_move);
}

/// Withdraw a request
///
/// For the student, while the mentor has not answered.
#[utoipa::path(
    tag = "booking",
    params(("id" = String, Path, description = "The session", example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")),
    responses(
        (status = 200, description = "Withdrawn", body = SessionView),
        (status = 403, description = "`other_side_decides`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`illegal_transition`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("access_token" = [])),
)]
#[post("/sessions/{id}/withdraw")]
async fn withdraw_session(
    shared: Data<Shared>,
    id: Path<String>,
    once: Once<Nothing>,
) -> Result<HttpResponse, Problem> {
    let command = WithdrawSession { ticket: once.ticket, session: session_id(&id)? };
    Ok(reply(shared.api.booking.withdraw(command).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CancelSessionBody {
    /// Why; both parties are told. 1 to 500 characters.
    #[schema(example = "I have to move away.", min_length = 1, max_length = 500)]
    reason: Option<String>,
}

/// Cancel a session
///
/// For either party, from APPROVED on. Meetings that have not taken place are cancelled. The mentor keeps the price
/// of those that have, and of the next one if the student cancels less than 24 hours before it; the rest of the money
/// goes back to the student.
#[utoipa::path(
    tag = "booking",
    params(("id" = String, Path, description = "The session", example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")),
    request_body = CancelSessionBody,
    responses(
        (status = 200, description = "Cancelled", body = SessionView),
        (status = 409, description = "`illegal_transition`, `payout_under_way`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("access_token" = [])),
)]
#[post("/sessions/{id}/cancel")]
async fn cancel_session(
    shared: Data<Shared>,
    id: Path<String>,
    once: Once<CancelSessionBody>,
) -> Result<HttpResponse, Problem> {
    let reason = optional("reason", once.body.reason.as_deref(), 500)?;
    let command = CancelSession { ticket: once.ticket.of_money(), session: session_id(&id)?, reason };
    Ok(reply(shared.api.booking.cancel(command).await?))
}

/// Complete a meeting
///
/// For the mentor, from 15 minutes after its start. With the last meeting the session is complete. A meeting that
/// nobody completes completes itself 24 hours after its end.
#[utoipa::path(
    tag = "meetings",
    params(
        ("id" = String, Path, description = "The session", example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f"),
        ("item" = u32, Path, description = "The meeting's number, from 1", example = 1, minimum = 1),
    ),
    responses(
        (status = 200, description = "Completed", body = SessionView),
        (status = 403, description = "`other_side_decides`", body = ProblemView, content_type = "application/problem+json"),
        (status = 404, description = "`no_such_meeting`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`illegal_transition`, `too_early`, `meeting_called_off`, `no_show_open`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("access_token" = [])),
)]
#[post("/sessions/{id}/meetings/{item}/complete")]
async fn complete_meeting(
    shared: Data<Shared>,
    path: Path<(String, u32)>,
    once: Once<Nothing>,
) -> Result<HttpResponse, Problem> {
    let (session, item) = meeting(path)?;
    let command = CompleteMeeting { ticket: once.ticket, session, item };
    Ok(reply(shared.api.booking.complete_meeting(command).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReportNoShowBody {
    /// What happened. 1 to 1000 characters.
    #[schema(example = "I waited for twenty minutes.", min_length = 1, max_length = 1000)]
    note: Option<String>,
}

/// Report that the mentor did not come
///
/// For the student, from 10 minutes after the start to 24 hours after the end. Until an operator has decided, the
/// meeting does not complete itself and the mentor is not paid.
#[utoipa::path(
    tag = "meetings",
    params(
        ("id" = String, Path, description = "The session", example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f"),
        ("item" = u32, Path, description = "The meeting's number, from 1", example = 1, minimum = 1),
    ),
    request_body = ReportNoShowBody,
    responses(
        (status = 200, description = "Reported", body = SessionView),
        (status = 403, description = "`other_side_decides`", body = ProblemView, content_type = "application/problem+json"),
        (status = 404, description = "`no_such_meeting`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`illegal_transition`, `too_early`, `too_late`, `meeting_called_off`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("access_token" = [])),
)]
#[post("/sessions/{id}/meetings/{item}/no-show")]
async fn report_no_show(
    shared: Data<Shared>,
    path: Path<(String, u32)>,
    once: Once<ReportNoShowBody>,
) -> Result<HttpResponse, Problem> {
    let note = optional("note", once.body.note.as_deref(), 1000)?;
    let (session, item) = meeting(path)?;
    let command = ReportNoShow { ticket: once.ticket, session, item, note };
    Ok(reply(shared.api.booking.report_no_show(command).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MoveBody {
    /// The new day, on the session's calendar.
    #[schema(example = "2026-12-08", format = Date)]
    date: String,
    /// The new time, on the session's wall clock.
    #[schema(example = "17:00")]
    time: String,
}

impl MoveBody {
    fn read(&self) -> Result<(Date, WallTime), Problem> {
        let mut fields = Fields::default();
        let (date, time) =
            (fields.take("date", date(&self.date)), fields.take("time", WallTime::parse(&self.time)));
        date.zip(time).ok_or_else(|| fields.problem())
    }
}

/// Propose another time for a meeting
///
/// For either party, before the meeting begins, to a time 24 hours to 90 days ahead; the other one answers. A later
/// proposal replaces it. A meeting is moved at most twice.
#[utoipa::path(
    tag = "meetings",
    params(
        ("id" = String, Path, description = "The session", example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f"),
        ("item" = u32, Path, description = "The meeting's number, from 1", example = 1, minimum = 1),
    ),
    request_body = MoveBody,
    responses(
        (status = 200, description = "Proposed", body = SessionView),
        (status = 404, description = "`no_such_meeting`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`illegal_transition`, `too_late`, `meeting_called_off`, `no_show_open`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`move_too_near`, `move_too_far`, `not_moved`, `too_many_moves`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("access_token" = [])),
)]
#[post("/sessions/{id}/meetings/{item}/move")]
async fn propose_move(
    shared: Data<Shared>,
    path: Path<(String, u32)>,
    once: Once<MoveBody>,
) -> Result<HttpResponse, Problem> {
    let (date, time) = once.body.read()?;
    let (session, item) = meeting(path)?;
    let command = ProposeMove { ticket: once.ticket, session, item, date, time };
    Ok(reply(shared.api.booking.propose_move(command).await?))
}

/// Accept the proposed time
///
/// For the party that did not propose it. The body names the time, which must be the proposed one. Both must be free.
#[utoipa::path(
    tag = "meetings",
    params(
        ("id" = String, Path, description = "The session", example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f"),
        ("item" = u32, Path, description = "The meeting's number, from 1", example = 1, minimum = 1),
    ),
    request_body = MoveBody,
    responses(
        (status = 200, description = "Moved", body = SessionView),
        (status = 403, description = "`own_proposal`", body = ProblemView, content_type = "application/problem+json"),
        (status = 404, description = "`no_such_meeting`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`illegal_transition`, `no_proposal`, `other_proposal`, `slot_taken`, `too_late`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`move_too_near`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("access_token" = [])),
)]
#[post("/sessions/{id}/meetings/{item}/move/accept")]
async fn accept_move(
    shared: Data<Shared>,
    path: Path<(String, u32)>,
    once: Once<MoveBody>,
) -> Result<HttpResponse, Problem> {
    let accepts = Some(once.body.read()?);
    answer_move(&shared, path, once.ticket, accepts).await
}

/// Decline the proposed time, or take it back
///
/// For either party.
#[utoipa::path(
    tag = "meetings",
    params(
        ("id" = String, Path, description = "The session", example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f"),
        ("item" = u32, Path, description = "The meeting's number, from 1", example = 1, minimum = 1),
    ),
    responses(
        (status = 200, description = "Declined", body = SessionView),
        (status = 404, description = "`no_such_meeting`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`illegal_transition`, `no_proposal`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("access_token" = [])),
)]
#[post("/sessions/{id}/meetings/{item}/move/decline")]
async fn decline_move(
    shared: Data<Shared>,
    path: Path<(String, u32)>,
    once: Once<Nothing>,
) -> Result<HttpResponse, Problem> {
    answer_move(&shared, path, once.ticket, None).await
}

async fn answer_move(
    shared: &Shared,
    path: Path<(String, u32)>,
    ticket: Ticket,
    accepts: Option<(Date, WallTime)>,
) -> Result<HttpResponse, Problem> {
    let (session, item) = meeting(path)?;
    let command = AnswerMove { ticket, session, item, accepts };
    Ok(reply(shared.api.booking.answer_move(command).await?))
}

/// A path's session and meeting.
fn meeting(path: Path<(String, u32)>) -> Result<(SessionId, u32), Problem> {
    let (session, item) = path.into_inner();
    Ok((session_id(&session)?, item))
}

/// A text that may be left out.
fn optional(name: &'static str, text: Option<&str>, most: usize) -> Result<Option<String>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let mut fields = Fields::default();
    let text = fields.text(name, text, 1, most);
    text.map(Some).ok_or_else(|| fields.problem())
}
