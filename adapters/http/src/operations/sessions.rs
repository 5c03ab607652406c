use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use application_booking::{CancelAsOperator, DecideNoShow, NoShowKey, NoShowView, OperatorSessionView};
use domain_kernel::{ScheduleItemId, Timestamp};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::reason;
use crate::Problem;
use crate::booking::{no_session, session_id};
use crate::extract::{Operator, OperatorOnce};
use crate::page::{self, PageView};
use crate::permission::{Disputes, Refunds};
use crate::problem::ProblemView;
use crate::reply::reply;
use crate::state::Shared;

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(list_no_shows).service(decide_no_show).service(operator_session).service(operator_cancel);
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NoShowsQuery {
    /// At most so many, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
    /// From a previous page's `next`.
    cursor: Option<String>,
}

/// List reported no-shows that wait for a decision
///
/// The oldest report first.
#[utoipa::path(
    tag = "operations",
    params(NoShowsQuery),
    responses((status = 200, description = "A page of reports", body = PageView<NoShowView>)),
    security(("operator_token" = ["disputes"])),
)]
#[get("/operator/no-shows")]
async fn list_no_shows(
    shared: Data<Shared>,
    _by: Operator<Disputes>,
    request: HttpRequest,
    query: Query<NoShowsQuery>,
) -> Result<HttpResponse, Problem> {
    let NoShowsQuery { limit, cursor } = query.into_inner();
    let asked = page::asked(limit, cursor.as_deref(), |(micros, meeting): (i64, i32)| {
        Some(NoShowKey {
            reported_at: Timestamp::from_micros(micros)?,
            meeting: ScheduleItemId::new(meeting),
        })
    })?;
    let found = shared.api.sessions.no_shows(&asked).await?;
    let write = |key: NoShowKey| (key.reported_at.micros(), key.meeting.get());
    Ok(HttpResponse::Ok().json(page::answer(&request, found, write)))
}

/// Read any session
///
/// What a decision about it needs: its parties, its payment and what becomes of the money, its meetings and what was
/// reported of them.
#[utoipa::path(
    tag = "operations",
    params(("id" = String, Path, description = "The session", example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")),
    responses((status = 200, description = "The session", body = OperatorSessionView)),
    security(("operator_token" = ["disputes"])),
)]
#[get("/operator/sessions/{id}")]
async fn operator_session(
    shared: Data<Shared>,
    _by: Operator<Disputes>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let found = shared.api.sessions.operator_session(&session_id(&id)?).await?;
    Ok(HttpResponse::Ok().json(found.ok_or_else(no_session)?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NoShowDecisionBody {
    /// Whether the mentor did not come.
    #[schema(example = true)]
    upheld: bool,
    /// Why; the audit keeps it. 1 to 500 characters.
    #[schema(example = "The mentor confirms it.", min_length = 1, max_length = 500)]
    reason: String,
}

/// Decide about a reported no-show
///
/// Upheld, the student gets the meeting's price back; a meeting that was not completed is called off. Dismissed, it has
/// taken place. With the last decision the session may end. Both parties are told.
#[utoipa::path(
    tag = "operations",
    params(
        ("id" = String, Path, description = "The session", example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f"),
        ("item" = u32, Path, description = "The meeting's number, from 1", example = 1, minimum = 1),
    ),
    request_body = NoShowDecisionBody,
    responses(
        (status = 200, description = "Decided", body = OperatorSessionView),
        (status = 403, description = "`own_affair`", body = ProblemView, content_type = "application/problem+json"),
        (status = 404, description = "`no_such_meeting`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`no_show_not_reported`, `too_late`, `payout_under_way`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = ["disputes"])),
)]
#[post("/operator/sessions/{id}/items/{item}/decide-no-show")]
async fn decide_no_show(
    shared: Data<Shared>,
    path: Path<(String, u32)>,
    once: OperatorOnce<Disputes, NoShowDecisionBody>,
) -> Result<HttpResponse, Problem> {
    let (session, item) = path.into_inner();
    let reason = reason(&once.body.reason)?;
    let (ticket, upheld) = (once.ticket.of_money(), once.body.upheld);
    let command = DecideNoShow { ticket, session: session_id(&session)?, item, upheld, reason };
    Ok(reply(shared.api.booking.decide_no_show(command).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OperatorCancelBody {
    /// Why; both parties are told, and the audit keeps it. 1 to 500 characters.
    #[schema(example = "The mentor has left.", min_length = 1, max_length = 500)]
    reason: String,
}

/// Call off any session
///
/// As for its parties: what has taken place is paid to the mentor, the rest goes back. A session that was taken over is
/// closed and its money stays where it is: `settle_by_hand` says what was paid.
#[utoipa::path(
    tag = "operations",
    params(("id" = String, Path, description = "The session", example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f")),
    request_body = OperatorCancelBody,
    responses(
        (status = 200, description = "Called off", body = OperatorSessionView),
        (status = 403, description = "`own_affair`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`illegal_transition`, `payout_under_way`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = ["refunds"])),
)]
#[post("/operator/sessions/{id}/cancel")]
async fn operator_cancel(
    shared: Data<Shared>,
    id: Path<String>,
    once: OperatorOnce<Refunds, OperatorCancelBody>,
) -> Result<HttpResponse, Problem> {
    let reason = reason(&once.body.reason)?;
    let command = CancelAsOperator { ticket: once.ticket.of_money(), session: session_id(&id)?, reason };
    Ok(reply(shared.api.booking.cancel_as_operator(command).await?))
}
