//! Why a body or a query cannot be read, in the words of JSON.

use serde_json::error::Category;

/// What is wrong with a body. The parser tells it in the words of the language this is written in.
pub(crate) fn body(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        Category::Io | Category::Syntax => format!("the body is no JSON at line {line}, column {column}"),
        Category::Eof => "the body is no JSON: it ends too early".to_owned(),
        Category::Data => {
            let text = error.to_string();
            let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
            format!("{} at line {line}, column {column}", in_words_of_json(what))
        }
    }
}

/// What is wrong with a query.
pub(crate) fn query(error: &actix_web::error::QueryPayloadError) -> String {
    let text = error.to_string();
    in_words_of_json(text.strip_prefix("Query deserialize error: ").unwrap_or(&text))
}

/// The parser's sentence with types as JSON has them.
fn in_words_of_json(text: &str) -> String {
    let Some((found, expected)) = text.split_once(", expected ") else {
        return text.replace(", there are no fields", ", as there are none");
    };
    let found = found
        .replace("invalid type: ", "")
        .replace("invalid value: ", "")
        .replace("map", "an object")
        .replace("sequence", "an array")
        .replace("integer `", "the number `")
        .replace("floating point `", "the number `")
        .replace("boolean `", "the value `")
        .replace("string \"", "the text \"")
        .replace("unit value", "null");
    if found.starts_with("unknown field") || found.starts_with("unknown variant") {
        return format!("{found}, expected {expected}");
    }
    // A number of the right kind, beyond its range.
    let is_out = text.starts_with("invalid value: integer `");
    let expected = match expected {
        "u8" if is_out && !text.contains("`-") => "a whole number of 0 to 255",
        "u16" if is_out && !text.contains("`-") => "a whole number of 0 to 65535",
        "u32" if is_out && !text.contains("`-") => "a whole number of 0 to 4294967295",
        "i32" if is_out => "a whole number of -2147483648 to 2147483647",
        "i64" if is_out => "a whole number of at most 9223372036854775807",
        "u8" | "u16" | "u32" | "u64" => "a whole number of 0 or more",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" | "a borrowed string" | "string" => "a text",
        "a boolean" | "bool" => "true or false",
        "a sequence" => "an array",
        _ if expected.starts_with("struct ") || expected.starts_with("internally") => "an object",
        other => other,
    };
    format!("{expected} is expected, and not {found}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct AskedBody {
        #[expect(dead_code, reason = "only reading is tried")]
        item: u32,
        #[expect(dead_code, reason = "only reading is tried")]
        upheld: Option<bool>,
    }

    fn said(text: &str) -> String {
        body(&serde_json::from_str::<AskedBody>(text).unwrap_err())
    }

    #[test]
    fn what_is_wrong_with_a_body_is_told_without_the_names_of_types() {
        for (text, expected) in [
            ("{", "the body is no JSON: it ends too early"),
            ("{]", "the body is no JSON at line 1, column 2"),
            (r#""text""#, r#"an object is expected, and not the text "text" at line 1, column 6"#),
            (
                "[true, 1]",
                "a whole number of 0 or more is expected, and not the value `true` at line 1, column 5",
            ),
            (
                r#"{"item": "1"}"#,
                r#"a whole number of 0 or more is expected, and not the text "1" at line 1, column 12"#,
            ),
            (
                r#"{"item": -1}"#,
                "a whole number of 0 or more is expected, and not the number `-1` at line 1, column 11",
            ),
            (
                r#"{"item": 5000000000}"#,
                "a whole number of 0 to 4294967295 is expected, and not the number `5000000000` at line 1, column 19",
            ),
            (
                r#"{"item": {}}"#,
                "a whole number of 0 or more is expected, and not an object at line 1, column 9",
            ),
            (
                r#"{"item": 1, "upheld": 1}"#,
                "true or false is expected, and not the number `1` at line 1, column 23",
            ),
            ("{}", "missing field `item` at line 1, column 2"),
            (r#"{"other": 1}"#, "unknown field `other`, expected `item` or `upheld` at line 1, column 8"),
        ] {
            assert_eq!(said(text), expected, "{text}");
        }
    }
}
