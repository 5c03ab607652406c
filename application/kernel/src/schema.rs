use domain_kernel::Labelled;
use serde_json::Value;
use utoipa::openapi::schema::SchemaType;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

/// The OpenAPI schema of a text that is one of a set's labels, for views that carry labels.
pub fn labels<L: Labelled>() -> RefOr<Schema> {
    let labels = L::ALL.iter().map(|value| value.label());
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(labels)).into()
}

/// The same where there may be none of them, for a view's `Option`.
pub fn labels_or_null<L: Labelled>() -> RefOr<Schema> {
    let labels = L::ALL.iter().map(|value| Value::from(value.label())).chain([Value::Null]);
    let kinds = SchemaType::from_iter([Type::String, Type::Null]);
    ObjectBuilder::new().schema_type(kinds).enum_values(Some(labels)).into()
}
