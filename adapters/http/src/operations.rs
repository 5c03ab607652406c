//! What is for operators: their log-in, people, sessions and no-shows, jobs that were given up, the audit.
//!
//! A route is guarded by what its handler takes: `Operator<Users>` for a read, `OperatorOnce<Users, Body>` for a write.

mod audit;
mod jobs;
mod log_in;
mod people;
mod sessions;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .configure(log_in::configure)
        .configure(people::configure)
        .configure(sessions::configure)
        .configure(jobs::configure)
        .configure(audit::configure);
}
