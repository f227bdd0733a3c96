//! How the keys of each issuer are.

use serde::Serialize;

/// How the keys of each issuer are, for an operator: a probe, a dashboard.
///
/// It names issuers as their `named` or `iss` does, and holds no key, token or address. Mount it where you like; the
/// route needs no guard:
///
/// ```
/// use auth_runtime::Verifier;
/// use axum::http::StatusCode;
/// use axum::{Json, Router, routing};
/// fn probes(verifier: Verifier) -> Router {
///     Router::new().route("/health/keys", routing::get(move || async move {
///         let health = verifier.health();
///         let status = if health.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
///         (status, Json(health))
///     }))
/// }
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct Health {
    pub(crate) issuers: Vec<IssuerHealth>,
}

impl Health {
    /// Whether every issuer has keys that may be used. False means that tokens of one are answered with 503.
    pub fn is_ready(&self) -> bool {
        self.issuers.iter().all(|issuer| issuer.state != KeyState::Unavailable)
    }

    /// Each issuer, in the order in which they were added.
    pub fn issuers(&self) -> &[IssuerHealth] {
        &self.issuers
    }
}

/// How the keys of one issuer are.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct IssuerHealth {
    /// Its name, else its `iss`.
    pub issuer: String,
    /// Whether its keys may be used.
    pub state: KeyState,
    /// How old the keys are, in seconds: since the last fetch that succeeded began. `None` before the first one, and
    /// for static keys.
    pub age: Option<u64>,
    /// When a fetch last succeeded, in seconds since 1970.
    pub last_success: Option<u64>,
    /// What was wrong with the last fetch; `None` where it succeeded.
    pub last_error: Option<FetchErrorKind>,
    /// How many keys there are; one that serves several algorithms counts for each.
    pub key_count: usize,
    /// How many fetches began.
    pub fetches: u64,
    /// How many requests needed a key that is not there at a time when no further fetch was allowed.
    pub throttled: u64,
}

/// Whether an issuer's keys may be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeyState {
    /// They were given at start, and never change.
    Static,
    /// The last fetch succeeded.
    Fresh,
    /// The last fetch failed; the keys of the one before serve on, until `max_stale` is over.
    Stale,
    /// There are none yet, or they are older than `max_stale`: its tokens are answered with 503.
    Unavailable,
}

/// What kept a fetch of keys from succeeding.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FetchErrorKind {
    /// No connection, or one that broke off.
    Unreachable,
    /// Not connected within 2 s, or not done within 5 s.
    TimedOut,
    /// A status other than 200, and other than 304 where that was asked for.
    Status,
    /// A redirect: none is followed.
    Redirected,
    /// More than 256 KiB after decompression, or more than 100 keys.
    TooLarge,
    /// Not a JWK Set (RFC 7517 section 5), or not a public key.
    NotKeys,
    /// Not a metadata document with a `jwks_uri` (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2).
    NotMetadata,
    /// The metadata document's `issuer` is another one (RFC 8414 section 3.3).
    IssuerDiffers,
    /// The metadata document's `jwks_uri` is not https.
    AddressRefused,
}

impl FetchErrorKind {
    /// As in the serialized form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed_out",
            Self::Status => "status",
            Self::Redirected => "redirected",
            Self::TooLarge => "too_large",
            Self::NotKeys => "not_keys",
            Self::NotMetadata => "not_metadata",
            Self::IssuerDiffers => "issuer_differs",
            Self::AddressRefused => "address_refused",
        }
    }
}
