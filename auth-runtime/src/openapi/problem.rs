//! The form of a refusal (RFC 9457), for each kind of document.

use serde::de::DeserializeOwned;
use serde_json::json;

/// The content type of a refusal.
pub(super) const CONTENT_TYPE: &str = "application/problem+json";

/// The schema of a refusal, as a type of the library that writes the document.
pub(super) fn schema<T: DeserializeOwned>() -> Option<T> {
    let text = json!({ "type": "string" });
    let schema = json!({
        "type": "object",
        "description": "A refusal (RFC 9457).",
        "required": ["title", "status", "detail"],
        "properties": { "title": text, "status": { "type": "integer" }, "detail": text },
    });
    // It fails only if the library does not know one of these words, which a test would show.
    serde_json::from_value(schema).ok()
}
