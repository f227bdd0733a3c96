//! The builder of a verifier.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use http::request::Parts;

use super::authenticators::{Authenticators, Named, Setup};
use super::description::{call, directory, revoked};
use super::headers::Headers;
#[cfg(feature = "http-client")]
use super::introspected::check_prefixes;
#[cfg(feature = "testing")]
use super::local::announce;
use super::locations::{TokenLocation, TokenLocations};
use super::replies::Replies;
use super::sites::SiteRule;
use super::token_cache::{CachedTokens, TokenCache};
use super::trusted::{TrustedIssuer, check_names};
use super::{Inner, Issuer, Verifier, vary};
use crate::authenticator::Authenticator;
use crate::authority::{AnyDirectory, Directory, DirectorySettings, Lookups, Revocations};
use crate::clock::Clock;
use crate::error::ConfigError;
use crate::keys;
use crate::policy::Denied;
use crate::token::{DEFAULT_TOKEN_BYTES, MAX_TOKEN_BYTES};

/// Builds a [`Verifier`]. [`build`](Self::build) checks all settings.
///
/// ```no_run
/// use auth_runtime::{ConfigError, Issuer, TokenCache, TokenLocation, Verifier};
///
/// async fn verifier() -> Result<Verifier, ConfigError> {
///     Verifier::builder()
///         .issuer(Issuer::auth0("tenant.eu.auth0.com", "https://api.example.com").named("staff"))
///         .issuer(Issuer::oidc("https://login.example.com", "https://api.example.com").named("customers"))
///         .token_location(TokenLocation::authorization())
///         .token_location(TokenLocation::websocket_query("access_token"))
///         .token_cache(TokenCache::bytes(64 * 1024 * 1024))
///         .build()
///         .await
/// }
/// ```
#[must_use]
pub struct VerifierBuilder {
    issuers: Vec<Issuer>,
    locations: Vec<TokenLocation>,
    sites: SiteRule,
    authenticators: Setup,
    max_token_bytes: usize,
    token_cache: TokenCache,
    clock: Clock,
    replies: Replies,
    identity_headers: Vec<String>,
    starts_without_keys: bool,
    directory: Option<Arc<dyn AnyDirectory>>,
    revocations: Option<Revocations>,
    asking: DirectorySettings,
}

impl Default for VerifierBuilder {
    fn default() -> Self {
        Self {
            issuers: Vec::new(),
            locations: Vec::new(),
            sites: SiteRule::default(),
            authenticators: Setup::default(),
            max_token_bytes: DEFAULT_TOKEN_BYTES,
            token_cache: TokenCache::default(),
            clock: Clock::default(),
            replies: Replies::default(),
            identity_headers: Vec::new(),
            starts_without_keys: false,
            directory: None,
            revocations: None,
            asking: DirectorySettings::default(),
        }
    }
}

impl VerifierBuilder {
    /// Trusts another issuer. If there are several, the exact `iss` of a token selects its issuer.
    pub fn issuer(mut self, issuer: Issuer) -> Self {
        self.issuers.push(issuer);
        self
    }

    /// Accepts another kind of credential, which this authenticator reads: sessions, API keys, other schemes. The
    /// condition `issuer("name")` is true for its users.
    ///
    /// Tokens of issuers are read first, then authenticators are called in the order in which they were added. The
    /// first one that finds a credential of its kind decides, even if the credential is invalid. A request with two
    /// explicit credentials, such as a token and an API key, gets 400. The name must be different from those of other
    /// authenticators, and from the name and the `iss` of each issuer.
    pub fn authenticator(mut self, name: &str, authenticator: impl Authenticator) -> Self {
        self.authenticators.all.push(Named::new(name, authenticator));
        self
    }

    /// How long a request waits for all of its authenticators together: 5 s by default, at most 60 s. After that, the
    /// response is 503. A call that blocks its thread cannot be interrupted.
    pub fn authenticator_timeout(mut self, time: Duration) -> Self {
        self.authenticators.timeout = time;
        self
    }

    /// Adds a location from which tokens are read. Without any call, tokens are read from `Authorization: Bearer`;
    /// otherwise, only from the added locations.
    ///
    /// [`TokenLocation`] documents the order in which they are read. A location must not be added twice.
    pub fn token_location(mut self, location: TokenLocation) -> Self {
        self.locations.push(location);
        self
    }

    /// Accepts cookies (and any other credential that a browser adds by itself) on requests from pages of this origin:
    /// [`TokenLocation::trusted_origin`] for the whole verifier.
    pub fn trusted_origin(mut self, origin: impl Into<String>) -> Self {
        self.sites.trusted.push(origin.into());
        self
    }

    /// Accepts such credentials on requests without `Origin` and `Sec-Fetch-Site`:
    /// [`TokenLocation::danger_without_origin`] for the whole verifier.
    pub fn danger_without_origin(mut self) -> Self {
        self.sites.without_origin = true;
        self
    }

    /// Accepts such credentials on every request, whatever page sent it: [`TokenLocation::danger_allow_cross_site`] for
    /// the whole verifier.
    pub fn danger_allow_cross_site(mut self) -> Self {
        self.sites.cross_site = true;
        self
    }

    /// The maximum length of a token in bytes: 16 KiB by default, at most 64 KiB. Many HTTP servers refuse shorter
    /// header fields already.
    pub fn max_token_bytes(mut self, bytes: usize) -> Self {
        self.max_token_bytes = bytes;
        self
    }

    /// The size of the cache of verified tokens: 16 MiB by default.
    pub fn token_cache(mut self, size: TokenCache) -> Self {
        self.token_cache = size;
        self
    }

    /// Starts even if keys cannot be fetched yet. [`build`](Self::build) still waits for the first fetch, at most 5 s.
    /// Until a fetch succeeds, tokens of that issuer get 503 with `Retry-After`. Use it for a service that must start
    /// while its identity provider is down.
    pub fn start_without_keys(mut self) -> Self {
        self.starts_without_keys = true;
        self
    }

    /// Takes memberships, roles and permissions from this directory instead of from the tokens.
    pub fn directory(mut self, directory: impl Directory) -> Self {
        self.directory = Some(Arc::new(directory));
        self
    }

    /// How long an answer of the directory is valid, counted from the start of its lookup: 5 s by default, at most 60
    /// s. During this time, a removed member may still be admitted. With zero, every request asks the directory.
    pub fn directory_fresh_for(mut self, time: Duration) -> Self {
        self.asking.fresh_for = time;
        self
    }

    /// Like [`directory_fresh_for`](Self::directory_fresh_for), without a maximum.
    pub fn danger_directory_fresh_for(mut self, time: Duration) -> Self {
        self.asking.fresh_for = time;
        self.asking.may_be_old = true;
        self
    }

    /// How long a request waits for the directory: 2 s by default, at most 30 s. After that, the response is 503.
    pub fn directory_timeout(mut self, time: Duration) -> Self {
        self.asking.timeout = time;
        self
    }

    /// The memory for answers of the directory, in bytes: 16 MiB by default, at least 64 KiB. One eighth of it is for
    /// answers "not a member".
    pub fn directory_cache_bytes(mut self, bytes: usize) -> Self {
        self.asking.bytes = bytes as u64;
        self
    }

    /// Refuses credentials that were revoked before they expire. A token that is valid for longer than
    /// [`Revocations::max_token_life`] is refused too.
    pub fn revocations(mut self, revocations: Revocations) -> Self {
        self.revocations = Some(revocations);
        self
    }

    /// Uses the clock of a test, for tokens and for fetched keys.
    #[cfg(feature = "testing")]
    pub fn clock(mut self, clock: impl Into<crate::clock::TestClock>) -> Self {
        self.clock = Clock::Set(clock.into());
        self
    }

    /// Makes the response of every refusal with this function, including the status.
    ///
    /// The function gets all details ([`Denied::explain`]) and decides what to reveal. It is not called if a `check` or
    /// an extractor made its own response.
    ///
    /// ```
    /// use auth_runtime::{DenialReason, Verifier};
    /// use axum::response::IntoResponse;
    ///
    /// let builder = Verifier::builder().on_denied(|denied, _parts| {
    ///     let text = match denied.reason() {
    ///         DenialReason::NoCredentials => "Log in first",
    ///         _ => "You cannot do this",
    ///     };
    ///     (denied.status(), text).into_response()
    /// });
    /// ```
    pub fn on_denied(mut self, reply: impl Fn(&Denied, &Parts) -> Response + Send + Sync + 'static) -> Self {
        self.replies.on_denied = Some(Arc::new(reply));
        self
    }

    /// Explains each refusal in its body: the questions, and what the caller has. Use it only for development: it
    /// reveals to strangers which roles and permissions exist.
    pub fn danger_explain_denials(mut self) -> Self {
        self.replies.explain = true;
        self
    }

    /// Declares headers that identify the user to services behind this program, such as `x-user-id`. A guarded service
    /// ([`guarded_service`](crate::GuardedRouter::guarded_service), [`RequireLayer`](crate::RequireLayer)) never gets
    /// them from a client: they are removed together with the credential, also in the spelling `x_user_id`. A layer
    /// between the guard and the service can set them.
    ///
    /// A text that is not a header name is an error of [`build`](Self::build).
    ///
    /// ```
    /// let builder = auth_runtime::Verifier::builder().identity_headers(["x-user-id", "x-org-id"]);
    /// ```
    pub fn identity_headers(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.identity_headers.extend(names.into_iter().map(|name| name.as_ref().to_owned()));
        self
    }

    /// Sets the protection space in challenges (RFC 9110 section 11.5): printable ASCII without `"` and `\`.
    pub fn realm(mut self, realm: &str) -> Self {
        self.replies.realm = Some(realm.into());
        self
    }

    /// Checks all settings, reads or fetches the keys, and makes the verifier.
    ///
    /// Fetched keys need a tokio runtime: the current one, which must live as long as the verifier. All issuers are
    /// fetched in parallel; each fetch takes at most 5 s. Revocations that are shared through Redis are also read: see
    /// `Revocations::redis`.
    ///
    /// # Errors
    /// A setting is invalid, or the keys of an issuer could not be loaded. The error names the setting and the cause.
    pub async fn build(mut self) -> Result<Verifier, ConfigError> {
        keys::choose_backend();
        let description = self.description();
        if self.issuers.is_empty() && self.authenticators.all.is_empty() {
            return Err(ConfigError::new("issuer", "is missing: no token would be accepted"));
        }
        if !(1..=MAX_TOKEN_BYTES).contains(&self.max_token_bytes) {
            return Err(ConfigError::new("max_token_bytes", "is not between 1 and 65536"));
        }
        self.replies.check()?;
        for name in &self.identity_headers {
            let fault = |_| ConfigError::new("identity_headers", format!("{name:?} is not the name of a header"));
            self.replies.identity_headers.push(name.parse().map_err(fault)?);
        }
        self.sites.check()?;
        let brought: Vec<_> = self.issuers.iter().map(|issuer| issuer.proxy).collect();
        let locations = TokenLocations::new(self.locations, &self.sites, &brought)?;
        self.asking.check()?;
        if let Some(revocations) = &self.revocations {
            revocations.check_settings()?;
        }
        let mut issuers: Vec<Arc<TrustedIssuer>> = Vec::new();
        for issuer in self.issuers {
            let issuer = TrustedIssuer::new(issuer, &self.clock)?;
            check_names(&issuer, &issuers)?;
            issuers.push(Arc::new(issuer));
        }
        #[cfg(feature = "testing")]
        announce(&issuers);
        let authenticators = Authenticators::new(
            self.authenticators,
            self.sites,
            self.clock.clone(),
            &issuers,
            self.directory.is_some(),
        )?;
        #[cfg(feature = "http-client")]
        check_prefixes(&issuers, authenticators.prefixes())?;
        #[cfg(feature = "http-client")]
        for issuer in &issuers {
            match issuer.first_keys().await {
                Ok(()) => {}
                Err(error) if self.starts_without_keys => {
                    tracing::warn!(issuer = issuer.label(), %error, "started without keys");
                }
                Err(error) => return Err(error),
            }
        }
        #[cfg(feature = "http-client")]
        let has_introspection = issuers.iter().any(|issuer| issuer.introspector.is_some());
        let lookups =
            self.directory.map(|directory| Arc::new(Lookups::new(directory, &self.asking, self.clock.clone())));
        if let Some(revocations) = &self.revocations {
            #[cfg(feature = "redis")]
            if let Some(lookups) = &lookups {
                revocations.tell(lookups);
            }
            revocations.start(&self.clock).await?;
        }
        let vary = vary::of(&locations, &authenticators, !issuers.is_empty());
        Ok(Verifier {
            inner: Arc::new(Inner {
                issuers,
                locations,
                authenticators,
                #[cfg(feature = "http-client")]
                has_introspection,
                max_token_bytes: self.max_token_bytes,
                headers: Headers::default(),
                cached_tokens: CachedTokens::new(self.token_cache),
                clock: self.clock,
                replies: self.replies,
                lookups,
                revocations: self.revocations,
                vary,
                description: description.into(),
            }),
            resource: None,
        })
    }

    /// Everything that decides who is admitted: the issuers, and the settings that are not the default. Without `..`,
    /// so that a new setting does not compile until it is described here, or left out with a reason.
    fn description(&self) -> Vec<String> {
        let Self {
            issuers,
            locations,
            sites,
            authenticators,
            max_token_bytes,
            // The size of the cache does not change any decision.
            token_cache: _,
            clock: _,
            replies,
            identity_headers,
            // A verifier without keys admits no caller.
            starts_without_keys: _,
            directory: lookups,
            revocations,
            asking,
        } = self;
        let mut lines: Vec<_> = issuers.iter().map(Issuer::description).collect();
        lines.extend(authenticators.description());
        let read: Vec<_> = locations.iter().map(TokenLocation::description).collect();
        // If every issuer has the header of a proxy, nothing else is read by default.
        let default: &[&str] =
            if issuers.iter().any(|issuer| issuer.proxy.is_none()) { &["authorization"] } else { &[] };
        if !read.is_empty() && read != default {
            lines.push(format!("tokens from {}", read.join(", ")));
        }
        lines.extend(sites.settings());
        if *max_token_bytes != DEFAULT_TOKEN_BYTES {
            lines.push(call("max_token_bytes", [max_token_bytes.to_string()]));
        }
        lines.extend(lookups.as_ref().map(|_| directory(asking)));
        lines.extend(revocations.as_ref().map(revoked));
        lines.extend(replies.settings());
        // Without this setting, a client can send the header to the services behind this program.
        if !identity_headers.is_empty() {
            let names: BTreeSet<_> = identity_headers.iter().map(|name| name.to_ascii_lowercase()).collect();
            lines.push(call("identity_headers", names));
        }
        lines
    }
}

impl fmt::Debug for VerifierBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifierBuilder")
            .field("issuers", &self.issuers)
            .field("authenticators", &self.authenticators)
            .field("max_token_bytes", &self.max_token_bytes)
            .finish_non_exhaustive()
    }
}
