//! Internal functions for the tests, benches and fuzz targets of this repository. They may change in any release.

#[cfg(feature = "http-client")]
use std::time::Duration;

use crate::guard::{OrgRef, decide_in, select};
use crate::policy::{DenialReason, Need};
use crate::verifier::Verified;

/// The decision of a guard, for comparison with a model.
#[doc(hidden)]
pub fn decide(need: &Need, user: Option<&Verified>, org: Option<&str>) -> Result<(), DenialReason> {
    decide_in(need, user.map(Verified::subject), &org.map_or(OrgRef::NONE, select), user.map_or(0, Verified::now))
        .map(drop)
}

/// The URL of the keys in a fetched metadata document.
#[cfg(feature = "http-client")]
#[doc(hidden)]
pub fn read_metadata(body: &[u8], issuer: &str) -> Result<String, String> {
    crate::keys::read_metadata(body, issuer)
}

/// The number of usable keys in a fetched response.
#[cfg(feature = "http-client")]
#[doc(hidden)]
pub fn read_keys(body: &[u8]) -> Result<usize, String> {
    crate::keys::read_keys(body)
        .or_else(|fault| crate::provider::propelauth_key(body).map(|_| 1).map_err(|other| format!("{fault}; {other}")))
}

/// The claims that are read from an introspection answer about an active access token.
#[cfg(feature = "http-client")]
#[doc(hidden)]
pub fn read_introspection(body: &[u8], iss: &str) -> Option<String> {
    let answer = crate::introspection::claims(body, iss, Duration::from_secs(1), false).ok()??;
    answer.ok().map(|active| active.claims)
}

/// Looks up a token in the revocations, as its first request does: for benches. The token has this `jti`, a user, and
/// an issuer with a name and an `iss`.
#[doc(hidden)]
pub fn revocation_lookup(revocations: &crate::Revocations, issuer: &str, jti: &str) -> impl Fn() -> bool + use<> {
    revocations.lookup(&crate::authority::Facts {
        issuers: vec![issuer, "https://issuer.test"],
        id: Some(jti),
        text: b"header.payload",
        users: vec!["ada"],
        issued_at: Some(0),
        ..Default::default()
    })
}

/// Whether bytes from Redis count as a revocation, or as another message, with this secret.
#[cfg(feature = "redis")]
#[doc(hidden)]
pub fn reads_shared(bytes: &[u8], secret: &[u8]) -> bool {
    crate::authority::read_messages(bytes, secret)
}
