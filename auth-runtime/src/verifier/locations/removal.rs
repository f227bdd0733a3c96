//! Removes elements from the headers and the URI of a request that is passed on.

use axum::extract::OriginalUri;
use http::HeaderValue;
use http::header::{self, HeaderMap, HeaderName};
use http::request::Parts;

use super::read::without_parameter;

/// Removes a header that identifies the user, in each spelling that a service may take for it: for CGI and what follows
/// its rules (RFC 3875 section 4.1.18), `x_user_id` is `x-user-id`.
pub(crate) fn remove_identity_header(headers: &mut HeaderMap, name: &str) {
    let read = |name: &str| name.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let name = read(name);
    let is_it = |other: &&HeaderName| other.as_str().len() == name.len() && read(other.as_str()) == name;
    let spellings: Vec<HeaderName> = headers.keys().filter(is_it).cloned().collect();
    for spelling in spellings {
        headers.remove(spelling);
    }
}

/// Removes the cookies with these names.
pub(super) fn remove_cookies(headers: &mut HeaderMap, is_removed: impl Fn(&[u8]) -> bool) {
    let is_other = |pair: &[u8]| {
        let key = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
        !is_removed(key.trim_ascii())
    };
    keep(headers, &header::COOKIE, b';', b"; ", is_other);
}

pub(super) fn remove_subprotocols(headers: &mut HeaderMap, prefix: &str) {
    let is_other = |name: &[u8]| !name.trim_ascii().starts_with(prefix.as_bytes());
    keep(headers, &header::SEC_WEBSOCKET_PROTOCOL, b',', b", ", is_other);
}

/// Removes the query parameters with this name.
pub(super) fn remove_parameter(parts: &mut Parts, name: &str) {
    if let Some(uri) = without_parameter(&parts.uri, name) {
        parts.uri = uri;
    }
    // axum's nested routers keep the original URI in an extension.
    if let Some(OriginalUri(uri)) = parts.extensions.get_mut()
        && let Some(without) = without_parameter(uri, name)
    {
        *uri = without;
    }
}

/// Keeps the elements of a header for which `passes` is true. If it is false for all of them, the header is removed.
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
