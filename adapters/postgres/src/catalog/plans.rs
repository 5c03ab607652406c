use application_catalog::{PlanDetail, PlanFilter, PlanView, TopicView};
use application_kernel::{Page, PageRequest, StoreError};
use bigdecimal::BigDecimal;
use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use domain_catalog::SkillSlug;
use domain_kernel::{Currency, PlanId};
use serde_json::Value;

use crate::column::money;
use crate::error::{corrupt, store_error};
use crate::schema::plans;
use crate::sql::snippet;

diesel::define_sql_function! {
    fn skill_slug(name: Text) -> Text;
}

/// The topics as one JSON array, so that a plan with its topics is one statement.
const TOPICS: &str = "(SELECT coalesce(jsonb_agg(jsonb_build_object(
        'week', week_number, 'number', session_number, 'title', topic_title)
        ORDER BY week_number, session_number, id), '[]')
    FROM plan_topics WHERE plan_id = plans.id)";

/// A row of `plans`, as far as it is shown.
#[derive(Queryable, Selectable)]
#[diesel(table_name = plans)]
struct PlanRow {
    id: i32,
    skill_name: String,
    plan_key: String,
    plan_title: String,
    price: BigDecimal,
    duration_weeks: i32,
    sessions_per_week: i32,
    description: Option<String>,
}

/// The plans that can be booked; a macro because the type has no name. The numbers are those that
/// a plan's shape and price accept.
macro_rules! sold {
    () => {
        plans::table
            .filter(plans::is_active)
            .filter(plans::duration_weeks.between(1, 52))
            .filter(plans::sessions_per_week.between(1, 5))
            .filter(plans::price.ge(BigDecimal::from(0)))
    };
}

pub(super) async fn list(
    conn: &mut AsyncPgConnection,
    currency: Currency,
    filter: &PlanFilter,
    page: &PageRequest<PlanId>,
) -> Result<Page<PlanView, PlanId>, StoreError> {
    let mut query = sold!().select(PlanRow::as_select()).order(plans::id).limit(page.limit()).into_boxed();
    if let Some(skill) = &filter.skill {
        query = query.filter(skill_slug(plans::skill_name).eq(skill.as_str()));
    }
    if let Some(after) = page.after {
        query = query.filter(plans::id.gt(after.get()));
    }
    let rows: Vec<PlanRow> = query.load(conn).await.map_err(store_error)?;
    let views = rows.into_iter().map(|row| view(row, currency)).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::cut(views, page.size, |plan| PlanId::new(plan.id)))
}

pub(super) async fn find(
    conn: &mut AsyncPgConnection,
    currency: Currency,
    id: PlanId,
) -> Result<Option<PlanDetail>, StoreError> {
    let found: Option<(PlanRow, Value)> = sold!()
        .filter(plans::id.eq(id.get()))
        .select((PlanRow::as_select(), snippet::<Jsonb>(TOPICS)))
        .first(conn)
        .await
        .optional()
        .map_err(store_error)?;
    let Some((row, topics)) = found else { return Ok(None) };
    let topics: Vec<TopicView> =
        serde_json::from_value(topics).map_err(|error| corrupt("plan_topics", &id.to_string())(&error))?;
    Ok(Some(PlanDetail { plan: view(row, currency)?, topics }))
}

fn view(row: PlanRow, currency: Currency) -> Result<PlanView, StoreError> {
    let PlanRow {
        id,
        skill_name,
        plan_key,
        plan_title,
        price,
        duration_weeks,
        sessions_per_week,
        description,
    } = row;
    Ok(PlanView {
        id,
        skill_slug: SkillSlug::of(&skill_name).to_string(),
        skill: skill_name,
        key: plan_key,
        title: plan_title,
        price: money(&price, currency, "plans")?.into(),
        weeks: duration_weeks,
        per_week: sessions_per_week,
        meetings: duration_weeks * sessions_per_week,
        description,
    })
}
