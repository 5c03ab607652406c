use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use application_kernel::TokenPair;
use application_operations::{OperatorLogIn, OperatorView};
use domain_identity::Password;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Problem;
use crate::extract::{Body, Operator};
use crate::fields::Fields;
use crate::permission::Any;
use crate::problem::ProblemView;
use crate::state::Shared;

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(operator_log_in)
        .service(operator_refresh)
        .service(operator_log_out)
        .service(get_operator_me);
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OperatorLogInBody {
    /// The address.
    #[schema(example = "ops@example.org", min_length = 1, max_length = 254)]
    email: String,
    /// The password.
    #[schema(example = "correct horse battery", format = Password, min_length = 1, max_length = 128)]
    password: String,
    /// The six digits that the authenticator shows, or a backup code. Each is good once.
    #[schema(example = "287082", min_length = 6, max_length = 40)]
    code: String,
}

/// Log in as an operator
///
/// With a second factor. What was wrong is not told. The access token is good for 15 minutes; the refresh token buys the
/// next pair, once, within 12 hours.
#[utoipa::path(
    tag = "operations",
    request_body = OperatorLogInBody,
    responses(
        (status = 200, description = "Logged in", body = TokenPair),
        (status = 401, description = "`invalid_operator_credentials`", body = ProblemView, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`", body = ProblemView, content_type = "application/problem+json"),
        (status = 500, description = "`operations_failed`", body = ProblemView, content_type = "application/problem+json"),
        (status = 503, description = "`operators_busy`", body = ProblemView, content_type = "application/problem+json"),
    ),
)]
#[post("/operator/tokens")]
async fn operator_log_in(
    shared: Data<Shared>,
    request: HttpRequest,
    body: Body<OperatorLogInBody>,
) -> Result<HttpResponse, Problem> {
    let OperatorLogInBody { email, password, code } = body.0;
    // Counted apart from a person with the same address.
    shared.knock(&request, Some(&format!("operator {}", email.trim())))?;
    let mut fields = Fields::default();
    let email = fields.text("email", &email, 1, 254);
    let sound = (1..=128).contains(&password.chars().count());
    let password =
        fields.take("password", sound.then_some(password).ok_or("a password has 1 to 128 characters"));
    let code = fields.text("code", &code, 6, 40);
    let (Some(email), Some(password), Some(code)) = (email, password, code) else {
        return Err(fields.problem());
    };
    let command = OperatorLogIn { email, password: Password::typed(password), code };
    Ok(HttpResponse::Ok().json(shared.api.operators.log_in(command).await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OperatorRefreshBody {
    /// The refresh token.
    #[schema(
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        min_length = 1,
        max_length = 255
    )]
    refresh_token: String,
}

/// Exchange an operator's refresh token for the next pair
///
/// Each is good once. One that comes a second time ends all of the operator's log-ins, for somebody has a copy: access
/// tokens that were given out are refused within seconds, too.
#[utoipa::path(
    tag = "operations",
    request_body = OperatorRefreshBody,
    responses(
        (status = 200, description = "The next pair", body = TokenPair),
        (status = 401, description = "`operator_refresh_invalid`, `operator_refresh_reused`", body = ProblemView, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`", body = ProblemView, content_type = "application/problem+json"),
        (status = 500, description = "`operations_failed`", body = ProblemView, content_type = "application/problem+json"),
    ),
)]
#[post("/operator/tokens/refresh")]
async fn operator_refresh(
    shared: Data<Shared>,
    request: HttpRequest,
    body: Body<OperatorRefreshBody>,
) -> Result<HttpResponse, Problem> {
    shared.knock(&request, None)?;
    Ok(HttpResponse::Ok()
        .json(shared.api.operators.refresh(&Fields::refresh_token(&body.0.refresh_token)?).await?))
}

/// Log out as an operator
///
/// Ends all log-ins of the operator to whom the refresh token belongs; access tokens that were given out are refused within
/// seconds, too. A token that is none any more is no error.
#[utoipa::path(
    tag = "operations",
    request_body = OperatorRefreshBody,
    responses((status = 204, description = "Logged out")),
)]
#[post("/operator/tokens/revoke")]
async fn operator_log_out(
    shared: Data<Shared>,
    body: Body<OperatorRefreshBody>,
) -> Result<HttpResponse, Problem> {
    shared.api.operators.log_out(&Fields::refresh_token(&body.0.refresh_token)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Read one's own account as an operator
#[utoipa::path(
    tag = "operations",
    responses((status = 200, description = "The account", body = OperatorView)),
    security(("operator_token" = [])),
)]
#[get("/operator/me")]
async fn get_operator_me(shared: Data<Shared>, caller: Operator<Any>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(shared.api.operators.me(&caller.0).await?))
}
