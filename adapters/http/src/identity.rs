//! Signing up, confirming, logging in and out, one's own account.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get, post};
use application_identity::{ConfirmSignUp, IdentityError, LogIn, MeView, RequestSignUp, TokenPair};
use domain_identity::{Email, Password, PersonName, WeakPassword};
use domain_kernel::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Problem;
use crate::extract::{Body, Caller};
use crate::fields::Fields;
use crate::problem::ProblemView;
use crate::state::Shared;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(sign_up_student)
        .service(sign_up_mentor)
        .service(confirm_sign_up)
        .service(log_in)
        .service(refresh)
        .service(log_out)
        .service(get_me);
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignUpBody {
    /// The address; a code is mailed to it.
    #[schema(example = "asha@example.org", format = Email, max_length = 254)]
    email: String,
    /// The full name.
    #[schema(
        example = "Asha Verma",
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000][^\u0000-\u001f\u007f-\u009f]*$"
    )]
    name: String,
    /// 10 to 128 characters, at least five different ones, without the address's name.
    #[schema(example = "correct horse battery", format = Password, min_length = 10, max_length = 128)]
    password: String,
}

impl SignUpBody {
    fn command(self, role: Role) -> Result<RequestSignUp, Problem> {
        let mut fields = Fields::default();
        let email = fields.take("email", Email::parse(&self.email));
        let name = fields.text("name", &self.name, 1, 100);
        let name = name.and_then(|name| fields.take("name", PersonName::parse(&name)));
        let chosen = email.as_ref().map(|email| Password::choose(&self.password, email));
        if let Some(Err(WeakPassword::Length)) = chosen {
            fields.take("password", Err::<(), _>(WeakPassword::Length));
        }
        let (Some(email), Some(name), Some(chosen), true) = (email, name, chosen, fields.is_sound()) else {
            return Err(fields.problem());
        };
        // What is well formed may still be too easy to guess.
        let password = chosen.map_err(IdentityError::from)?;
        Ok(RequestSignUp { email, name, role, password })
    }
}

#[derive(Serialize, ToSchema)]
struct SignUpView {
    /// What to do next; the same whether or not the address has an account.
    #[schema(example = "Look into your mailbox and confirm with the code.")]
    message: &'static str,
}

async fn sign_up(
    shared: &Shared,
    request: &HttpRequest,
    body: SignUpBody,
    role: Role,
) -> Result<HttpResponse, Problem> {
    shared.knock(request, Some(&body.email))?;
    shared.api.identity.sign_up(body.command(role)?).await?;
    Ok(HttpResponse::Accepted()
        .json(SignUpView { message: "Look into your mailbox and confirm with the code." }))
}

/// Sign up as a student
///
/// A code goes to the address; the account is made when it comes back. The answer is the same if the address
/// has an account already, whose owner is told by mail.
#[utoipa::path(
    tag = "identity",
    request_body = SignUpBody,
    responses(
        (status = 202, description = "A mail is on its way", body = SignUpView),
        (status = 422, description = "`weak_password`", body = ProblemView, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`", body = ProblemView, content_type = "application/problem+json"),
        (status = 500, description = "`identity_failed`", body = ProblemView, content_type = "application/problem+json"),
        (status = 503, description = "`passwords_busy`", body = ProblemView, content_type = "application/problem+json"),
    ),
)]
#[post("/sign-ups/student")]
async fn sign_up_student(
    shared: Data<Shared>,
    request: HttpRequest,
    body: Body<SignUpBody>,
) -> Result<HttpResponse, Problem> {
    sign_up(&shared, &request, body.0, Role::Student).await
}

/// Sign up as a mentor
///
/// As for students. A mentor is listed once a test has been passed.
#[utoipa::path(
    tag = "identity",
    request_body = SignUpBody,
    responses(
        (status = 202, description = "A mail is on its way", body = SignUpView),
        (status = 422, description = "`weak_password`", body = ProblemView, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`", body = ProblemView, content_type = "application/problem+json"),
        (status = 500, description = "`identity_failed`", body = ProblemView, content_type = "application/problem+json"),
        (status = 503, description = "`passwords_busy`", body = ProblemView, content_type = "application/problem+json"),
    ),
)]
#[post("/sign-ups/mentor")]
async fn sign_up_mentor(
    shared: Data<Shared>,
    request: HttpRequest,
    body: Body<SignUpBody>,
) -> Result<HttpResponse, Problem> {
    sign_up(&shared, &request, body.0, Role::Mentor).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConfirmBody {
    /// The address that signed up.
    #[schema(example = "asha@example.org", format = Email)]
    email: String,
    /// The mailed code; five wrong ones end the sign-up.
    #[schema(example = "12345678", pattern = "^[0-9]{8}$")]
    code: String,
}

/// Confirm a sign-up
///
/// Makes the account.
#[utoipa::path(
    tag = "identity",
    request_body = ConfirmBody,
    responses(
        (status = 201, description = "The account", body = MeView),
        (status = 422, description = "`sign_up_code_invalid`", body = ProblemView, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`", body = ProblemView, content_type = "application/problem+json"),
    ),
)]
#[post("/sign-ups/confirm")]
async fn confirm_sign_up(
    shared: Data<Shared>,
    request: HttpRequest,
    body: Body<ConfirmBody>,
) -> Result<HttpResponse, Problem> {
    let ConfirmBody { email, code } = body.0;
    shared.knock(&request, Some(&email))?;
    let mut fields = Fields::default();
    let email = fields.take("email", Email::parse(&email));
    let digits = code.len() == 8 && code.bytes().all(|byte| byte.is_ascii_digit());
    let code = fields.take("code", digits.then_some(code).ok_or("a code has eight digits"));
    let (Some(email), Some(code)) = (email, code) else { return Err(fields.problem()) };
    let me = shared.api.identity.confirm(ConfirmSignUp { email, code }).await?;
    Ok(HttpResponse::Created().insert_header(("Location", "/api/v1/me")).json(me))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LogInBody {
    /// The address.
    #[schema(example = "asha@example.org", min_length = 1, max_length = 254)]
    email: String,
    /// The password.
    #[schema(example = "correct horse battery", format = Password, min_length = 1, max_length = 128)]
    password: String,
}

/// Log in
///
/// The access token is good for 15 minutes; the refresh token buys the next pair, once, within 30 days.
#[utoipa::path(
    tag = "identity",
    request_body = LogInBody,
    responses(
        (status = 200, description = "Logged in", body = TokenPair),
        (status = 401, description = "`invalid_credentials`", body = ProblemView, content_type = "application/problem+json"),
        (status = 403, description = "`account_suspended`", body = ProblemView, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`", body = ProblemView, content_type = "application/problem+json"),
        (status = 500, description = "`identity_failed`", body = ProblemView, content_type = "application/problem+json"),
        (status = 503, description = "`passwords_busy`", body = ProblemView, content_type = "application/problem+json"),
    ),
)]
#[post("/tokens")]
async fn log_in(
    shared: Data<Shared>,
    request: HttpRequest,
    body: Body<LogInBody>,
) -> Result<HttpResponse, Problem> {
    let LogInBody { email, password } = body.0;
    shared.knock(&request, Some(&email))?;
    let mut fields = Fields::default();
    let email = fields.text("email", &email, 1, 254);
    // Not trimmed: spaces are characters of a password like any other.
    let sound = (1..=128).contains(&password.chars().count());
    let password =
        fields.take("password", sound.then_some(password).ok_or("a password has 1 to 128 characters"));
    let (Some(email), Some(password)) = (email, password) else { return Err(fields.problem()) };
    let pair = shared.api.identity.log_in(LogIn { email, password: Password::typed(password) }).await?;
    Ok(HttpResponse::Ok().json(pair))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefreshBody {
    /// The refresh token.
    #[schema(
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        min_length = 1,
        max_length = 255
    )]
    refresh_token: String,
}

/// Exchange a refresh token for the next pair
///
/// Each is good once. One that comes a second time ends its log-in, for somebody has a copy: no refresh token of it is good
/// any more, and the access token that was given out with it lapses within its 15 minutes.
#[utoipa::path(
    tag = "identity",
    request_body = RefreshBody,
    responses(
        (status = 200, description = "The next pair", body = TokenPair),
        (status = 401, description = "`refresh_token_invalid`, `refresh_token_reused`", body = ProblemView, content_type = "application/problem+json"),
        (status = 403, description = "`account_suspended`", body = ProblemView, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`", body = ProblemView, content_type = "application/problem+json"),
        (status = 500, description = "`identity_failed`", body = ProblemView, content_type = "application/problem+json"),
    ),
)]
#[post("/tokens/refresh")]
async fn refresh(
    shared: Data<Shared>,
    request: HttpRequest,
    body: Body<RefreshBody>,
) -> Result<HttpResponse, Problem> {
    shared.knock(&request, None)?;
    Ok(HttpResponse::Ok()
        .json(shared.api.identity.refresh(&Fields::refresh_token(&body.0.refresh_token)?).await?))
}

/// Log out
///
/// Ends the log-in that the refresh token belongs to: it cannot be refreshed, and the access token lapses within its 15
/// minutes. A token that is none any more is no error.
#[utoipa::path(
    tag = "identity",
    request_body = RefreshBody,
    responses((status = 204, description = "Logged out")),
)]
#[post("/tokens/revoke")]
async fn log_out(shared: Data<Shared>, body: Body<RefreshBody>) -> Result<HttpResponse, Problem> {
    shared.api.identity.log_out(&Fields::refresh_token(&body.0.refresh_token)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Read one's own account
#[utoipa::path(
    tag = "identity",
    responses((status = 200, description = "The account", body = MeView)),
    security(("access_token" = [])),
)]
#[get("/me")]
async fn get_me(shared: Data<Shared>, caller: Caller) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(shared.api.identity.me(&caller.0).await?))
}
