use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use application_billing::{HoldPayout, PayoutView, RecordPayout, ReleasePayout, ReleaseView, ResumePayout};
use application_kernel::labels;
use domain_billing::{PayoutOutcome, PayoutStatus};
use domain_kernel::PayoutAttemptId;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{payment_id, reason, stated};
use crate::Problem;
use crate::extract::{Nothing, Operator, OperatorOnce};
use crate::fields::Fields;
use crate::page::{self, PageView};
use crate::permission::Payouts;
use crate::problem::ProblemView;
use crate::reply::reply;
use crate::state::Shared;

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_payouts)
        .service(get_payout)
        .service(release_payout)
        .service(hold_payout)
        .service(resume_payout)
        .service(record_paid)
        .service(record_failed)
        .service(record_returned);
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PayoutsQuery {
    #[param(schema_with = labels::<PayoutStatus>)]
    status: Option<String>,
    /// At most so many, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
    /// From a previous page's `next`.
    cursor: Option<String>,
}

/// List mentors' shares of payments
///
/// By payment. READY ones can be released.
#[utoipa::path(
    tag = "money",
    params(PayoutsQuery),
    responses((status = 200, description = "A page of shares", body = PageView<PayoutView>)),
    security(("operator_token" = ["payouts"])),
)]
#[get("/operator/payouts")]
async fn list_payouts(
    shared: Data<Shared>,
    _by: Operator<Payouts>,
    request: HttpRequest,
    query: Query<PayoutsQuery>,
) -> Result<HttpResponse, Problem> {
    let PayoutsQuery { status, limit, cursor } = query.into_inner();
    let status = stated::<PayoutStatus>(status)?;
    let asked = page::asked(limit, cursor.as_deref(), page::key)?;
    let found = shared.api.books.payouts(status, &asked, shared.api.clock.now()).await?;
    Ok(HttpResponse::Ok().json(page::answer(&request, found, |id: String| id)))
}

/// Read what became of a payment
#[utoipa::path(
    tag = "money",
    params(("id" = String, Path, description = "The payment", example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")),
    responses((status = 200, description = "What became of it", body = PayoutView)),
    security(("operator_token" = ["payouts"])),
)]
#[get("/operator/payouts/{id}")]
async fn get_payout(
    shared: Data<Shared>,
    _by: Operator<Payouts>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let found = shared.api.books.payout(&payment_id(&id)?, shared.api.clock.now()).await?;
    let nothing = || Problem::new(application_kernel::NOT_FOUND, "nothing was captured for such a payment");
    Ok(HttpResponse::Ok().json(found.ok_or_else(nothing)?))
}

/// Release a mentor's share
///
/// From the amount on that `payouts.second_approver_from_minor` sets, it waits for a second operator: the answer then
/// has an `approval`. Releasing what is on its way answers with that.
#[utoipa::path(
    tag = "money",
    params(("id" = String, Path, description = "The payment", example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")),
    responses(
        (status = 200, description = "On its way, or waiting for approval", body = ReleaseView),
        (status = 403, description = "`own_affair`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`payout_held`, `paid_out`, `nothing_left`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = ["payouts"])),
)]
#[post("/operator/payouts/{id}/release")]
async fn release_payout(
    shared: Data<Shared>,
    id: Path<String>,
    once: OperatorOnce<Payouts, Nothing>,
) -> Result<HttpResponse, Problem> {
    let command = ReleasePayout { ticket: once.ticket.of_money(), payment: payment_id(&id)? };
    Ok(reply(shared.api.billing.release(command).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HoldBody {
    /// Why; the share shows it. 1 to 500 characters.
    #[schema(example = "The student says that somebody else taught.", min_length = 1, max_length = 500)]
    reason: String,
}

/// Hold a mentor's share
///
/// It is not payable until that is lifted, whatever else happens.
#[utoipa::path(
    tag = "money",
    params(("id" = String, Path, description = "The payment", example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")),
    request_body = HoldBody,
    responses(
        (status = 200, description = "Held", body = PayoutView),
        (status = 403, description = "`own_affair`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`payout_in_flight`, `paid_out`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = ["payouts"])),
)]
#[post("/operator/payouts/{id}/hold")]
async fn hold_payout(
    shared: Data<Shared>,
    id: Path<String>,
    once: OperatorOnce<Payouts, HoldBody>,
) -> Result<HttpResponse, Problem> {
    let reason = reason(&once.body.reason)?;
    let command = HoldPayout { ticket: once.ticket.of_money(), payment: payment_id(&id)?, reason };
    Ok(reply(shared.api.billing.hold(command).await?))
}

/// Hold a mentor's share no longer
///
/// It becomes payable when nothing else holds it.
#[utoipa::path(
    tag = "money",
    params(("id" = String, Path, description = "The payment", example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")),
    responses(
        (status = 200, description = "Not held by an operator", body = PayoutView),
        (status = 403, description = "`own_affair`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = ["payouts"])),
)]
#[post("/operator/payouts/{id}/resume")]
async fn resume_payout(
    shared: Data<Shared>,
    id: Path<String>,
    once: OperatorOnce<Payouts, Nothing>,
) -> Result<HttpResponse, Problem> {
    let command = ResumePayout { ticket: once.ticket.of_money(), payment: payment_id(&id)? };
    Ok(reply(shared.api.billing.resume(command).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PaidBody {
    /// The bank's reference, 1 to 100 characters.
    #[schema(example = "UTR-2026-000181", min_length = 1, max_length = 100)]
    reference: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NotPaidBody {
    /// Why, 1 to 500 characters.
    #[schema(example = "The account is closed.", min_length = 1, max_length = 500)]
    reason: String,
}

/// Record that a mentor was paid by hand
#[utoipa::path(
    tag = "money",
    params(("id" = String, Path, description = "The try, `last_attempt.id` of the share", example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a6")),
    request_body = PaidBody,
    responses(
        (status = 200, description = "The share", body = PayoutView),
        (status = 403, description = "`own_affair`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`not_by_hand`, `payout_out_of_step`, `reference_taken`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = ["payouts"])),
)]
#[post("/operator/payout-attempts/{id}/paid")]
async fn record_paid(
    shared: Data<Shared>,
    id: Path<String>,
    once: OperatorOnce<Payouts, PaidBody>,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::default();
    let reference = fields.text("reference", &once.body.reference, 1, 100);
    let Some(reference) = reference else { return Err(fields.problem()) };
    let outcome = PayoutOutcome::Paid { reference };
    let command = RecordPayout { ticket: once.ticket.of_money(), attempt: attempt_id(&id)?, outcome };
    Ok(reply(shared.api.billing.record_by_hand(command).await?))
}

/// Record that a mentor could not be paid by hand
///
/// The share is payable again; the next try is another one.
#[utoipa::path(
    tag = "money",
    params(("id" = String, Path, description = "The try, `last_attempt.id` of the share", example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a6")),
    request_body = NotPaidBody,
    responses(
        (status = 200, description = "The share", body = PayoutView),
        (status = 403, description = "`own_affair`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`not_by_hand`, `payout_out_of_step`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = ["payouts"])),
)]
#[post("/operator/payout-attempts/{id}/failed")]
async fn record_failed(
    shared: Data<Shared>,
    id: Path<String>,
    once: OperatorOnce<Payouts, NotPaidBody>,
) -> Result<HttpResponse, Problem> {
    let outcome = PayoutOutcome::Failed { reason: reason(&once.body.reason)? };
    let command = RecordPayout { ticket: once.ticket.of_money(), attempt: attempt_id(&id)?, outcome };
    Ok(reply(shared.api.billing.record_by_hand(command).await?))
}

/// Record that the mentor's bank sent a payout back
///
/// The share is payable again.
#[utoipa::path(
    tag = "money",
    params(("id" = String, Path, description = "The try, `last_attempt.id` of the share", example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a6")),
    request_body = NotPaidBody,
    responses(
        (status = 200, description = "The share", body = PayoutView),
        (status = 403, description = "`own_affair`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`payout_out_of_step`, `clawed_back`, `dispute_open`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = ["payouts"])),
)]
#[post("/operator/payout-attempts/{id}/returned")]
async fn record_returned(
    shared: Data<Shared>,
    id: Path<String>,
    once: OperatorOnce<Payouts, NotPaidBody>,
) -> Result<HttpResponse, Problem> {
    let outcome = PayoutOutcome::Returned { reason: reason(&once.body.reason)? };
    let command = RecordPayout { ticket: once.ticket.of_money(), attempt: attempt_id(&id)?, outcome };
    Ok(reply(shared.api.billing.record_by_hand(command).await?))
}

fn attempt_id(text: &str) -> Result<PayoutAttemptId, Problem> {
    PayoutAttemptId::parse(text)
        .map_err(|_| Problem::new(application_kernel::NOT_FOUND, "there is no such try"))
}
