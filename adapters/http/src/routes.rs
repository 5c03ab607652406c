//! All routes, and the OpenAPI document that is read off them.

use std::time::Duration;

use actix_web::HttpMessage;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::Next;
use actix_web::web::Data;
use tracing_actix_web::RequestId;
use utoipa::PartialSchema;
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, ResponseBuilder, Tag};
use utoipa::openapi::{Object, RefOr, Required, Schema, schema::Type};
use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Problem;
use crate::problem::{ProblemView, TOO_SLOW};
use crate::state::Shared;
use crate::{booking, catalog, dev, health, identity, meetings, mentoring, operations, reader, statements};

/// Mounts every route; those of demo mode only where it is on.
pub(crate) fn configure(config: &mut ServiceConfig, demo: bool) {
    config.service(health::live).service(health::ready);
    config.service(
        scope("/api/v1")
            .configure(identity::configure)
            .configure(catalog::configure)
            .configure(booking::configure)
            .configure(meetings::configure)
            .configure(mentoring::configure)
            .configure(statements::configure)
            .configure(operations::configure),
    );
    if demo {
        config.configure(dev::configure);
    }
}

/// The OpenAPI 3.1 document.
pub fn openapi(demo: bool) -> OpenApi {
    use utoipa_actix_web::AppExt;
    let (_, collected) =
        actix_web::App::new().into_utoipa_app().configure(|config| configure(config, demo)).split_for_parts();
    let mut document = OpenApiBuilder::from(collected).info(info()).tags(Some(tags(demo))).build();
    let components = document.components.get_or_insert_default();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    components.add_security_scheme("access_token", SecurityScheme::Http(bearer.clone()));
    components.add_security_scheme("operator_token", SecurityScheme::Http(bearer));
    components.schemas.insert("Problem".to_owned(), ProblemView::schema());
    for (path, item) in &mut document.paths.paths {
        let operations = [
            (HttpMethod::Get, &mut item.get),
            (HttpMethod::Post, &mut item.post),
            (HttpMethod::Put, &mut item.put),
            (HttpMethod::Patch, &mut item.patch),
            (HttpMethod::Delete, &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                complete(path, &method, operation);
            }
        }
    }
    crate::document::complete(&mut document);
    document
}

fn info() -> utoipa::openapi::Info {
    InfoBuilder::new()
        .title("CareerNav")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Career mentorship: find a verified mentor, book a plan of meetings, pay, learn. Errors are \
             `application/problem+json`; switch on `code`. Lists are pages: follow `next`. Writes \
             that list the header `Idempotency-Key` need it. Operators have accounts and tokens of their own; \
             `security` names the permission that a route needs.",
        ))
        .build()
}

fn tags(demo: bool) -> Vec<Tag> {
    let mut tags = vec![
        ("identity", "Sign up, confirm, log in, refresh, log out"),
        ("catalog", "Plans and mentors, for anybody"),
        ("booking", "From a request to planned meetings"),
        ("meetings", "What happens to planned meetings"),
        ("mentoring", "What the parties of a session write to each other"),
        (
            "statements",
            "Your own money: payments, earnings, receipts, invoices, statements. JSON, CSV or PDF by `Accept`",
        ),
        (
            "operations",
            "For operators: log-in with a second factor, people, sessions, no-shows, jobs that were given up, the audit",
        ),
        ("money", "For operators: payouts, refunds, disputes, approvals, the books"),
        ("health", "For whoever runs the server"),
    ];
    if demo {
        tags.push(("dev", "Demo mode only: the clock, the mailbox, the simulated gateway"));
    }
    tags.into_iter()
        .map(|(name, description)| {
            let mut tag = Tag::new(name);
            tag.description = Some(description.to_owned());
            tag
        })
        .collect()
}

/// Adds what follows from the kind of operation: the key of repeatable writes and the answers that
/// every operation of its kind can give.
fn complete(path: &str, method: &HttpMethod, operation: &mut Operation) {
    let secured = operation.security.as_ref().is_some_and(|security| !security.is_empty());
    let writes = *method != HttpMethod::Get;
    if path.starts_with("/health") {
        return;
    }
    let mut answers = vec![(
        "400",
        if writes { "`invalid_request`, `invalid_body`" } else { "`invalid_request`, `invalid_parameter`" },
    )];
    if operation
        .parameters
        .iter()
        .flatten()
        .any(|given| matches!(given, RefOr::T(given) if given.name == "cursor"))
    {
        answers.push(("400", "`invalid_cursor`"));
    }
    if writes {
        answers.push(("409", "`already_exists`, `refused_by_store`, `concurrent_change`"));
        answers.push(("500", "`amount_out_of_range`"));
    }
    let has_number = operation.parameters.iter().flatten().any(is_number_in_path);
    if writes && secured {
        let key = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some(
                "Chosen by the client, new for each new request: 1 to 255 visible ASCII characters.",
            ))
            .example(Some("6f2c1f9a-request".into()))
            .schema(Some(
                Object::builder()
                    .schema_type(Type::String)
                    .min_length(Some(1))
                    .max_length(Some(255))
                    .pattern(Some("^[!-~]+$")),
            ))
            .build();
        operation.parameters.get_or_insert_default().push(key.into());
        answers.extend([
            ("400", "`idempotency_key_missing`"),
            ("409", "`idempotency_key_in_flight`"),
            ("422", "`idempotency_key_reused`"),
        ]);
    }
    if writes && has_number {
        answers.push(("400", "`invalid_parameter`"));
    }
    if secured {
        answers.push(("401", "`unauthenticated`, `token_revoked`"));
        // Demo mode and what anybody may read are not secured; of the rest each path is for one kind of account.
        let for_operators = path.starts_with("/api/v1/operator/");
        answers.push((
            "403",
            if for_operators { "`operators_only`, `permission_missing`" } else { "`people_only`" },
        ));
    }
    if path.contains('{') {
        answers.push(("404", "`not_found`"));
    }
    if writes {
        answers.push(("413", "`body_too_large`"));
    }
    answers.extend([("500", "`corrupt_data`"), ("503", "`database_unavailable`, `deadline_exceeded`")]);
    for (status, codes) in answers {
        let responses = &mut operation.responses.responses;
        match responses.get_mut(status) {
            Some(RefOr::T(response)) => {
                response.description = format!("{}, {codes}", response.description);
            }
            Some(RefOr::Ref(_)) => {}
            None => {
                let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
                let response = ResponseBuilder::new()
                    .description(codes)
                    .content("application/problem+json", content)
                    .build();
                responses.insert(status.to_owned(), response.into());
            }
        }
    }
}

/// Whether it is a number of the path, such as a meeting's.
fn is_number_in_path(parameter: &RefOr<Parameter>) -> bool {
    let RefOr::T(parameter) = parameter else { return false };
    let is_number = |schema: &RefOr<Schema>| matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == Type::Integer.into());
    parameter.parameter_in == ParameterIn::Path && parameter.schema.as_ref().is_some_and(is_number)
}

/// Headers that every answer carries, how long one may take at most, and HEAD wherever there is GET.
pub(crate) async fn harden(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    // actix-http, which read it as HEAD, leaves out the answer's body.
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let path = request.path();
    let (is_api, is_page) =
        (path.starts_with("/api/") || path.starts_with("/dev/"), path.starts_with("/docs"));
    // What the log calls the request, so that whoever complains can name it.
    let id = request.extensions().get::<RequestId>().map(ToString::to_string);
    let deadline =
        request.app_data::<Data<Shared>>().map_or(Duration::MAX, |shared| shared.api.limits.deadline);
    let Ok(answer) = tokio::time::timeout(deadline, next.call(request)).await else {
        let problem = Problem::new(TOO_SLOW, "the request took too long, and was given up");
        return Err(match id {
            Some(id) => problem.with_header("x-request-id", id),
            None => problem,
        }
        .into());
    };
    let mut response = answer?.map_into_boxed_body();
    let headers = response.headers_mut();
    if let Some(id) = id.and_then(|id| HeaderValue::try_from(id).ok()) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if is_page {
        reader::restrict(headers);
    }
    if is_api && !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}
