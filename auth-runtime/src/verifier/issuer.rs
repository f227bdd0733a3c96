//! The issuers of tokens, and the rules for their tokens.

mod constructing;

use std::fmt;
#[cfg(feature = "http-client")]
use std::sync::Arc;
use std::time::Duration;

use super::also_secret::AlsoSecret;
#[cfg(feature = "http-client")]
use super::fetching::Fetching;
use super::key_source::KeySource;
use super::locations::Proxy;
use super::scope_limits::ScopeLimits;
use crate::claims::{Audience, ClaimMapping, IdentityMap, ProviderRules, Refinements, TokenKinds};
use crate::error::ConfigError;
use crate::token::{Algorithm, TokenType};

pub(super) const DEFAULT_LEEWAY: Duration = Duration::from_mins(1);

/// An issuer of tokens: the keys that sign them, and the rules that they must meet.
///
/// Settings are checked by [`VerifierBuilder::build`](super::VerifierBuilder::build), which names the invalid one.
///
/// There is a constructor for each identity provider. For any other issuer of JWTs, use [`oidc`](Self::oidc) if it has
/// a metadata document. Use [`jwks_url`](Self::jwks_url), [`jwks`](Self::jwks), [`pem`](Self::pem) or
/// [`hmac`](Self::hmac) if you know its keys.
///
/// Without [`algorithms`](Self::algorithms), a key is used for the algorithm that it states. A key without `alg` is
/// used for RS256, ES256, ES384 or EdDSA, according to its type.
#[derive(Clone)]
pub struct Issuer {
    pub(super) name: Option<String>,
    /// The exact `iss`; `None` if tokens must not have one. An error stays until another value replaces it. This is
    /// also true of the fields below.
    pub(super) claim: Result<Option<String>, ConfigError>,
    pub(super) keys: Result<KeySource, ConfigError>,
    pub(super) audience: Audience,
    pub(super) algorithms: Option<Vec<Algorithm>>,
    pub(super) leeway: Duration,
    pub(super) token_type: TokenType,
    pub(super) accepts_bound_tokens: bool,
    pub(super) mapping: ClaimMapping,
    pub(super) map_identity: Option<IdentityMap>,
    /// The mapping of the constructor.
    pub(super) preset: ClaimMapping,
    pub(super) refinements: Refinements,
    pub(super) also_issuers: Vec<String>,
    pub(super) also_secret: Option<AlsoSecret>,
    /// Whether memberships come from its tokens even if there is a directory.
    pub(super) memberships_from_tokens: bool,
    pub(super) scope_limits: Option<ScopeLimits>,
    pub(super) provider: &'static ProviderRules,
    pub(super) kinds: TokenKinds,
    /// The provider's proxy, which sends its tokens in a special header.
    pub(super) proxy: Option<&'static Proxy>,
    #[cfg(feature = "http-client")]
    pub(super) fetching: Fetching,
    /// Whether its tokens are accepted only in requests that come directly from this machine.
    #[cfg(feature = "testing")]
    pub(super) is_local: bool,
}

impl Issuer {
    /// Names the issuer, for `issuer("name")` in a condition and for messages.
    ///
    /// The name must not be the name or the `iss` of another issuer of the verifier. An issuer with several tenants has
    /// one name for all of them, so [`User::issuer_name`](crate::User::issuer_name) returns the tenant's `iss`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Accepts exactly these audiences (RFC 7519 section 4.1.3). They replace the audience of the constructor. A token
    /// must have one of them; they are compared byte for byte.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::auth0("tenant.eu.auth0.com", "https://api.example.com")
    ///     .audiences(["https://api.example.com", "https://admin.example.com"]);
    /// ```
    #[must_use]
    pub fn audiences(mut self, audiences: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.audience = Audience::one_of(audiences.into_iter().map(Into::into).collect());
        self
    }

    /// Accepts tokens for any audience, and tokens without an audience. Tokens for other services of the same issuer
    /// are then valid here too.
    ///
    /// The audience of the constructor still names this program: [`keycloak`](Self::keycloak) still reads the roles of
    /// the client with that name.
    #[must_use]
    pub fn danger_any_audience(mut self) -> Self {
        self.audience.is_any = true;
        self
    }

    /// Allows only these algorithms (RFC 8725 section 3.1).
    #[must_use]
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        let mut allowed: Vec<Algorithm> = Vec::new();
        for algorithm in algorithms {
            // A duplicate would add each key twice.
            if !allowed.contains(&algorithm) {
                allowed.push(algorithm);
            }
        }
        self.algorithms = Some(allowed);
        self
    }

    /// The allowed difference between clocks: an expired token stays valid for this time, and a token from the future
    /// is valid this much earlier. 60 s by default, 0 to 300 s.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Reads claims with the mapping of another provider.
    ///
    /// ```
    /// use auth_runtime::{ClaimMapping, Issuer};
    /// # let keys = "";
    /// let issuer = Issuer::jwks("https://login.example.com", "https://api.example.com", keys)
    ///     .claim_mapping(ClaimMapping::auth0());
    /// ```
    #[must_use]
    pub fn claim_mapping(mut self, mapping: ClaimMapping) -> Self {
        self.mapping = mapping;
        self
    }

    /// Requires this exact `iss` (RFC 7519 section 4.1.1): byte for byte, including a trailing slash.
    ///
    /// Use it if tokens have another `iss` than the URL in the constructor: `https://sts.windows.net/TENANT/` for the
    /// v1 tokens of Entra ID, `http://fs.example.com/adfs/services/trust` for AD FS. The metadata document is still
    /// found with the constructor's URL; its `issuer` must be that URL or this `iss`.
    #[must_use]
    pub fn issuer_claim(mut self, iss: impl Into<String>) -> Self {
        self.claim = Ok(Some(iss.into()));
        self
    }

    /// Accepts an additional spelling of the `iss`: `accounts.google.com` in addition to `https://accounts.google.com`.
    ///
    /// It is still one issuer: both have the same keys, and a `sub` means the same user in both.
    /// [`User::issuer`](crate::User::issuer) returns the first spelling for both.
    #[must_use]
    pub fn also_issuer_claim(mut self, iss: impl Into<String>) -> Self {
        self.also_issuers.push(iss.into());
        self
    }

    /// Requires tokens without `iss`. The issuer then needs a [name](Self::named), which
    /// [`User::issuer`](crate::User::issuer) returns.
    #[must_use]
    pub fn danger_no_issuer_claim(mut self) -> Self {
        self.claim = Ok(None);
        self
    }

    /// Sets the kind of token that is accepted.
    #[must_use]
    pub fn token_type(mut self, token_type: TokenType) -> Self {
        self.token_type = token_type;
        self
    }

    /// Accepts sender-constrained tokens (`cnf`, RFC 7800). The constraint is not checked here, so anyone who has such
    /// a token can use it. Use this only if something in front of this program checks it.
    #[must_use]
    pub fn danger_accept_bound_tokens(mut self) -> Self {
        self.accepts_bound_tokens = true;
        self
    }

    /// Replaces the keys with this public key, like [`pem`](Self::pem).
    #[must_use]
    pub fn public_key_pem(mut self, pem: impl Into<String>) -> Self {
        self.keys = Ok(KeySource::pem("public_key_pem", pem.into()));
        self
    }

    /// Replaces the keys with this JWK Set, like [`jwks`](Self::jwks). Nothing is fetched. The other settings stay, so
    /// that a saved set of a provider's keys can be used with the provider's own rules.
    #[must_use]
    pub fn public_keys(mut self, json: impl Into<String>) -> Self {
        self.keys = Ok(KeySource::jwks("public_keys", json.into()));
        self
    }

    /// The name of the issuer in messages.
    pub(super) fn label(&self) -> String {
        match (&self.name, &self.claim) {
            (Some(name), _) => name.clone(),
            (None, Ok(Some(iss))) => iss.clone(),
            (None, Ok(None)) => "without `iss`".to_owned(),
            (None, Err(fault)) => fault.issuer().unwrap_or_default().to_owned(),
        }
    }
}

/// Issuers whose keys are fetched (feature `http-client`, on by default).
///
/// The keys are fetched when the verifier is built, and then refreshed by a task that lives as long as the verifier. A
/// request waits for the network only if its token has an unknown `kid`.
///
/// - **Refresh**: at 80 % of `Cache-Control: max-age`, but not before 1 minute and not after 1 hour; every 5 minutes
///   without `max-age`. Requests are conditional if the source sends an `ETag`.
/// - **Unknown `kid`**: one fetch, shared by all waiting requests. At most two fetches begin in any 30 s, whatever
///   their cause; if the limit is reached, the response is 401 immediately. The fetch at start does not count. Known
///   keys are never affected.
/// - **Outage, or a response that is not a key set**: the old keys stay in use for [`max_stale`](Self::max_stale);
///   after that, tokens get 503 with `Retry-After`. The first retry is after 15 s. The wait doubles up to 5 minutes, or
///   up to 30 s while no keys may be used.
/// - **Removed keys**: if a refresh returns a set without a key, the key is no longer trusted, and neither are cached
///   tokens that it signed. If an unknown `kid` caused the fetch, the key stays trusted until a refresh confirms that
///   it is gone. This refresh comes when it was due, or 60 s later if that is earlier. With the limit of fetches and
///   the fetch itself, that is at most 95 s if the source responds. So a stranger cannot choose the moment at which a
///   set removes keys. New keys are trusted immediately.
/// - **Limits**: 2 s to connect, 5 s in total, 256 KiB after decompression, 100 keys. Redirects are not followed. Only
///   `https`, except on this machine.
///
/// A fetch reads the metadata document, if there is one, and the key set. Events go to `tracing` under the target
/// `auth_runtime`. At debug: fetches and throttled requests. At info: changes of the set. At warn: failures, skipped
/// keys, and the first throttled request between two fetches. With the feature `metrics`, there are counters with a
/// label `issuer`: `auth_key_fetches_total` (`outcome`: `fetched`, `unchanged`, or [a kind of
/// error](crate::FetchErrorKind)), `auth_key_changes_total`, `auth_keys_skipped_total` and
/// `auth_key_requests_throttled_total`.
#[cfg(feature = "http-client")]
impl Issuer {
    /// How long fetched keys may be used without a successful fetch: 12 hours by default, from 1 minute to 30 days.
    ///
    /// After that, every token of the issuer gets 503, including cached tokens, until a fetch succeeds.
    #[must_use]
    pub fn max_stale(mut self, time: Duration) -> Self {
        self.fetching.max_stale = time;
        self
    }

    /// Fetches metadata and keys over plain http from these hosts: from another container of a compose file, or inside
    /// a cluster. Anyone on the network path can replace the keys, and then sign tokens of any user.
    ///
    /// A host must be exact, without scheme and port. All other hosts need https. Each start logs a warning.
    ///
    /// Secrets are never sent over plain http: with [`propelauth`](Self::propelauth) and
    /// [`introspection`](Self::introspection), or if the URL of the keys has a query, `build` fails. Do not add a
    /// secret with [`http_client`](Self::http_client): it would be sent.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let keys = "http://keycloak:8080/realms/demo/protocol/openid-connect/certs";
    /// let issuer = Issuer::jwks_url("http://localhost:8080/realms/demo", "api", keys).danger_allow_http(["keycloak"]);
    /// ```
    #[must_use]
    pub fn danger_allow_http(mut self, hosts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.fetching.plain_hosts = Some(hosts.into_iter().map(Into::into).collect());
        self
    }

    /// Changes the HTTP client that fetches this issuer's keys, for example to set a proxy or a private certificate
    /// authority.
    ///
    /// Settings for redirects, retries and the connect timeout have no effect: the limits above stay.
    ///
    /// ```
    /// # use auth_runtime::{Issuer, reqwest};
    /// # fn with(ca: reqwest::Certificate) -> Issuer {
    /// Issuer::oidc("https://login.intern", "https://api.example.com")
    ///     .http_client(move |client| client.tls_certs_merge([ca.clone()]))
    /// # }
    /// ```
    #[must_use]
    pub fn http_client(
        mut self,
        customize: impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.fetching.customize = Some(Arc::new(customize));
        self
    }
}

impl fmt::Debug for Issuer {
    /// Leaves out keys and secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("label", &self.label())
            .field("audience", &self.audience)
            .field("algorithms", &self.algorithms)
            .field("mapping", &self.mapping)
            .finish_non_exhaustive()
    }
}
