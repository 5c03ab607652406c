use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse, get};
use application_operations::{AuditFilter, AuditView};
use domain_kernel::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Problem;
use crate::extract::Operator;
use crate::fields::{Fields, instant};
use crate::page::{self, PageView};
use crate::permission::Users;
use crate::state::Shared;

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(list_audit);
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// Only what was done to this: the key of a person, session, payment, operator or job.
    #[param(example = "mentor_001", min_length = 1, max_length = 255)]
    subject: Option<String>,
    /// Only what this account did, a person's or an operator's.
    #[param(example = "01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f", min_length = 1, max_length = 255)]
    actor: Option<String>,
    /// Only this action.
    #[param(example = "person.suspend", min_length = 1, max_length = 255)]
    action: Option<String>,
    /// Only what was done at this instant or later, in UTC.
    #[param(example = "2026-11-24T00:00:00Z", format = DateTime)]
    from: Option<String>,
    /// Only what was done before this instant, in UTC.
    #[param(example = "2026-11-25T00:00:00Z", format = DateTime)]
    to: Option<String>,
    /// At most so many, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
    /// From a previous page's `next`.
    cursor: Option<String>,
}

impl AuditQuery {
    fn filter(&self) -> Result<AuditFilter, Problem> {
        let mut fields = Fields::default();
        let mut text = |name: &str, value: &Option<String>| match value {
            None => Some(None),
            Some(text) => fields.text(name, text, 1, 255).map(Some),
        };
        let (subject, actor) = (text("subject", &self.subject), text("actor", &self.actor));
        let action = text("action", &self.action);
        let mut time = |name: &str, value: &Option<String>| -> Option<Option<Timestamp>> {
            match value {
                None => Some(None),
                Some(text) => fields.take(name, instant(text)).map(Some),
            }
        };
        let (from, to) = (time("from", &self.from), time("to", &self.to));
        match (subject, actor, action, from, to) {
            (Some(subject), Some(actor), Some(action), Some(from), Some(to)) => {
                Ok(AuditFilter { subject, actor, action, from, to })
            }
            _ => Err(fields.problem()),
        }
    }
}

/// Read who did what
///
/// The latest first.
#[utoipa::path(
    tag = "operations",
    params(AuditQuery),
    responses((status = 200, description = "A page of entries", body = PageView<AuditView>)),
    security(("operator_token" = ["users"])),
)]
#[get("/operator/audit")]
async fn list_audit(
    shared: Data<Shared>,
    _by: Operator<Users>,
    request: HttpRequest,
    query: Query<AuditQuery>,
) -> Result<HttpResponse, Problem> {
    let asked = page::asked(query.limit, query.cursor.as_deref(), |id: i64| Some(id))?;
    let found = shared.api.operations.audit(&query.filter()?, &asked).await?;
    Ok(HttpResponse::Ok().json(page::answer(&request, found, |id: i64| id)))
}
