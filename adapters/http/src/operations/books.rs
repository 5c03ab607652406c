use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use application_billing::{
    BalanceView, BillingError, DisputeView, EntryView, FindingView, RecordSettlement, ReverseSettlement,
    SettlementView,
};
use application_kernel::{currency_code, labels};
use domain_billing::DisputeStatus;
use domain_kernel::{Currency, MOST_MINOR, Money};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{payment_id, reason, stated};
use crate::Problem;
use crate::extract::{Operator, OperatorOnce};
use crate::fields::Fields;
use crate::page::{self, PageView};
use crate::permission::{Disputes, Payouts};
use crate::problem::ProblemView;
use crate::reply::reply;
use crate::state::Shared;

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_disputes)
        .service(get_journal)
        .service(list_balances)
        .service(verify_books)
        .service(record_settlement)
        .service(reverse_settlement)
        .service(get_settlement);
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DisputesQuery {
    #[param(schema_with = labels::<DisputeStatus>)]
    status: Option<String>,
    /// At most so many, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
    /// From a previous page's `next`.
    cursor: Option<String>,
}

/// List disputes
///
/// By key, so in the order in which we heard of them.
#[utoipa::path(
    tag = "money",
    params(DisputesQuery),
    responses((status = 200, description = "A page of disputes", body = PageView<DisputeView>)),
    security(("operator_token" = ["disputes"])),
)]
#[get("/operator/disputes")]
async fn list_disputes(
    shared: Data<Shared>,
    _by: Operator<Disputes>,
    request: HttpRequest,
    query: Query<DisputesQuery>,
) -> Result<HttpResponse, Problem> {
    let DisputesQuery { status, limit, cursor } = query.into_inner();
    let status = stated::<DisputeStatus>(status)?;
    let asked = page::asked(limit, cursor.as_deref(), page::key)?;
    let found = shared.api.books.disputes(status, &asked).await?;
    Ok(HttpResponse::Ok().json(page::answer(&request, found, |id: String| id)))
}

#[derive(Debug, Serialize, ToSchema)]
struct JournalView {
    /// The entries, in order, at most 1000.
    items: Vec<EntryView>,
}

/// Read what was posted about a payment
#[utoipa::path(
    tag = "money",
    params(("id" = String, Path, description = "The payment", example = "01936f5e-8a11-7e43-8f00-5d6e7f8091a2")),
    responses((status = 200, description = "The entries; none if nothing was captured", body = JournalView)),
    security(("operator_token" = ["payouts"])),
)]
#[get("/operator/payments/{id}/journal")]
async fn get_journal(
    shared: Data<Shared>,
    _by: Operator<Payouts>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let items = shared.api.books.journal(&payment_id(&id)?).await?;
    Ok(HttpResponse::Ok().json(JournalView { items }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BalancesQuery {
    /// At most so many, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
    /// From a previous page's `next`.
    cursor: Option<String>,
}

/// List the accounts and their balances
#[utoipa::path(
    tag = "money",
    params(BalancesQuery),
    responses((status = 200, description = "A page of accounts", body = PageView<BalanceView>)),
    security(("operator_token" = ["payouts"])),
)]
#[get("/operator/ledger/accounts")]
async fn list_balances(
    shared: Data<Shared>,
    _by: Operator<Payouts>,
    request: HttpRequest,
    query: Query<BalancesQuery>,
) -> Result<HttpResponse, Problem> {
    let BalancesQuery { limit, cursor } = query.into_inner();
    let asked = page::asked(limit, cursor.as_deref(), page::key)?;
    let found = shared.api.books.balances(&asked).await?;
    Ok(HttpResponse::Ok().json(page::answer(&request, found, |id: String| id)))
}

#[derive(Debug, Serialize, ToSchema)]
struct ProofView {
    /// Whether every law of the books holds.
    #[schema(example = true)]
    sound: bool,
    /// What does not hold, at most 1000.
    findings: Vec<FindingView>,
}

/// Prove the books
///
/// Every law of the books, from one snapshot. Needs PostgreSQL.
#[utoipa::path(
    tag = "money",
    responses(
        (status = 200, description = "What does not hold; nothing if they are sound", body = ProofView),
        (status = 503, description = "`needs_postgres`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = ["payouts"])),
)]
#[get("/operator/ledger/verify")]
async fn verify_books(shared: Data<Shared>, _by: Operator<Payouts>) -> Result<HttpResponse, Problem> {
    let findings = shared.api.books.verify().await?;
    Ok(HttpResponse::Ok().json(ProofView { sound: findings.is_empty(), findings }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SettlementBody {
    /// The report's key, by which it counts once. 1 to 100 visible ASCII characters, no slash among them.
    #[schema(example = "setl_2026_12_07", pattern = "^[!-.0-~]{1,100}$")]
    reference: String,
    /// What the gateway no longer holds for us, in minor units, its fee included.
    #[schema(example = 249_900, minimum = 1, maximum = 9_999_999_999i64)]
    amount_minor: i64,
    /// What it kept of that.
    #[schema(example = 4_998, minimum = 0, maximum = 9_999_999_999i64)]
    fee_minor: i64,
    #[schema(schema_with = currency_code)]
    currency: String,
}

/// Record what a gateway paid us out
///
/// By its settlement report: from clearing to the bank, less what it kept. At most what the gateway holds for us in that
/// currency.
#[utoipa::path(
    tag = "money",
    request_body = SettlementBody,
    responses(
        (status = 201, description = "Recorded", body = SettlementView),
        (status = 409, description = "`already_settled`", body = ProblemView, content_type = "application/problem+json"),
        (status = 422, description = "`fee_above_amount`, `more_than_clearing`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = ["payouts"])),
)]
#[post("/operator/settlements")]
async fn record_settlement(
    shared: Data<Shared>,
    once: OperatorOnce<Payouts, SettlementBody>,
) -> Result<HttpResponse, Problem> {
    let body = &once.body;
    let mut fields = Fields::default();
    let reference = &body.reference;
    let sound = (1..=100).contains(&reference.len())
        && reference.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/');
    let reference =
        sound.then(|| reference.clone()).ok_or("1 to 100 visible ASCII characters without a slash");
    let reference = fields.take("reference", reference);
    let currency = fields.take("currency", Currency::parse(&body.currency));
    let mut within = |field, minor: i64, least| {
        let sound = (least..=MOST_MINOR).contains(&minor).then_some(minor);
        fields.take(field, sound.ok_or_else(|| format!("a whole number of {least} to {MOST_MINOR}")))
    };
    let (amount, fee) =
        (within("amount_minor", body.amount_minor, 1), within("fee_minor", body.fee_minor, 0));
    let (Some(reference), Some(currency), Some(amount), Some(fee)) = (reference, currency, amount, fee)
    else {
        return Err(fields.problem());
    };
    let money = |minor| Money::parse(minor, currency).map_err(BillingError::from);
    let (amount, fee) = (money(amount)?, money(fee)?);
    let command = RecordSettlement { ticket: once.ticket.of_money(), reference, amount, fee };
    Ok(reply(shared.api.billing.record_settlement(command).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReversalBody {
    /// What was wrong; it stays with the report. 1 to 500 characters.
    #[schema(example = "A digit too many.", min_length = 1, max_length = 500)]
    reason: String,
}

/// Take back what was recorded of a settlement by mistake
///
/// The opposite is posted, once. The reference stays taken: what is right is recorded under another.
#[utoipa::path(
    tag = "money",
    params(("reference" = String, Path, description = "The report's key", example = "setl_2026_12_07")),
    request_body = ReversalBody,
    responses((status = 200, description = "What was recorded, and is taken back", body = SettlementView)),
    security(("operator_token" = ["payouts"])),
)]
#[post("/operator/settlements/{reference}/reverse")]
async fn reverse_settlement(
    shared: Data<Shared>,
    reference: Path<String>,
    once: OperatorOnce<Payouts, ReversalBody>,
) -> Result<HttpResponse, Problem> {
    let unknown = || Problem::new(application_kernel::NOT_FOUND, "no such report was recorded");
    let reference = page::key(reference.into_inner()).ok_or_else(unknown)?;
    let reason = reason(&once.body.reason)?;
    let command = ReverseSettlement { ticket: once.ticket.of_money(), reference, reason };
    Ok(reply(shared.api.billing.reverse_settlement(command).await?))
}

/// Read what a gateway paid us out
#[utoipa::path(
    tag = "money",
    params(("reference" = String, Path, description = "The report's key", example = "setl_2026_12_07")),
    responses((status = 200, description = "What was recorded", body = SettlementView)),
    security(("operator_token" = ["payouts"])),
)]
#[get("/operator/settlements/{reference}")]
async fn get_settlement(
    shared: Data<Shared>,
    _by: Operator<Payouts>,
    reference: Path<String>,
) -> Result<HttpResponse, Problem> {
    let unknown = || Problem::new(application_kernel::NOT_FOUND, "no such report was recorded");
    let reference = page::key(reference.into_inner()).ok_or_else(unknown)?;
    let found = shared.api.books.settlement(&reference).await?;
    Ok(HttpResponse::Ok().json(found.ok_or_else(unknown)?))
}
