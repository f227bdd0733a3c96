//! Takes the credentials out of a request that is passed on.

use http::HeaderValue;
use http::header::{self, HeaderMap, HeaderName};
use http::request::Parts;

use super::Kind;
use super::read::{is_event_stream, is_websocket, without_parameter};

/// Takes away whatever a location holds.
pub(super) fn remove(kind: &Kind, parts: &mut Parts) {
    match kind {
        Kind::Authorization => {
            parts.headers.remove(header::AUTHORIZATION);
        }
        Kind::Header(name) => {
            parts.headers.remove(name.as_str());
        }
        Kind::Cookie { name, .. } => {
            let is_other = |pair: &[u8]| {
                let key = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
                key.trim_ascii() != name.as_bytes()
            };
            keep(&mut parts.headers, &header::COOKIE, b';', b"; ", is_other);
        }
        Kind::WebSocketQuery(name) if is_websocket(parts) => remove_parameter(parts, name),
        Kind::EventStreamQuery { name, .. } if is_event_stream(parts) => remove_parameter(parts, name),
        Kind::WebSocketSubprotocol(prefix) if is_websocket(parts) => {
            let is_other = |name: &[u8]| !name.trim_ascii().starts_with(prefix.as_bytes());
            keep(&mut parts.headers, &header::SEC_WEBSOCKET_PROTOCOL, b',', b", ", is_other);
        }
        Kind::WebSocketQuery(_) | Kind::EventStreamQuery { .. } | Kind::WebSocketSubprotocol(_) => {}
    }
}

fn remove_parameter(parts: &mut Parts, name: &str) {
    if let Some(uri) = without_parameter(&parts.uri, name) {
        parts.uri = uri;
    }
}

/// Keeps the elements of a header that pass; of a header without any, nothing is left.
fn keep(headers: &mut HeaderMap, name: &HeaderName, separator: u8, joint: &[u8], passes: impl Fn(&[u8]) -> bool) {
    let values: Vec<HeaderValue> = headers.get_all(name).iter().cloned().collect();
    headers.remove(name);
    for value in values {
        let kept: Vec<&[u8]> = value.as_bytes().split(|byte| *byte == separator).filter(|part| passes(part)).collect();
        let kept: Vec<&[u8]> = kept.into_iter().map(<[u8]>::trim_ascii).filter(|part| !part.is_empty()).collect();
        // The parts of a valid value make a valid value. If they did not, the header would be gone.
        if let (false, Ok(value)) = (kept.is_empty(), HeaderValue::from_bytes(&kept.join(joint))) {
            headers.append(name, value);
        }
    }
}
