//! What the document tells of all operations alike, so that nobody writes it at a handler: which texts are taken, which
//! headers answers carry, what each problem looks like.

use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::{Object, SchemaType, Type};
use utoipa::openapi::{
    Components, Content, Header, KnownFormat, OpenApi, Ref, RefOr, Required, Response, Schema, SchemaFormat,
};

use crate::codes::{codes, status_of};
use crate::problem::Problem;

/// No control characters other than line breaks and tabs: `Fields::text`, where nothing is a text too.
const LINES: &str = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$";
/// The same, and not only white space: `Fields::text`, where something has to be there.
const WORDS: &str = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000][^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$";
/// What a text identifier is: `Id::parse`.
const IDENTIFIER: &str = r"^[^\u0000-\u001f\u007f-\u009f]+$";
/// From 1970 to 9999: `fields::date`.
const DATE: &str = "^(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";
/// 00:00 to 23:59: `WallTime::parse`.
const TIME: &str = "^([01][0-9]|2[0-3]):[0-5][0-9]$";
/// Bytes in hexadecimal: `Cursor::read`.
const CURSOR: &str = "^([0-9a-f]{2})+$";

/// Headers of answers: name, example, what it says.
const HEADERS: [(&str, &str, &str); 4] = [
    ("Location", "/api/v1/sessions/01936f5e-7b3c-7d2a-9c55-0a1b2c3d4e5f", "Where what was made is read."),
    ("WWW-Authenticate", "Bearer", "How to authenticate."),
    ("Retry-After", "1", "How many seconds to wait before trying again."),
    ("Idempotency-Replayed", "true", "Only where the answer was given to the same request before."),
];

/// Adds it to a document that has everything else.
pub(crate) fn complete(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    let mut can_be_empty = Vec::new();
    for (name, schema) in &mut components.schemas {
        // What requests consist of is called so; a test holds on to it.
        if name.ends_with("Body")
            && let RefOr::T(Schema::Object(body)) = schema
        {
            if body.required.is_empty() {
                can_be_empty.push(format!("#/components/schemas/{name}"));
            }
            for (name, property) in &mut body.properties {
                tighten(name, property);
            }
        }
    }
    add_headers_and_problems(components);
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            complete_operation(operation);
            if let Some(RefOr::T(body)) = &mut operation.request_body
                && body.content.values().all(|content| can_be_empty.iter().any(|place| is_at(content, place)))
            {
                body.required = Some(Required::False);
            }
        }
    }
}

fn is_at(content: &RefOr<Content>, place: &str) -> bool {
    matches!(content, RefOr::T(Content { schema: Some(RefOr::Ref(found)), .. }) if found.ref_location == place)
}

fn add_headers_and_problems(components: &mut Components) {
    for (name, example, description) in HEADERS {
        let header: Header = HeaderBuilder::new()
            .schema(Some(Object::with_type(Type::String)))
            .description(Some(description))
            .example(Some(example.into()))
            .build();
        components.headers.insert(name.to_owned(), header.into());
    }
    for code in codes() {
        // Without a summary, so that the reader's page lists them by the code; what it means is the title.
        let example = ExampleBuilder::new().value(Some(Problem::example(code))).build();
        components.examples.insert(code.name.to_owned(), example.into());
    }
}

fn complete_operation(operation: &mut Operation) {
    let mut is_keyed = false;
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(Parameter { name, parameter_in, description, schema: Some(schema), .. }) = parameter
        else {
            continue;
        };
        is_keyed |= name == "Idempotency-Key";
        if *parameter_in == ParameterIn::Query {
            // The comment of such a field is left out by utoipa.
            if has_labels(schema) {
                *description = Some(format!("Only those with this {name}; all of them if left out."));
            }
            tighten(name, schema);
        }
    }
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        let headers: &[&str] = match status.as_str() {
            "201" if is_keyed => &["Location", "Idempotency-Replayed"],
            "200" if is_keyed => &["Idempotency-Replayed"],
            "201" => &["Location"],
            "401" => &["WWW-Authenticate"],
            "409" if is_keyed => &["Retry-After"],
            "429" | "503" => &["Retry-After"],
            _ => &[],
        };
        for name in headers {
            let header = Ref::new(format!("#/components/headers/{name}"));
            response.headers.insert((*name).to_owned(), RefOr::Ref(header));
        }
        show_problems(status, response);
    }
}

/// Whether it takes one of a few labels only.
fn has_labels(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(text)) if text.enum_values.is_some())
}

/// Shows each problem that a response names, so that the reader page offers them.
fn show_problems(status: &str, response: &mut Response) {
    let Some(RefOr::T(content)) = response.content.get_mut("application/problem+json") else { return };
    let named: Vec<&str> = response.description.split('`').skip(1).step_by(2).collect();
    for code in codes() {
        if named.contains(&code.name) && status_of(code).to_string() == status {
            let example = Ref::new(format!("#/components/examples/{}", code.name));
            content.examples.insert(code.name.to_owned(), RefOr::Ref(example));
        }
    }
}

/// Says which texts are taken, by the name, the format and the least length; what says so itself is left alone.
fn tighten(name: &str, schema: &mut RefOr<Schema>) {
    let RefOr::T(Schema::Object(text)) = schema else { return };
    let is_text = match &text.schema_type {
        SchemaType::Type(kind) => *kind == Type::String,
        SchemaType::Array(kinds) => kinds.contains(&Type::String),
        SchemaType::AnyValue => false,
    };
    if !is_text || text.enum_values.is_some() || text.pattern.is_some() {
        return;
    }
    let pattern = match &text.format {
        Some(SchemaFormat::KnownFormat(KnownFormat::Date)) => DATE,
        None if name == "time" => TIME,
        None if name == "cursor" => CURSOR,
        None if name.ends_with("_id") => {
            (text.min_length, text.max_length) = (Some(1), Some(255));
            IDENTIFIER
        }
        None if text.min_length.is_some_and(|least| least > 0) => WORDS,
        None if text.max_length.is_some() => LINES,
        // Another format says enough; and a text without lengths is only looked for, so any is taken.
        _ => return,
    };
    text.pattern = Some(pattern.to_owned());
}
