//! Whether a claim of a verified token has a value, by its text.

use serde_json::Value;

use super::typed;

/// Whether the claim has this value: a string, a number or boolean with this text, or an array that contains it. A name
/// that begins with `/` is a JSON Pointer (RFC 6901). `None` if the token does not have the claim, or has one of
/// another type.
pub(crate) fn is_text(token: &[u8], name: &str, text: &str) -> Option<bool> {
    let found = match name.strip_prefix('/') {
        None => typed::one::<Value>(token, name).ok()??,
        Some(pointer) => {
            let (first, rest) = pointer.split_at(pointer.find('/').unwrap_or(pointer.len()));
            let claim = typed::one::<Value>(token, &first.replace("~1", "/").replace("~0", "~")).ok()??;
            claim.pointer(rest)?.clone()
        }
    };
    match found {
        Value::Array(values) => Some(values.iter().any(|value| is(value, text) == Some(true))),
        value => is(&value, text),
    }
}

fn is(value: &Value, text: &str) -> Option<bool> {
    match value {
        Value::String(value) => Some(value == text),
        Value::Number(value) => Some(value.to_string() == text),
        Value::Bool(value) => Some(value.to_string() == text),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
