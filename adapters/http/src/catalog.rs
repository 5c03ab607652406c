//! Plans and mentors, for anybody.

use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use application_catalog::{MentorFilter, MentorKey, MentorView, PlanDetail, PlanFilter, PlanView};
use domain_catalog::SkillSlug;
use domain_kernel::{PlanId, UserId};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Problem;
use crate::page::{self, PageView};
use crate::state::Shared;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(list_plans).service(get_plan).service(list_mentors).service(get_mentor);
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SkillQuery {
    /// Only those of this skill, by name or slug; `Java` never finds `JavaScript`.
    #[param(example = "java-programming")]
    skill: Option<String>,
    /// At most so many, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
    /// From a previous page's `next`.
    cursor: Option<String>,
}

impl SkillQuery {
    fn slug(&self) -> Option<SkillSlug> {
        self.skill.as_deref().map(SkillSlug::of)
    }
}

/// List the plans that can be bought
#[utoipa::path(
    tag = "catalog",
    params(SkillQuery),
    responses((status = 200, description = "A page of plans", body = PageView<PlanView>)),
)]
#[get("/plans")]
async fn list_plans(
    shared: Data<Shared>,
    request: HttpRequest,
    query: Query<SkillQuery>,
) -> Result<HttpResponse, Problem> {
    let asked = page::asked(query.limit, query.cursor.as_deref(), |id: i32| Some(PlanId::new(id)))?;
    let found = shared.api.catalog.plans(&PlanFilter { skill: query.slug() }, &asked).await?;
    Ok(HttpResponse::Ok().json(page::answer(&request, found, |id: PlanId| id.get())))
}

/// Read a plan
///
/// With the topics of its meetings.
#[utoipa::path(
    tag = "catalog",
    params(("id" = i32, Path, description = "The plan", example = 1)),
    responses((status = 200, description = "The plan", body = PlanDetail)),
)]
#[get("/plans/{id}")]
async fn get_plan(shared: Data<Shared>, id: Path<i32>) -> Result<HttpResponse, Problem> {
    let found = shared.api.catalog.plan(PlanId::new(*id)).await?;
    Ok(HttpResponse::Ok().json(found.ok_or_else(|| missing("plan"))?))
}

/// List the verified mentors
///
/// The best rated first; of equals, and of those whom nobody has rated yet, the newest.
#[utoipa::path(
    tag = "catalog",
    params(SkillQuery),
    responses((status = 200, description = "A page of mentors", body = PageView<MentorView>)),
)]
#[get("/mentors")]
async fn list_mentors(
    shared: Data<Shared>,
    request: HttpRequest,
    query: Query<SkillQuery>,
) -> Result<HttpResponse, Problem> {
    let asked = page::asked(query.limit, query.cursor.as_deref(), |(hundredths, profile)| {
        Some(MentorKey { hundredths, profile })
    })?;
    let found = shared.api.catalog.mentors(&MentorFilter { skill: query.slug() }, &asked).await?;
    Ok(HttpResponse::Ok().json(page::answer(&request, found, |key: MentorKey| (key.hundredths, key.profile))))
}

/// Read a verified mentor
///
/// With the courses they are verified for and the times they offer.
#[utoipa::path(
    tag = "catalog",
    params(("id" = String, Path, description = "The mentor", example = "mentor_001")),
    responses((status = 200, description = "The mentor", body = MentorView)),
)]
#[get("/mentors/{id}")]
async fn get_mentor(shared: Data<Shared>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let id = UserId::parse(id.as_str()).map_err(|_| missing("mentor"))?;
    let found = shared.api.catalog.mentor(&id).await?;
    Ok(HttpResponse::Ok().json(found.ok_or_else(|| missing("mentor"))?))
}

fn missing(what: &str) -> Problem {
    Problem::new(application_kernel::NOT_FOUND, format!("there is no such {what}"))
}
