use domain_kernel::{Labelled, OTHER_DECIMALS};
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

/// The code of a [`Currency`](domain_kernel::Currency) that is taken.
pub fn currency_code() -> RefOr<Schema> {
    let refused = OTHER_DECIMALS.join("|");
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("ISO 4217; one that has two decimals."))
        .examples(["INR"])
        .pattern(Some(format!("^(?!{refused})[A-Z]{{3}}$")))
        .into()
}
