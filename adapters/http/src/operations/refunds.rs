use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use application_billing::{
    ApprovalView, AskClawBack, DecideApproval, RefundPayment, RefundView, RetryRefund, decidable,
};
use application_kernel::labels;
use domain_billing::{ApprovalStatus, RefundStatus};
use domain_kernel::{ApprovalId, PaymentId, RefundId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{payment_id, stated};
use crate::Problem;
use crate::extract::{Nothing, Operator, OperatorOnce};
use crate::fields::Fields;
use crate::page::{self, PageView};
use crate::permission::{Any, Refunds};
use crate::problem::ProblemView;
use crate::reply::reply;
use crate::state::Shared;

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_refunds)
        .service(refund_payment)
        .service(claw_back_payment)
        .service(retry_refund)
        .service(list_approvals)
        .service(approve)
        .service(decline);
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RefundsQuery {
    #[param(schema_with = labels::<RefundStatus>)]
    status: Option<String>,
    /// Only those of this payment.
    #[param(example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")]
    payment_id: Option<String>,
    /// At most so many, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
    /// From a previous page's `next`.
    cursor: Option<String>,
}

/// List refunds
///
/// By key, so in the order in which they were found to be due. FAILED ones wait for an operator.
#[utoipa::path(
    tag = "money",
    params(RefundsQuery),
    responses((status = 200, description = "A page of refunds", body = PageView<RefundView>)),
    security(("operator_token" = ["refunds"])),
)]
#[get("/operator/refunds")]
async fn list_refunds(
    shared: Data<Shared>,
    _by: Operator<Refunds>,
    request: HttpRequest,
    query: Query<RefundsQuery>,
) -> Result<HttpResponse, Problem> {
    let RefundsQuery { status, payment_id: payment, limit, cursor } = query.into_inner();
    let status = stated::<RefundStatus>(status)?;
    let mut fields = Fields::default();
    let payment = payment.map(|id| fields.take("payment_id", PaymentId::parse(id)));
    if payment == Some(None) {
        return Err(fields.problem());
    }
    let payment = payment.flatten();
    let asked = page::asked(limit, cursor.as_deref(), page::key)?;
    let found = shared.api.books.refunds(status, payment.as_ref(), &asked).await?;
    Ok(HttpResponse::Ok().json(page::answer(&request, found, |id: String| id)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GiveBackBody {
    /// How much, in minor units; all that is left if left out.
    #[schema(example = 50_000, minimum = 1)]
    amount_minor: Option<i64>,
    /// Why; the audit keeps it. 1 to 500 characters.
    #[schema(example = "The mentor was an hour late.", min_length = 1, max_length = 500)]
    reason: String,
}

impl GiveBackBody {
    fn read(&self) -> Result<(Option<i64>, String), Problem> {
        let mut fields = Fields::default();
        let sound = self.amount_minor.is_none_or(|minor| minor > 0);
        let amount = fields.take("amount_minor", sound.then_some(self.amount_minor).ok_or("1 or more"));
        let reason = fields.text("reason", &self.reason, 1, 500);
        amount.zip(reason).ok_or_else(|| fields.problem())
    }
}

/// Give some of a payment back
///
/// While the mentor was not paid. The rest is split anew between platform and mentor. A session that goes on keeps some
/// of its money: to give all of it back, call the session off.
#[utoipa::path(
    tag = "money",
    params(("id" = String, Path, description = "The payment", example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")),
    request_body = GiveBackBody,
    responses(
        (status = 200, description = "The refund, which is on its way", body = RefundView),
        (status = 403, description = "`own_affair`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`payout_in_flight`, `paid_out`, `dispute_open`, `nothing_left`, `session_live`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`more_than_left`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = ["refunds"])),
)]
#[post("/operator/payments/{id}/refund")]
async fn refund_payment(
    shared: Data<Shared>,
    id: Path<String>,
    once: OperatorOnce<Refunds, GiveBackBody>,
) -> Result<HttpResponse, Problem> {
    let payment = payment_id(&id)?;
    let (amount_minor, reason) = once.body.read()?;
    let command = RefundPayment { ticket: once.ticket.of_money(), payment, amount_minor, reason };
    Ok(reply(shared.api.billing.refund(command).await?))
}

/// Ask for what was paid out to go back
///
/// Another operator approves. The platform then gives up its share of the fee, the mentor owes the rest.
#[utoipa::path(
    tag = "money",
    params(("id" = String, Path, description = "The payment", example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")),
    request_body = GiveBackBody,
    responses(
        (status = 200, description = "What waits for approval", body = ApprovalView),
        (status = 403, description = "`own_affair`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`not_paid_out`, `dispute_open`, `nothing_left`, `approval_waiting`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`more_than_left`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = ["refunds"])),
)]
#[post("/operator/payments/{id}/claw-back")]
async fn claw_back_payment(
    shared: Data<Shared>,
    id: Path<String>,
    once: OperatorOnce<Refunds, GiveBackBody>,
) -> Result<HttpResponse, Problem> {
    let payment = payment_id(&id)?;
    let (amount_minor, reason) = once.body.read()?;
    let command = AskClawBack { ticket: once.ticket.of_money(), payment, amount_minor, reason };
    Ok(reply(shared.api.billing.ask_claw_back(command).await?))
}

/// Let a refund be tried again
///
/// One that the gateway refused five times. Of any other nothing changes.
#[utoipa::path(
    tag = "money",
    params(("id" = String, Path, description = "The refund", example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a4")),
    responses(
        (status = 200, description = "The refund", body = RefundView),
        (status = 403, description = "`own_affair`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = ["refunds"])),
)]
#[post("/operator/refunds/{id}/retry")]
async fn retry_refund(
    shared: Data<Shared>,
    id: Path<String>,
    once: OperatorOnce<Refunds, Nothing>,
) -> Result<HttpResponse, Problem> {
    let unknown = |_| Problem::new(application_kernel::NOT_FOUND, "there is no such refund");
    let refund = RefundId::parse(id.as_str()).map_err(unknown)?;
    let command = RetryRefund { ticket: once.ticket.of_money(), refund };
    Ok(reply(shared.api.billing.retry_refund(command).await?))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ApprovalsQuery {
    #[param(schema_with = labels::<ApprovalStatus>)]
    status: Option<String>,
    /// At most so many, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
    /// From a previous page's `next`.
    cursor: Option<String>,
}

/// List what takes a second operator
///
/// Large payouts for those who hold `payouts`, claw-backs for those who hold `refunds`; by key.
#[utoipa::path(
    tag = "money",
    params(ApprovalsQuery),
    responses((status = 200, description = "A page of what is asked", body = PageView<ApprovalView>)),
    security(("operator_token" = [])),
)]
#[get("/operator/approvals")]
async fn list_approvals(
    shared: Data<Shared>,
    by: Operator<Any>,
    request: HttpRequest,
    query: Query<ApprovalsQuery>,
) -> Result<HttpResponse, Problem> {
    let ApprovalsQuery { status, limit, cursor } = query.into_inner();
    let status = stated::<ApprovalStatus>(status)?;
    let asked = page::asked(limit, cursor.as_deref(), page::key)?;
    let found = shared.api.books.approvals(&decidable(&by.0), status, &asked).await?;
    Ok(HttpResponse::Ok().json(page::answer(&request, found, |id: String| id)))
}

/// Approve what another operator asked
///
/// It is done in the same step. A payout takes the permission `payouts`, a claw-back `refunds`.
#[utoipa::path(
    tag = "money",
    params(("id" = String, Path, description = "What is asked", example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a5")),
    responses(
        (status = 200, description = "Approved and done", body = ApprovalView),
        (status = 403, description = "`same_operator`, `own_affair`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`approval_decided`, `approval_lapsed`, `approval_outdated`, `payout_held`, `payout_in_flight`, `paid_out`, `dispute_open`, `nothing_left`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`more_than_left`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = [])),
)]
#[post("/operator/approvals/{id}/approve")]
async fn approve(
    shared: Data<Shared>,
    id: Path<String>,
    once: OperatorOnce<Any, Nothing>,
) -> Result<HttpResponse, Problem> {
    let command =
        DecideApproval { ticket: once.ticket.of_money(), approval: approval_id(&id)?, approves: true };
    Ok(reply(shared.api.billing.decide_approval(command).await?))
}

/// Decline what an operator asked
///
/// Whoever asked may take it back so, too.
#[utoipa::path(
    tag = "money",
    params(("id" = String, Path, description = "What is asked", example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a5")),
    responses(
        (status = 200, description = "Declined", body = ApprovalView),
        (status = 403, description = "`own_affair`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`approval_decided`, `approval_lapsed`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = [])),
)]
#[post("/operator/approvals/{id}/decline")]
async fn decline(
    shared: Data<Shared>,
    id: Path<String>,
    once: OperatorOnce<Any, Nothing>,
) -> Result<HttpResponse, Problem> {
    let command =
        DecideApproval { ticket: once.ticket.of_money(), approval: approval_id(&id)?, approves: false };
    Ok(reply(shared.api.billing.decide_approval(command).await?))
}

fn approval_id(text: &str) -> Result<ApprovalId, Problem> {
    ApprovalId::parse(text)
        .map_err(|_| Problem::new(application_kernel::NOT_FOUND, "nothing like that is asked"))
}
