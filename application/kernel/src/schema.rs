use domain_kernel::Labelled;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

/// The OpenAPI schema of a text that is one of a set's labels, for views that carry labels.
pub fn labels<L: Labelled>() -> RefOr<Schema> {
    let labels = L::ALL.iter().map(|value| value.label());
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(labels)).into()
}
