use actix_web::HttpResponse;
use application_kernel::Reply;
use serde::Serialize;

/// The answer to a repeatable write: 201 with Location for what was made, otherwise 200. A replayed
/// answer says so.
pub(crate) fn reply<V: Serialize>(reply: Reply<V>) -> HttpResponse {
    let replayed = reply.is_replayed();
    let Reply { created, answer } = reply;
    let mut response = if created.is_some() { HttpResponse::Created() } else { HttpResponse::Ok() };
    if let Some(path) = created {
        response.insert_header(("Location", format!("/api/v1/{path}")));
    }
    if replayed {
        response.insert_header(("Idempotency-Replayed", "true"));
    }
    response.json(answer)
}
