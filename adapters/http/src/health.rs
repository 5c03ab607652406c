//! Whether the server lives and whether it can serve.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::Shared;

#[derive(Serialize, ToSchema)]
struct HealthView {
    /// `live`, `ready` or `unavailable`.
    #[schema(example = "ready")]
    status: &'static str,
    /// What is missing, such as `migrating`.
    #[schema(example = "migrating")]
    missing: Option<String>,
}

/// Whether the process lives
///
/// Asks nobody else.
#[utoipa::path(tag = "health", responses((status = 200, description = "It does", body = HealthView)))]
#[get("/health/live")]
pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(HealthView { status: "live", missing: None })
}

/// Whether requests can be served
///
/// Asks the database.
#[utoipa::path(
    tag = "health",
    responses(
        (status = 200, description = "They can", body = HealthView),
        (status = 503, description = "They cannot now", body = HealthView),
    ),
)]
#[get("/health/ready")]
pub(crate) async fn ready(shared: Data<Shared>) -> HttpResponse {
    match shared.api.readiness.missing().await {
        None => HttpResponse::Ok().json(HealthView { status: "ready", missing: None }),
        missing => HttpResponse::ServiceUnavailable()
            .insert_header(("Retry-After", "1"))
            .json(HealthView { status: "unavailable", missing }),
    }
}
