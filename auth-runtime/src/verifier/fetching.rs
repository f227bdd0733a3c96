//! Issuers whose keys are fetched.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::Algorithm;

use super::issuer::{Issuer, IssuerClaim, Source};
use crate::claims::Profile;
use crate::clock::Clock;
use crate::error::ConfigError;
use crate::keys::{Address, ApiKey, Customize, FetchSettings, FetchedKeys, Origin, StartError, host_of, shown};

const DEFAULT_MAX_STALE: Duration = Duration::from_hours(12);
const SHORTEST_MAX_STALE: Duration = Duration::from_mins(1);
const LONGEST_MAX_STALE: Duration = Duration::from_hours(30 * 24);

const PROPELAUTH_API: &str = "https://propelauth-api.com";

/// How keys are fetched.
#[derive(Clone)]
pub(super) struct Fetching {
    max_stale: Duration,
    customize: Option<Customize>,
}

impl Default for Fetching {
    fn default() -> Self {
        Self { max_stale: DEFAULT_MAX_STALE, customize: None }
    }
}

/// Issuers whose keys are fetched (feature `http-client`, on by default).
///
/// The keys are fetched when the verifier is built, in a task that lives as long as the verifier; a request waits for
/// the network only when its token names a key that nobody has seen yet.
///
/// - **Refresh**: ahead of use, at 80 % of the answer's `Cache-Control: max-age`, at least 1 minute and at most 1 hour
///   apart; every 5 minutes where it says nothing. Conditional, by `ETag`.
/// - **Unknown `kid`**: one fetch for all who wait. At most two fetches begin in any 30 s, whatever causes them; past
///   that the answer is 401 at once. The fetch at start does not count. Keys that are known are never affected.
/// - **Outage, or an answer that is no key set**: the old keys serve on, for [`max_stale`](Self::max_stale), then 503
///   with `Retry-After`. Retried after 15 s, then less and less often, every 5 minutes at least.
/// - **A key that is gone** from the set of a refresh no longer counts, and remembered tokens that it signed do not
///   either. If an unknown `kid` caused the fetch, the key counts until a refresh confirms that it is gone. That refresh
///   comes when it was due, and at most 60 s later: 95 s with the limit on fetches and the fetch itself, if the source
///   answers. So a stranger cannot choose the moment at which a set is believed. New keys count at once.
/// - **Limits**: 2 s to connect, 5 s in all, 256 KiB after decompression, 100 keys. Redirects are not followed. `https`
///   only, except on this machine.
///
/// A fetch is the metadata document, where there is one, and the set. Each is told to `tracing`, under the target
/// `auth_runtime`: fetches and requests that were throttled at debug, changes of the set at info, failures, keys that
/// were left out and the first throttled request between two fetches at warn. With the feature `metrics` there are
/// counters with a label `issuer`: `auth_key_fetches_total` (`outcome`: `fetched`, `unchanged`, or
/// [a kind of error](crate::FetchErrorKind)), `auth_key_changes_total`, `auth_keys_skipped_total` and
/// `auth_key_requests_throttled_total`.
impl Issuer {
    /// An Auth0 tenant: `tenant.eu.auth0.com`, or a custom domain, with or without `https://`.
    ///
    /// `iss` is `https://DOMAIN/`; keys come by discovery, claims as [`Profile::Auth0`].
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::auth0("tenant.eu.auth0.com", "https://api.example.com");
    /// ```
    pub fn auth0(domain_or_url: &str, audience: &str) -> Self {
        let text = if domain_or_url.contains("://") || domain_or_url.is_empty() {
            domain_or_url.to_owned()
        } else {
            format!("https://{domain_or_url}")
        };
        let address = Address::parse_issuer(&text).and_then(|address| match address.path() {
            "/" => Ok(address),
            path => Err(format!("has the path `{path}`: give the tenant's domain alone")),
        });
        let iss = address.as_ref().map_or(text, |address| address.as_str().to_owned());
        Self::discovered("auth0", iss, address, audience, Profile::Auth0)
    }

    /// A Keycloak realm: `https://sso.example.com/realms/NAME`.
    ///
    /// `iss` is that, without a trailing slash; keys come by discovery, claims as [`Profile::Keycloak`].
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::keycloak("https://sso.example.com/realms/shop", "shop-api");
    /// ```
    pub fn keycloak(realm_url: &str, audience: &str) -> Self {
        let iss = realm_url.trim_end_matches('/');
        Self::discovered("keycloak", iss.to_owned(), Address::parse_issuer(iss), audience, Profile::Keycloak)
    }

    /// Any issuer with a metadata document: OpenID Connect Discovery 1.0, or RFC 8414.
    ///
    /// `iss` is `issuer_url` byte for byte, and so must be the document's `issuer`: a trailing slash counts. The
    /// document's `jwks_uri` may lie on another host.
    ///
    /// ```no_run
    /// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
    /// use auth_runtime::{Issuer, Verifier};
    /// let issuer = Issuer::oidc("https://login.example.com", "https://api.example.com");
    /// auth_runtime::init(Verifier::new(issuer).await?)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn oidc(issuer_url: &str, audience: &str) -> Self {
        Self::discovered("oidc", issuer_url.to_owned(), Address::parse_issuer(issuer_url), audience, Profile::Oidc)
    }

    /// An issuer whose JWK Set (RFC 7517 section 5) is at this URL.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let url = "https://login.example.com/.well-known/jwks.json";
    /// let issuer = Issuer::jwks_url("https://login.example.com", "https://api.example.com", url);
    /// ```
    pub fn jwks_url(iss: impl Into<String>, audience: &str, url: &str) -> Self {
        let origin = Address::parse(url).map(Origin::JwkSet);
        Self::fetched("jwks_url", iss.into(), origin, audience, Profile::Oidc)
    }

    /// A PropelAuth project, by its auth URL and one of its integration API keys.
    ///
    /// `iss` is `https://` and the host of `auth_url`; RS256 alone; any audience, since PropelAuth names none; claims as
    /// [`Profile::PropelAuth`]. The key is fetched with `api_key` and refreshed; with
    /// [`public_key_pem`](Self::public_key_pem) nothing is fetched, and `api_key` is not used.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// # let api_key = "";
    /// let issuer = Issuer::propelauth("https://auth.example.com", api_key);
    /// # let pem = "";
    /// let offline = Issuer::propelauth("https://auth.example.com", "").public_key_pem(pem);
    /// ```
    pub fn propelauth(auth_url: &str, api_key: &str) -> Self {
        let host = host_of(auth_url);
        let iss = host.as_ref().map_or_else(|_| shown(auth_url).to_owned(), |host| format!("https://{host}"));
        let key = ApiKey::new(api_key).map_err(|fault| ConfigError::new("api_key", fault));
        let mut issuer = Self::new(IssuerClaim::Exactly(iss), "", Source::Nowhere, Profile::PropelAuth)
            .algorithms([Algorithm::RS256])
            .any_audience();
        match (host, Address::parse(PROPELAUTH_API)) {
            (Ok(host), Ok(api)) => {
                issuer.source = Source::Fetched {
                    setting: "propelauth",
                    // A key that is given instead makes this one needless.
                    origin: key.map(|key| Origin::PropelAuth { api, host, key }),
                };
            }
            (Err(fault), _) | (_, Err(fault)) => issuer.fault = Some(ConfigError::new("auth_url", fault)),
        }
        issuer
    }

    /// Asks this address in place of PropelAuth's own API: a proxy that passes it on, or the server of a test.
    /// Only after [`propelauth`](Self::propelauth).
    #[must_use]
    pub fn propelauth_api(mut self, url: &str) -> Self {
        match (&mut self.source, Address::parse_issuer(url)) {
            (Source::Fetched { origin: Ok(Origin::PropelAuth { api, .. }), .. }, Ok(address)) => *api = address,
            (Source::Fetched { setting: "propelauth", .. }, Err(fault)) => {
                self.fault = Some(ConfigError::new("propelauth_api", fault));
            }
            (Source::Fetched { setting: "propelauth", .. }, Ok(_)) => {}
            _ => self.fault = Some(ConfigError::new("propelauth_api", "is for `Issuer::propelauth` alone")),
        }
        self
    }

    /// How long fetched keys may serve without a fetch that succeeds: 12 hours by default, from 1 minute to 30 days.
    ///
    /// After it, every token of the issuer is answered with 503, remembered ones too, until a fetch succeeds.
    #[must_use]
    pub fn max_stale(mut self, time: Duration) -> Self {
        self.fetching.max_stale = time;
        self
    }

    /// Changes the HTTP client that fetches this issuer's keys: a proxy, a private certificate authority.
    ///
    /// What is said here about redirects, retries and the time to connect has no effect: the limits stay.
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

    fn discovered(
        setting: &'static str,
        iss: String,
        address: Result<Address, String>,
        audience: &str,
        profile: Profile,
    ) -> Self {
        let origin = address.map(|issuer| Origin::Metadata { issuer, expected: iss.clone() });
        Self::fetched(setting, iss, origin, audience, profile)
    }

    fn fetched(
        setting: &'static str,
        iss: String,
        origin: Result<Origin, String>,
        audience: &str,
        profile: Profile,
    ) -> Self {
        // An issuer that never starts has no use for its `iss` but in messages.
        let iss = if origin.is_ok() { iss } else { shown(&iss).to_owned() };
        let mut issuer = Self::new(IssuerClaim::Exactly(iss), audience, Source::Nowhere, profile);
        match origin {
            Ok(origin) => issuer.source = Source::Fetched { setting, origin: Ok(origin) },
            // Kept beside the source: a key that is given instead does not mend it.
            Err(fault) => issuer.fault = Some(ConfigError::new(setting, fault)),
        }
        issuer
    }

    /// Checks what concerns fetching.
    pub(super) fn check_fetching(&self) -> Result<(), ConfigError> {
        if let Source::Fetched { origin: Err(fault), .. } = &self.source {
            return Err(fault.clone());
        }
        let max_stale = self.fetching.max_stale;
        if max_stale < SHORTEST_MAX_STALE {
            return Err(ConfigError::new("max_stale", "is shorter than 60 s: keys would run out between two fetches"));
        }
        if max_stale > LONGEST_MAX_STALE {
            return Err(ConfigError::new("max_stale", "is longer than 30 days"));
        }
        Ok(())
    }

    /// Begins to fetch.
    pub(super) fn start_fetching(
        &self,
        setting: &'static str,
        mut origin: Origin,
        clock: &Clock,
    ) -> Result<FetchedKeys, ConfigError> {
        // Where `iss` was set to another one, the document has to name that one: it is the same issuer, reached by
        // another address.
        if let (Origin::Metadata { expected, .. }, IssuerClaim::Exactly(iss)) = (&mut origin, &self.claim) {
            expected.clone_from(iss);
        }
        let settings = FetchSettings {
            label: self.label(),
            origin,
            algorithms: self.algorithms.clone(),
            max_stale: self.fetching.max_stale,
            customize: self.fetching.customize.clone(),
            clock: clock.clone(),
        };
        FetchedKeys::start(settings).map_err(|error| explain(setting, error))
    }
}

/// What went wrong at start, and what can be done about it.
pub(super) fn explain(setting: &'static str, error: StartError) -> ConfigError {
    const ANYWAY: &str = "to start anyway, and answer 503 until there are keys, say `.start_without_keys()`";
    match error {
        StartError::NoRuntime => {
            ConfigError::new(setting, "keys are fetched by a task: build the verifier inside a tokio runtime")
        }
        StartError::Client(fault) => ConfigError::new("http_client", fault),
        StartError::NoKeys(why) => {
            ConfigError::new(setting, format!("the keys were fetched, and none can be used: {why}"))
        }
        // PropelAuth's own meanings.
        StartError::Fetch { status: Some(401), .. } if setting == "propelauth" => ConfigError::new(
            "api_key",
            "PropelAuth does not accept it (401): is it one of this project's integration API keys?",
        ),
        StartError::Fetch { status: Some(404), .. } if setting == "propelauth" => {
            ConfigError::new("auth_url", "PropelAuth knows no project with this auth URL (404)")
        }
        StartError::Fetch { status: Some(400), error } if setting == "propelauth" => {
            ConfigError::new("auth_url", format!("PropelAuth cannot make sense of the request (400): {error}"))
        }
        StartError::Fetch { status: Some(429), error } if setting == "propelauth" => ConfigError::new(
            setting,
            format!("PropelAuth is asked too often (429): {error}; try again later, or {ANYWAY}"),
        ),
        StartError::Fetch { error, .. } => ConfigError::new(setting, format!("no keys from {error}; {ANYWAY}")),
    }
}
