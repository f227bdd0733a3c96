//! Metadata documents and key sets: where they are, what they contain, and how long they are fresh.

use std::time::Duration;

use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap};
use serde_json::Value;

use super::address::Address;
use super::fetch_error::FetchError;
use crate::json;
use crate::keys::FetchErrorKind;
#[cfg(feature = "testing")]
use crate::keys::KeySetBuilder;

const MAX_KEYS: usize = 100;

/// The URLs where an issuer's metadata may be: OpenID Connect Discovery 1.0 section 4, then RFC 8414 section 3, which
/// puts the well-known part before the issuer's path, then a common mix of both.
pub(super) fn metadata_places(issuer: &Address) -> Vec<Address> {
    const OAUTH: &str = "/.well-known/oauth-authorization-server";
    let path = issuer.path().trim_end_matches('/');
    let mut places = vec![openid_configuration(issuer), issuer.with_path(&format!("{OAUTH}{path}"))];
    if !path.is_empty() {
        places.push(issuer.with_path(&format!("{path}{OAUTH}")));
    }
    places
}

pub(super) fn openid_configuration(issuer: &Address) -> Address {
    issuer.with_path(&format!("{}/.well-known/openid-configuration", issuer.path().trim_end_matches('/')))
}

/// The `jwks_uri` of a metadata document, after its `issuer` was checked.
pub(super) fn jwks_uri(
    body: &[u8],
    address: &Address,
    expected: &[String],
    plain_hosts: &[String],
) -> Result<Address, FetchError> {
    let fault = |cause: &str| FetchError::new(FetchErrorKind::NotMetadata, address, cause);
    let document = json::document(body).map_err(fault)?;
    let issuer = document.get("issuer").and_then(Value::as_str).ok_or_else(|| fault("has no `issuer`"))?;
    if !expected.iter().any(|expected| expected == issuer) {
        let expected: Vec<_> = expected.iter().map(|expected| format!("{expected:?}")).collect();
        let cause = format!(
            "its `issuer` is {:?}, not {}: they must be equal, including a trailing slash",
            truncated(issuer),
            expected.join(" or ")
        );
        return Err(FetchError::new(FetchErrorKind::IssuerDiffers, address, cause));
    }
    let uri = document.get("jwks_uri").and_then(Value::as_str).ok_or_else(|| fault("has no `jwks_uri`"))?;
    let refused =
        |cause: String| FetchError::new(FetchErrorKind::AddressRefused, address, format!("its `jwks_uri` {cause}"));
    let uri = Address::parse_any(uri).map_err(refused)?;
    uri.check_plain(plain_hosts).map_err(refused)?;
    // A document from another machine must not choose a URL on this one.
    if uri.is_loopback() && !address.is_loopback() {
        return Err(refused("is on this machine, but the metadata document is not".to_owned()));
    }
    Ok(uri)
}

/// The entries of a JWK Set, not yet parsed.
pub(super) fn key_set(body: &[u8], address: &Address) -> Result<Vec<Value>, FetchError> {
    let fault = |cause: &str| FetchError::new(FetchErrorKind::NotKeys, address, cause);
    let mut set = json::document(body).map_err(fault)?;
    let Some(Value::Array(keys)) = set.get_mut("keys").map(Value::take) else {
        return Err(fault("is not a JWK Set: `{\"keys\": [..]}`"));
    };
    if keys.len() > MAX_KEYS {
        return Err(FetchError::new(FetchErrorKind::TooLarge, address, "the key set has more than 100 keys"));
    }
    Ok(keys)
}

/// How long a response is fresh (RFC 9111 section 5.2.2), minus the age that a cache on the way reports.
pub(super) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let mut found = None;
    for value in headers.get_all(CACHE_CONTROL) {
        for directive in value.to_str().unwrap_or_default().split(',') {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" | "no-cache" => return Some(Duration::ZERO),
                "max-age" => found = found.or_else(|| value.trim().trim_matches('"').parse().ok()),
                _ => {}
            }
        }
    }
    let age = headers.get(AGE).and_then(|age| age.to_str().ok()?.trim().parse().ok()).unwrap_or(0);
    found.map(|seconds: u64| Duration::from_secs(seconds.saturating_sub(age)))
}

/// The beginning of a text from another server, short enough for a message.
fn truncated(text: &str) -> &str {
    text.char_indices().nth(200).map_or(text, |(end, _)| text.get(..end).unwrap_or_default())
}

/// The URL of the keys in the text of a metadata document.
#[cfg(feature = "testing")]
pub(crate) fn read_metadata(body: &[u8], issuer: &str) -> Result<String, String> {
    let address = openid_configuration(&Address::parse_issuer(issuer)?);
    jwks_uri(body, &address, &[issuer.to_owned()], &[])
        .map(|uri| uri.as_str().to_owned())
        .map_err(|error| error.to_string())
}

/// The number of usable keys in the text of a JWK Set.
#[cfg(feature = "testing")]
pub(crate) fn read_keys(body: &[u8]) -> Result<usize, String> {
    let address = Address::parse("https://issuer.test/jwks.json")?;
    let keys = key_set(body, &address).map_err(|error| error.to_string())?;
    Ok(KeySetBuilder::new(None).jwks(&keys).0.len())
}

#[cfg(test)]
mod tests;
