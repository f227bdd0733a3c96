//! Reads the tokens in each location of a request.

use std::borrow::Cow;

use http::header::{self, HeaderMap};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Method, Uri};

use super::credentials::{Credentials, LocationKind};

/// RFC 9110 section 5.6.2.
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The scheme is case-insensitive (RFC 9110 section 11.1), and at least one space follows it (RFC 6750 section 2.1).
const BEARER: &[u8; 7] = b"Bearer ";

pub(super) fn authorization(headers: &HeaderMap) -> Credentials<'_> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Credentials::None };
    if values.any(|other| other != value) {
        return Credentials::Ambiguous(LocationKind::Explicit);
    }
    let value = value.as_bytes();
    match value.split_first_chunk::<{ BEARER.len() }>() {
        // Other invalid characters make the token invalid too. Verification finds them at a lower cost than a scan
        // here.
        Some((scheme, token)) if scheme == BEARER || scheme.eq_ignore_ascii_case(BEARER) => match token.first() {
            Some(b' ') | None => bearer(token.trim_ascii_start()),
            Some(_) => Credentials::Token(token.into(), LocationKind::Explicit),
        },
        _ => {
            let scheme = value.split(|byte| !is_token_byte(*byte)).next().unwrap_or_default();
            let is_ours = scheme.eq_ignore_ascii_case(BEARER.trim_ascii());
            if is_ours { Credentials::Malformed } else { Credentials::None }
        }
    }
}

fn bearer(token: &[u8]) -> Credentials<'_> {
    if token.is_empty() { Credentials::Malformed } else { Credentials::Token(token.into(), LocationKind::Explicit) }
}

pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str, place: LocationKind) -> Credentials<'a> {
    let values = headers.get_all(name).iter().map(|value| Cow::Borrowed(value.as_bytes().trim_ascii()));
    Credentials::only(values, place)
}

pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Credentials<'a> {
    let pairs = headers.get_all(header::COOKIE).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    let values = pairs.filter_map(|pair| {
        let pair = pair.trim_ascii();
        let (key, value) = pair.split_at_checked(pair.iter().position(|byte| *byte == b'=')?)?;
        (key == name.as_bytes()).then(|| value.get(1..).unwrap_or_default())
    });
    Credentials::only(values.map(Cow::Borrowed), LocationKind::Ambient)
}

pub(super) fn query<'a>(uri: &'a Uri, name: &str, place: LocationKind) -> Credentials<'a> {
    let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let values = pairs.filter(|(key, _)| key == name).map(|(_, value)| match value {
        Cow::Borrowed(value) => Cow::Borrowed(value.as_bytes()),
        Cow::Owned(value) => Cow::Owned(value.into_bytes()),
    });
    Credentials::only(values, place)
}

pub(super) fn subprotocol<'a>(headers: &'a HeaderMap, prefix: &str) -> Credentials<'a> {
    let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let offered = offered.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    let values = offered.filter_map(|name| name.strip_prefix(prefix.as_bytes())).map(Cow::Borrowed);
    Credentials::only(values, LocationKind::Explicit)
}

pub(super) fn is_websocket(parts: &Parts) -> bool {
    let upgrades = elements(&parts.headers, &header::UPGRADE, |to| to.eq_ignore_ascii_case(b"websocket"));
    (parts.method == Method::GET && upgrades)
        // RFC 8441: over HTTP/2 the upgrade is an extended CONNECT.
        || (parts.method == Method::CONNECT && parts.headers.contains_key(header::SEC_WEBSOCKET_VERSION))
}

/// Whether the client asks for an event stream (HTML Living Standard section 9.2), explicitly and not with `*/*`.
pub(super) fn is_event_stream(parts: &Parts) -> bool {
    asks_for_event_stream(&parts.method, &parts.headers)
}

pub(super) fn asks_for_event_stream(method: &Method, headers: &HeaderMap) -> bool {
    let is_named = |range: &[u8]| {
        let media_type = range.split(|byte| *byte == b';').next().unwrap_or_default();
        media_type.trim_ascii().eq_ignore_ascii_case(b"text/event-stream")
    };
    *method == Method::GET && elements(headers, &header::ACCEPT, is_named)
}

/// Whether an element of a list header (RFC 9110 section 5.6.1) matches.
fn elements(headers: &HeaderMap, name: &header::HeaderName, is_like: impl Fn(&[u8]) -> bool) -> bool {
    let mut elements = headers.get_all(name).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    elements.any(|element| is_like(element.trim_ascii()))
}

/// The URI without the query parameters of this name; `None` if it has none.
pub(super) fn without_parameter(uri: &Uri, name: &str) -> Option<Uri> {
    let query = uri.query()?;
    let is_named = |pair: &&str| form_urlencoded::parse(pair.as_bytes()).any(|(key, _)| key == name);
    let kept: Vec<&str> = query.split('&').filter(|pair| !is_named(pair)).collect();
    if kept.len() == query.split('&').count() {
        return None;
    }
    let question_mark = if kept.is_empty() { "" } else { "?" };
    let path_and_query = format!("{}{question_mark}{}", uri.path(), kept.join("&"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path_and_query).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_parameter_is_removed_from_a_query_in_any_spelling() {
        for (uri, expected) in [
            ("/s?token=t", Some("/s")),
            ("/s?a=1&token=t&b=%20", Some("/s?a=1&b=%20")),
            ("/s?token=t&token=u&a", Some("/s?a")),
            ("/s?t%6fken=t&a=1", Some("/s?a=1")),
            ("https://api.test/s?token=t", Some("https://api.test/s")),
            ("/s?tokens=t", None),
            ("/s", None),
        ] {
            let uri = Uri::try_from(uri).unwrap();
            let expected = expected.map(|expected| Uri::try_from(expected).unwrap());
            assert_eq!(without_parameter(&uri, "token"), expected, "{uri}");
        }
    }
}
