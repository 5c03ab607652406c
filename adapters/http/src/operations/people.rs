use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get, post};
use application_identity::{ChangeRole, PeopleFilter, PersonView, Reinstate, Suspend};
use application_kernel::labels;
use domain_kernel::{Labelled, Role, UserId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::reason;
use crate::Problem;
use crate::extract::{Operator, OperatorOnce};
use crate::fields::Fields;
use crate::page::{self, PageView};
use crate::permission::Users;
use crate::problem::ProblemView;
use crate::reply::reply;
use crate::state::Shared;

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(list_people).service(get_person).service(suspend).service(reinstate).service(change_role);
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PeopleQuery {
    /// Only those whose address begins so, without case.
    #[param(example = "asha@", min_length = 1, max_length = 254)]
    email: Option<String>,
    #[param(schema_with = labels::<Role>)]
    role: Option<String>,
    /// Only those who are suspended, or only those who are not.
    #[param(example = true)]
    suspended: Option<bool>,
    /// At most so many, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
    /// From a previous page's `next`.
    cursor: Option<String>,
}

/// List people
///
/// Students and mentors, by key.
#[utoipa::path(
    tag = "operations",
    params(PeopleQuery),
    responses((status = 200, description = "A page of people", body = PageView<PersonView>)),
    security(("operator_token" = ["users"])),
)]
#[get("/operator/people")]
async fn list_people(
    shared: Data<Shared>,
    _by: Operator<Users>,
    request: HttpRequest,
    query: Query<PeopleQuery>,
) -> Result<HttpResponse, Problem> {
    let PeopleQuery { email, role, suspended, limit, cursor } = query.into_inner();
    let mut fields = Fields::default();
    let email = email.map(|email| fields.text("email", &email, 1, 254));
    let role = role.map(|label| fields.take("role", Role::from_label(&label)));
    if email == Some(None) || role == Some(None) {
        return Err(fields.problem());
    }
    let filter = PeopleFilter { email: email.flatten(), role: role.flatten(), suspended };
    let asked = page::asked(limit, cursor.as_deref(), |id: String| UserId::parse(id).ok())?;
    let found = shared.api.people.people(&filter, &asked).await?;
    Ok(HttpResponse::Ok().json(page::answer(&request, found, |id: UserId| id.to_string())))
}

/// Read one person
#[utoipa::path(
    tag = "operations",
    params(("id" = String, Path, description = "The person", example = "mentor_001")),
    responses((status = 200, description = "The person", body = PersonView)),
    security(("operator_token" = ["users"])),
)]
#[get("/operator/people/{id}")]
async fn get_person(
    shared: Data<Shared>,
    _by: Operator<Users>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let found = shared.api.people.person(&person_id(&id)?).await?;
    Ok(HttpResponse::Ok().json(found.ok_or_else(nobody)?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecisionBody {
    /// Why; the audit keeps it. 1 to 500 characters.
    #[schema(example = "Asked students to pay outside the platform.", min_length = 1, max_length = 500)]
    reason: String,
}

/// Suspend a person
///
/// They cannot log in, and their tokens are good for nothing any more. A mentor is neither listed nor bookable, and the
/// requests that wait for their answer are rejected.
#[utoipa::path(
    tag = "operations",
    params(("id" = String, Path, description = "The person", example = "mentor_001")),
    request_body = DecisionBody,
    responses(
        (status = 200, description = "Suspended", body = PersonView),
        (status = 403, description = "`own_affair`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = ["users"])),
)]
#[post("/operator/people/{id}/suspend")]
async fn suspend(
    shared: Data<Shared>,
    id: Path<String>,
    once: OperatorOnce<Users, DecisionBody>,
) -> Result<HttpResponse, Problem> {
    let reason = reason(&once.body.reason)?;
    let command = Suspend { ticket: once.ticket, person: person_id(&id)?, reason };
    Ok(reply(shared.api.identity.suspend(command).await?))
}

/// Let a suspended person in again
#[utoipa::path(
    tag = "operations",
    params(("id" = String, Path, description = "The person", example = "mentor_001")),
    request_body = DecisionBody,
    responses(
        (status = 200, description = "Not suspended", body = PersonView),
        (status = 403, description = "`own_affair`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = ["users"])),
)]
#[post("/operator/people/{id}/reinstate")]
async fn reinstate(
    shared: Data<Shared>,
    id: Path<String>,
    once: OperatorOnce<Users, DecisionBody>,
) -> Result<HttpResponse, Problem> {
    let reason = reason(&once.body.reason)?;
    let command = Reinstate { ticket: once.ticket, person: person_id(&id)?, reason };
    Ok(reply(shared.api.identity.reinstate(command).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleBody {
    /// What the person is to be.
    #[schema(schema_with = labels::<Role>)]
    role: String,
    /// Why; the audit keeps it. 1 to 500 characters.
    #[schema(example = "Signed up at the wrong door.", min_length = 1, max_length = 500)]
    reason: String,
}

/// Make a student a mentor, or a mentor a student
///
/// All their tokens are good for nothing any more; they log in again.
#[utoipa::path(
    tag = "operations",
    params(("id" = String, Path, description = "The person", example = "mentor_001")),
    request_body = RoleBody,
    responses(
        (status = 200, description = "Changed", body = PersonView),
        (status = 403, description = "`own_affair`", body = ProblemView, content_type = "application/problem+json"),
        (status = 409, description = "`role_unchanged`, `role_bound_by_session`, `role_bound_by_refund`, `role_bound_by_money`", body = ProblemView, content_type = "application/problem+json"),
    ),
    security(("operator_token" = ["users"])),
)]
#[post("/operator/people/{id}/change-role")]
async fn change_role(
    shared: Data<Shared>,
    id: Path<String>,
    once: OperatorOnce<Users, RoleBody>,
) -> Result<HttpResponse, Problem> {
    let mut fields = Fields::default();
    let role = fields.take("role", Role::from_label(&once.body.role));
    let reason = fields.text("reason", &once.body.reason, 1, 500);
    let (Some(role), Some(reason)) = (role, reason) else { return Err(fields.problem()) };
    let command = ChangeRole { ticket: once.ticket, person: person_id(&id)?, role, reason };
    Ok(reply(shared.api.identity.change_role(command).await?))
}

/// A path's person; what is no identifier names nobody.
fn person_id(text: &str) -> Result<UserId, Problem> {
    UserId::parse(text).map_err(|_| nobody())
}

fn nobody() -> Problem {
    Problem::new(application_kernel::NOT_FOUND, "there is no such person")
}
