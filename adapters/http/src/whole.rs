//! Whole numbers that are written with a fraction of nothing. JSON has one kind of number, so `7.0` is the whole number 7,
//! and some clients write it so.

use serde::de::DeserializeOwned;
use serde_json::{Error, Value};

/// The largest number up to which every whole one is a double, 2^53.
const MOST: f64 = 9_007_199_254_740_992.0;

/// Reads a body again that could not be read because of such a number; any other error is answered.
pub(crate) fn read<T: DeserializeOwned>(text: &[u8], error: Error) -> Result<T, Error> {
    if !error.to_string().starts_with("invalid type: floating point") {
        return Err(error);
    }
    let mut value = serde_json::from_slice(text)?;
    make_whole(&mut value);
    // What is told is the first error, for it says where.
    serde_json::from_value(value).map_err(|_| error)
}

fn make_whole(value: &mut Value) {
    match value {
        Value::Number(number) => {
            let whole = number.as_f64().filter(|number| number.fract() == 0.0 && number.abs() <= MOST);
            // Without a fraction and below 2^53, so its text is a whole number.
            if let Some(whole) = whole.filter(|_| number.is_f64())
                && let Ok(whole) = format!("{whole:.0}").parse::<i64>()
            {
                *number = whole.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(make_whole),
        Value::Object(members) => members.values_mut().for_each(make_whole),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again<T: DeserializeOwned>(text: &str) -> Result<T, String> {
        let error = serde_json::from_str::<Vec<i64>>(text).unwrap_err();
        read(text.as_bytes(), error).map_err(|error| error.to_string())
    }

    #[test]
    fn a_whole_number_is_one_however_it_is_written() {
        assert_eq!(again::<Vec<i64>>("[7.0, -0.0, 1e3, 8]"), Ok(vec![7, 0, 1_000, 8]));
    }

    #[test]
    fn a_fraction_and_what_no_double_tells_apart_are_none() {
        for text in ["[7.5]", "[1e16]", "[1e300]"] {
            assert!(
                again::<Vec<i64>>(text).unwrap_err().starts_with("invalid type: floating point"),
                "{text}"
            );
        }
    }

    #[test]
    fn any_other_error_stays_what_it_was() {
        assert_eq!(again::<Vec<i64>>("[7"), Err("EOF while parsing a list at line 1 column 2".to_owned()));
        let error = again::<Vec<i64>>("[\"7\"]").unwrap_err();
        assert!(error.starts_with("invalid type: string"), "{error}");
    }
}
