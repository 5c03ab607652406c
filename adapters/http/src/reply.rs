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
        response.insert_header(("Location", format!("/api/v1/{}", in_url(&path))));
    }
    if replayed {
        response.insert_header(("Idempotency-Replayed", "true"));
    }
    response.json(answer)
}

/// A path as a URL has it: keys can hold any character, and a header only some.
fn in_url(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push_str(&hex::encode_upper([byte]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_any_characters_stands_in_a_header() {
        assert_eq!(in_url("sessions/sess_1-a.b~c:d"), "sessions/sess_1-a.b~c:d");
        assert_eq!(in_url("sessions/a b%\u{e9}\n"), "sessions/a%20b%25%C3%A9%0A");
    }
}
