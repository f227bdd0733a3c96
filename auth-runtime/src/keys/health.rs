//! The state of each issuer's keys.

use serde::Serialize;

/// The state of each issuer's keys, for a probe or a dashboard.
///
/// As an argument of a handler, it is the health of the verifier that the guards of the route use. As a response, it is
/// 200 if it is ready and 503 if not, and reveals nothing else. [`GuardedRouter::readiness`] mounts such a handler.
///
/// Its JSON form identifies issuers by name or `iss`, and contains no key, token or URL. So a route that returns it
/// needs no guard:
///
/// ```
/// use auth_runtime::{GuardedRouter, Health, public, routing::get};
/// use axum::Json;
///
/// #[public(reason = "dashboard of operators")]
/// async fn keys(health: Health) -> Json<Health> { Json(health) }
///
/// let app: GuardedRouter = GuardedRouter::new().readiness("/ready").route("/health/keys", get(keys));
/// ```
///
/// [`GuardedRouter::readiness`]: crate::GuardedRouter::readiness
#[derive(Clone, Debug, Serialize)]
pub struct Health {
    ready: bool,
    issuers: Vec<IssuerHealth>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocations: Option<RevocationState>,
}

impl Health {
    /// The health of a verifier of these issuers.
    pub(crate) fn of(issuers: Vec<IssuerHealth>, revocations: Option<RevocationState>) -> Self {
        let ready = issuers.iter().all(|issuer| issuer.state != KeyState::Unavailable)
            && revocations != Some(RevocationState::Unavailable);
        Self { ready, issuers, revocations }
    }

    /// The health without a verifier.
    pub(crate) fn without_verifier() -> Self {
        Self { ready: false, issuers: Vec::new(), revocations: None }
    }

    /// Whether guarded routes can verify tokens: there is a verifier, every issuer has usable keys, and shared
    /// revocations can be read. The tokens of an issuer without usable keys get 503, and so does every token while
    /// shared revocations cannot be read.
    pub fn is_ready(&self) -> bool {
        self.ready
    }

    /// The issuers, in the order in which they were added.
    pub fn issuers(&self) -> &[IssuerHealth] {
        &self.issuers
    }

    /// The revocations that are shared through Redis (feature `redis`), if the verifier has them.
    pub fn revocations(&self) -> Option<RevocationState> {
        self.revocations
    }
}

/// How recently the revocations of other processes were read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RevocationState {
    /// Within the last 3 s.
    Fresh,
    /// More than 3 s ago. Requests are admitted until `max_stale` has passed.
    Stale,
    /// Never, or longer than `max_stale` ago. Guarded requests get 503.
    Unavailable,
}

/// The state of one issuer's keys.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct IssuerHealth {
    /// The name of the issuer, or its `iss` if it has no name.
    pub issuer: String,
    /// Whether the issuer's keys may be used.
    pub state: KeyState,
    /// The age of the keys in seconds, measured from the start of the last successful fetch. `None` before the first
    /// success, and for static keys.
    pub age: Option<u64>,
    /// The time of the last successful fetch, in seconds since 1970.
    pub last_success: Option<u64>,
    /// Why the last fetch failed; `None` if it succeeded.
    pub last_error: Option<FetchErrorKind>,
    /// The number of usable keys. A key for several algorithms counts once for each.
    pub key_count: usize,
    /// The number of fetches that were started.
    pub fetches: u64,
    /// The number of requests that needed an unknown key while the limit of fetches was reached.
    pub throttled: u64,
    /// The end of the time in which an additional secret is accepted ([`also_secret`], [`also_hmac`]), in seconds since
    /// 1970. If it has passed, the secret is refused, and the setting can be removed. Without such a setting it is
    ///       `None`, and the JSON form leaves it out.
    ///
    /// [`also_secret`]: crate::Issuer::also_secret
    /// [`also_hmac`]: crate::Issuer::also_hmac
    #[serde(skip_serializing_if = "Option::is_none")]
    pub also_secret_until: Option<u64>,
}

/// Whether an issuer's keys may be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeyState {
    /// The keys were set at start and never change.
    Static,
    /// The last fetch succeeded.
    Fresh,
    /// The last fetch failed. The previous keys stay in use until they are older than `max_stale`.
    Stale,
    /// There are no keys yet, or they are older than `max_stale`. The issuer's tokens get 503.
    Unavailable,
}

/// Why a fetch of keys failed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FetchErrorKind {
    /// The connection failed or broke off.
    Unreachable,
    /// No connection within 2 s, or no complete response within 5 s.
    TimedOut,
    /// An unexpected status: neither 200 nor, for a conditional request, 304.
    Status,
    /// A redirect. Redirects are not followed.
    Redirected,
    /// More than 256 KiB after decompression, or more than 100 keys.
    TooLarge,
    /// Not a JWK Set (RFC 7517 section 5), or not a public key.
    NotKeys,
    /// Not a metadata document with a `jwks_uri` (OpenID Connect Discovery 1.0 section 3, RFC 8414 section 2).
    NotMetadata,
    /// The `issuer` of the metadata document is not the expected one (RFC 8414 section 3.3).
    IssuerDiffers,
    /// The metadata document's `jwks_uri` is not https.
    AddressRefused,
}

impl FetchErrorKind {
    /// The name in the serialized form.
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
