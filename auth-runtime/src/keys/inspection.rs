//! What an inspection of a key source found.

use std::time::{Duration, SystemTime};

use super::FetchErrorKind;
use crate::token::Algorithm;

/// What one fetch of an issuer's keys found: the result of [`Issuer::inspect`](crate::Issuer::inspect).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Inspection {
    /// The values of `iss` that a verifier accepts. Those of several tenants are one text with a placeholder. Empty if
    /// tokens must not have an `iss`.
    pub issuer_claims: Vec<String>,
    /// The requests that were answered, in their order.
    pub requests: Vec<InspectedRequest>,
    /// Why the fetch failed: its kind, then the URL and the cause.
    pub failure: Option<(FetchErrorKind, String)>,
    /// The keys that a verifier would use. A key for several algorithms is listed once for each.
    pub keys: Vec<InspectedKey>,
    /// The keys that a verifier would skip.
    pub skipped: Vec<SkippedKey>,
    /// How long the source declares its response fresh.
    pub max_age: Option<Duration>,
}

/// A request of an [`Inspection`], and its response.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InspectedRequest {
    /// The URL, without its query.
    pub address: String,
    /// The status of the response.
    pub status: u16,
    /// The `Date` of the response (RFC 9110 section 6.6.1), unparsed.
    pub date: Option<String>,
    /// When the response arrived, by the local clock.
    pub received: SystemTime,
}

/// A key that a verifier would use.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InspectedKey {
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// Its `kid`.
    pub kid: Option<String>,
}

/// A key that a verifier would skip.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SkippedKey {
    /// Its `kid`.
    pub kid: Option<String>,
    /// Why it would be skipped.
    pub reason: &'static str,
    /// Whether it is skipped only because it has another purpose, such as encryption.
    pub has_other_purpose: bool,
}
