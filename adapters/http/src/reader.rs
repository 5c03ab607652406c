//! The document and the page on which people read it, all of it from this server.

use std::future::ready;

use actix_web::http::header::{CONTENT_SECURITY_POLICY, ContentType, HeaderMap, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpResponse, get, web};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// What the page may load and ask: nothing of any other server. Its parts set styles of their own and have pictures inside.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; \
                      object-src 'none'; frame-ancestors 'none'";

/// Mounts `/openapi.json` and `/docs`. The document is its text, which all workers share: as a tree it takes megabytes.
pub(crate) fn configure(config: &mut web::ServiceConfig, document: &Bytes) {
    let document = document.clone();
    let answer = move || ready(HttpResponse::Ok().content_type(ContentType::json()).body(document.clone()));
    let settings = Config::from("/openapi.json")
        .use_base_layout()
        // Otherwise the page would have another server check the document.
        .validator_url("none")
        .display_request_duration(true)
        .default_models_expand_depth(0);
    config
        .service(web::redirect("/docs", "/docs/"))
        .service(page)
        .route("/openapi.json", web::get().to(answer))
        .service(SwaggerUi::new("/docs/{_:.*}").config(settings));
}

#[get("/docs/")]
async fn page() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::html()).body(include_str!("reader.html"))
}

/// Adds what keeps the page to this server.
pub(crate) fn restrict(headers: &mut HeaderMap) {
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
}
