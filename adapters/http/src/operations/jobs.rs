use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use application_operations::{DeadJobView, DropJob, RetryJob};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::reason;
use crate::Problem;
use crate::extract::{Nothing, Operator, OperatorOnce};
use crate::page::{self, PageView};
use crate::permission::Studio;
use crate::problem::ProblemView;
use crate::reply::reply;
use crate::state::Shared;

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(list_dead_jobs).service(retry_job).service(drop_job);
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct JobsQuery {
    /// At most so many, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
    /// From a previous page's `next`.
    cursor: Option<String>,
}

/// List jobs that were given up
///
/// By key. What a job holds is not shown, for it may be a secret.
#[utoipa::path(
    tag = "operations",
    params(JobsQuery),
    responses((status = 200, description = "A page of jobs", body = PageView<DeadJobView>)),
    security(("operator_token" = ["studio"])),
)]
#[get("/operator/jobs")]
async fn list_dead_jobs(
    shared: Data<Shared>,
    _by: Operator<Studio>,
    request: HttpRequest,
    query: Query<JobsQuery>,
) -> Result<HttpResponse, Problem> {
    let JobsQuery { limit, cursor } = query.into_inner();
    let asked = page::asked(limit, cursor.as_deref(), |id: i64| Some(id))?;
    let found = shared.api.operations.dead_jobs(&asked).await?;
    Ok(HttpResponse::Ok().json(page::answer(&request, found, |id: i64| id)))
}

/// Let a job that was given up be tried again
///
/// As often as a new one.
#[utoipa::path(
    tag = "operations",
    params(("id" = i64, Path, description = "The job", example = 17)),
    responses((status = 200, description = "It is due", body = DeadJobView)),
    security(("operator_token" = ["studio"])),
)]
#[post("/operator/jobs/{id}/retry")]
async fn retry_job(
    shared: Data<Shared>,
    id: Path<i64>,
    once: OperatorOnce<Studio, Nothing>,
) -> Result<HttpResponse, Problem> {
    let command = RetryJob { ticket: once.ticket, job: *id };
    Ok(reply(shared.api.queue.retry(command).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DropJobBody {
    /// Why; the audit keeps it. 1 to 500 characters.
    #[schema(example = "The mailbox does not exist.", min_length = 1, max_length = 500)]
    reason: String,
}

/// Put a job that was given up aside for good
///
/// What it held is forgotten.
#[utoipa::path(
    tag = "operations",
    params(("id" = i64, Path, description = "The job", example = 17)),
    request_body = DropJobBody,
    responses(
        (status = 200, description = "It is put aside", body = DeadJobView),
        (status = 409, description = "`job_not_given_up`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = ["studio"])),
)]
#[post("/operator/jobs/{id}/drop")]
async fn drop_job(
    shared: Data<Shared>,
    id: Path<i64>,
    once: OperatorOnce<Studio, DropJobBody>,
) -> Result<HttpResponse, Problem> {
    let reason = reason(&once.body.reason)?;
    let command = DropJob { ticket: once.ticket, job: *id, reason };
    Ok(reply(shared.api.queue.put_aside(command).await?))
}
