//! What demo mode adds, and production never has.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpResponse, get, post};
use application_billing::{DisputeFact, DisputeTold};
use application_booking::{BookingError, ScriptStep};
use application_kernel::StoredMail;
use domain_billing::{DisputeStep, FactKind, FactOutcome};
use domain_kernel::{Labelled, TimeDelta};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Problem;
use crate::extract::Body;
use crate::fields::Fields;
use crate::problem::{NO_SUCH_PATH, ProblemView};
use crate::script::ScriptBody;
use crate::state::{Demo, Shared};

/// Mounted only where [`Demo`] is there.
pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(move_clock)
        .service(read_mailbox)
        .service(capture_order)
        .service(fail_order)
        .service(dispute_order)
        .service(script_order);
}

fn demo(shared: &Shared) -> Result<&Demo, Problem> {
    shared.api.demo.as_ref().ok_or_else(|| Problem::new(NO_SUCH_PATH, "demo mode is off"))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClockBody {
    /// By how many seconds the clock is moved, at most 366 days; it cannot be moved back.
    #[schema(example = 86_400, minimum = 0, maximum = 31_622_400)]
    advance_seconds: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct ClockView {
    /// What the clock shows now.
    #[schema(format = DateTime, example = "2026-12-07T04:30:00Z")]
    now: String,
}

/// Move the server's clock
///
/// Timers that become due run at once, in their order.
#[utoipa::path(
    tag = "dev",
    request_body = ClockBody,
    responses((status = 200, description = "What the clock shows", body = ClockView)),
)]
#[post("/dev/clock")]
async fn move_clock(shared: Data<Shared>, body: Body<ClockBody>) -> Result<HttpResponse, Problem> {
    let clock = &demo(&shared)?.clock;
    let seconds = body.0.advance_seconds;
    let mut fields = Fields::default();
    let sound = (0..=31_622_400).contains(&seconds).then_some(seconds).ok_or("0 to 31622400 seconds");
    let Some(seconds) = fields.take("advance_seconds", sound) else { return Err(fields.problem()) };
    clock.advance(TimeDelta::seconds(seconds));
    Ok(HttpResponse::Ok().json(ClockView { now: clock.now().to_string() }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MailboxQuery {
    /// Only mails to this address.
    #[param(example = "asha@example.org")]
    to: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct MailboxView {
    /// The mails, newest first, at most 100.
    items: Vec<StoredMail>,
}

/// Read the mails that were not sent
#[utoipa::path(
    tag = "dev",
    params(MailboxQuery),
    responses((status = 200, description = "The mails", body = MailboxView)),
)]
#[get("/dev/mailbox")]
async fn read_mailbox(shared: Data<Shared>, query: Query<MailboxQuery>) -> Result<HttpResponse, Problem> {
    let items = demo(&shared)?.mailbox.read(query.to.as_deref());
    Ok(HttpResponse::Ok().json(MailboxView { items }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GatewayBody {
    /// What the gateway says it took, in minor units; the order's amount if left out.
    #[schema(example = 249_900)]
    amount_minor: Option<i64>,
    /// In which currency; the order's if left out.
    #[schema(example = "INR", max_length = 3, min_length = 3)]
    currency: Option<String>,
    /// Tells the student's attempts apart, 1 to 40 characters; `1` if left out. An attempt fails, or brings money, once.
    #[schema(example = "1", min_length = 1, max_length = 40)]
    attempt: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct FactView {
    /// What was made of it: applied, late, second, mismatch, unreadable or ignored.
    #[schema(example = "applied")]
    outcome: String,
}

/// Let the simulated gateway take the money for an order
#[utoipa::path(
    tag = "dev",
    params(("order" = String, Path, description = "The gateway's key of the order", example = "sim_01936f5e-8a11-7e43-8f00-5d6e7f8091a2_249900_INR")),
    request_body = GatewayBody,
    responses(
        (status = 200, description = "What was made of the fact", body = FactView),
        (status = 404, description = "`unknown_order`", body = ProblemView, content_type = "application/problem+json"),
    ),
)]
#[post("/dev/gateway/{order}/capture")]
async fn capture_order(
    shared: Data<Shared>,
    order: Path<String>,
    body: Body<GatewayBody>,
) -> Result<HttpResponse, Problem> {
    tell(&shared, &order, FactKind::Captured, body.0).await
}

/// Let the attempt to pay an order fail
#[utoipa::path(
    tag = "dev",
    params(("order" = String, Path, description = "The gateway's key of the order", example = "sim_01936f5e-8a11-7e43-8f00-5d6e7f8091a2_249900_INR")),
    request_body = GatewayBody,
    responses(
        (status = 200, description = "What was made of the fact", body = FactView),
        (status = 404, description = "`unknown_order`", body = ProblemView, content_type = "application/problem+json"),
    ),
)]
#[post("/dev/gateway/{order}/fail")]
async fn fail_order(
    shared: Data<Shared>,
    order: Path<String>,
    body: Body<GatewayBody>,
) -> Result<HttpResponse, Problem> {
    tell(&shared, &order, FactKind::Failed, body.0).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DisputeBody {
    /// What has happened: opened, won or lost.
    #[schema(example = "opened", pattern = "^(opened|won|lost)$")]
    event: String,
    /// Tells the order's disputes apart, 1 to 40 characters; `1` if left out.
    #[schema(example = "1", min_length = 1, max_length = 40)]
    key: Option<String>,
    /// How much is withheld when it is opened, in minor units; all that is left if left out.
    #[schema(example = 249_900)]
    amount_minor: Option<i64>,
}

/// Let the student's bank dispute an order's payment
#[utoipa::path(
    tag = "dev",
    params(("order" = String, Path, description = "The gateway's key of the order", example = "sim_01936f5e-8a11-7e43-8f00-5d6e7f8091a2_249900_INR")),
    request_body = DisputeBody,
    responses(
        (status = 200, description = "What was made of it", body = FactView),
        (status = 404, description = "`unknown_order`", body = ProblemView, content_type = "application/problem+json"),
        (status = 503, description = "`gateway_unavailable`", body = ProblemView, content_type = "application/problem+json"),
    ),
)]
#[post("/dev/gateway/{order}/dispute")]
async fn dispute_order(
    shared: Data<Shared>,
    order: Path<String>,
    body: Body<DisputeBody>,
) -> Result<HttpResponse, Problem> {
    let DisputeBody { event, key, amount_minor } = body.0;
    let gateway = &demo(&shared)?.gateway;
    let known = gateway.fact(&order, "1", FactKind::Captured, None);
    let known = known
        .ok_or_else(|| Problem::new(application_booking::UNKNOWN_ORDER, "the gateway made no such order"))?;
    let mut fields = Fields::default();
    let what = match event.as_str() {
        "opened" => Ok(DisputeTold::Opened(amount_minor)),
        "won" => Ok(DisputeTold::Ended(DisputeStep::Win)),
        "lost" => Ok(DisputeTold::Ended(DisputeStep::Lose)),
        _ => Err("it is opened, won or lost"),
    };
    let what = fields.take("event", what);
    let key = fields.text("key", key.as_deref().unwrap_or("1"), 1, 40);
    let (Some(what), Some(key)) = (what, key) else { return Err(fields.problem()) };
    let fact = DisputeFact { gateway: known.gateway, order: known.order, key, what };
    let outcome = shared.api.billing.record_dispute(&fact).await?;
    if outcome == FactOutcome::Applied {
        let step = match what {
            DisputeTold::Ended(step) => Some(step),
            DisputeTold::Opened(_) | DisputeTold::Reversed(_) => None,
        };
        let kept = gateway.keep_dispute(&fact.order, &fact.key, amount_minor, step).await;
        kept.map_err(BookingError::from)?;
    }
    Ok(HttpResponse::Ok().json(FactView { outcome: outcome.label().to_owned() }))
}

#[derive(Debug, Serialize, ToSchema)]
struct ScriptView {
    /// How many messages the gateway sends about it, each when its time has come.
    #[schema(example = 2)]
    messages: usize,
}

/// Tell the simulated gateway what happens to an order
///
/// The steps follow each other from now on, beside what it was told before. Messages arrive as jobs, so `POST /dev/clock`
/// brings those that are late. What is lost is found by asking: 1, 5 and 15 minutes after a consent, then hourly.
#[utoipa::path(
    tag = "dev",
    params(("order" = String, Path, description = "The gateway's key of the order", example = "sim_01936f5e-8a11-7e43-8f00-5d6e7f8091a2_249900_INR")),
    request_body(content = ScriptBody, examples(
        ("late" = (
            summary = "The money comes, and its message 72 hours later",
            value = json!({"steps": [{"do": "authorise"}, {"do": "capture", "after_minutes": 5, "message_after_minutes": 4_320}]}),
        )),
        ("disorderly" = (
            summary = "Each message twice, and all in the opposite order",
            value = json!({"steps": [{"do": "authorise", "copies": 2}, {"do": "capture", "after_minutes": 1, "copies": 2}, {"do": "reorder"}]}),
        )),
        ("wrong" = (
            summary = "A failure, a wrong amount, the right one, a second one",
            value = json!({"steps": [{"do": "fail"}, {"do": "capture", "attempt": "2", "amount_minor": 99}, {"do": "capture", "attempt": "3"}, {"do": "capture", "attempt": "4"}]}),
        )),
        ("lost" = (
            summary = "No message arrives, and at first no answer: asking again finds it",
            value = json!({"steps": [{"do": "authorise"}, {"do": "capture", "copies": 0}, {"do": "answer_nothing", "call": "facts", "times": 2}]}),
        )),
        ("reversed" = (
            summary = "The money comes, and is taken back a day later",
            value = json!({"steps": [{"do": "capture"}, {"do": "reverse", "after_minutes": 1_440}]}),
        )),
        ("leaving" = (
            summary = "A refund is refused once, then done without an answer; the mentor is paid ten hours late",
            value = json!({"steps": [{"do": "capture"}, {"do": "refund", "answer": "refused"}, {"do": "fail_after_success", "call": "refund", "times": 2}, {"do": "payout", "answer": "late", "late_minutes": 600}]}),
        )),
    )),
    responses(
        (status = 200, description = "What is sent about it", body = ScriptView),
        (status = 404, description = "`unknown_order`", body = ProblemView, content_type = "application/problem+json"),
        (status = 503, description = "`gateway_unavailable`", body = ProblemView, content_type = "application/problem+json"),
    ),
)]
#[post("/dev/gateway/{order}/script")]
async fn script_order(
    shared: Data<Shared>,
    order: Path<String>,
    body: Body<ScriptBody>,
) -> Result<HttpResponse, Problem> {
    let gateway = &demo(&shared)?.gateway;
    let steps: Vec<ScriptStep> = body.0.try_into()?;
    let messages = gateway.script(&order, &steps).await.map_err(BookingError::from)?;
    let unknown = || Problem::new(application_booking::UNKNOWN_ORDER, "the gateway made no such order");
    Ok(HttpResponse::Ok().json(ScriptView { messages: messages.ok_or_else(unknown)? }))
}

async fn tell(
    shared: &Shared,
    order: &str,
    kind: FactKind,
    body: GatewayBody,
) -> Result<HttpResponse, Problem> {
    let unknown = || Problem::new(application_booking::UNKNOWN_ORDER, "the gateway made no such order");
    let gateway = &demo(shared)?.gateway;
    let own = gateway.fact(order, "1", kind, None).ok_or_else(unknown)?;
    let mut fields = Fields::default();
    let currency = fields.text("currency", &body.currency.unwrap_or(own.currency), 3, 3);
    let attempt = fields.text("attempt", body.attempt.as_deref().unwrap_or("1"), 1, 40);
    let (Some(currency), Some(attempt)) = (currency, attempt) else { return Err(fields.problem()) };
    let amount = (body.amount_minor.unwrap_or(own.amount_minor), currency);
    let fact = gateway.fact(order, &attempt, kind, Some(amount)).ok_or_else(unknown)?;
    gateway.keep(&fact).await.map_err(BookingError::from)?;
    let outcome = shared.api.booking.record_gateway_fact(&fact).await?;
    Ok(HttpResponse::Ok().json(FactView { outcome: outcome.label().to_owned() }))
}
