//! What is for operators: their log-in, people, sessions and no-shows, money, jobs that were given up, the audit.
//!
//! A route is guarded by what its handler takes: `Operator<Users>` for a read, `OperatorOnce<Users, Body>` for a write.

mod audit;
mod books;
mod jobs;
mod log_in;
mod payouts;
mod people;
mod refunds;
mod sessions;

use domain_kernel::{Labelled, PaymentId};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Problem;
use crate::fields::Fields;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .configure(log_in::configure)
        .configure(people::configure)
        .configure(sessions::configure)
        .configure(jobs::configure)
        .configure(audit::configure)
        .configure(payouts::configure)
        .configure(refunds::configure)
        .configure(books::configure);
}

/// A path's payment; what is no identifier names none.
fn payment_id(text: &str) -> Result<PaymentId, Problem> {
    PaymentId::parse(text)
        .map_err(|_| Problem::new(application_kernel::NOT_FOUND, "there is no such payment"))
}

/// Why an operator decides something, 1 to 500 characters.
fn reason(text: &str) -> Result<String, Problem> {
    let mut fields = Fields::default();
    fields.text("reason", text, 1, 500).ok_or_else(|| fields.problem())
}

/// A list's filter by status.
fn stated<L: Labelled>(label: Option<String>) -> Result<Option<L>, Problem> {
    let mut fields = Fields::default();
    match label.map(|label| fields.take("status", L::from_label(&label))) {
        None => Ok(None),
        Some(None) => Err(fields.problem()),
        Some(status) => Ok(status),
    }
}
