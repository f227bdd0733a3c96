//! Setting up a verifier.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use http::request::Parts;

use super::headers::Headers;
use super::locations::{TokenLocation, TokenLocations};
use super::remembered::{Remembered, TokenCache};
use super::replies::Replies;
use super::sites::SiteRule;
use super::trusted::TrustedIssuer;
use super::{Inner, Issuer, Verifier};
use crate::authority::{AnyDirectory, Directory, DirectorySettings, Lookups};
use crate::clock::Clock;
use crate::error::ConfigError;
use crate::keys;
use crate::policy::Denied;
use crate::token::{DEFAULT_TOKEN_BYTES, MAX_TOKEN_BYTES};

/// Sets up a [`Verifier`]; [`build`](Self::build) checks everything at once.
#[must_use]
pub struct VerifierBuilder {
    issuers: Vec<Issuer>,
    locations: Vec<TokenLocation>,
    sites: SiteRule,
    max_token_bytes: usize,
    token_cache: TokenCache,
    clock: Clock,
    replies: Replies,
    starts_without_keys: bool,
    directory: Option<Arc<dyn AnyDirectory>>,
    asking: DirectorySettings,
}

impl Default for VerifierBuilder {
    fn default() -> Self {
        Self {
            issuers: Vec::new(),
            locations: Vec::new(),
            sites: SiteRule::default(),
            max_token_bytes: DEFAULT_TOKEN_BYTES,
            token_cache: TokenCache::default(),
            clock: Clock::default(),
            replies: Replies::default(),
            starts_without_keys: false,
            directory: None,
            asking: DirectorySettings::default(),
        }
    }
}

impl VerifierBuilder {
    /// Trusts a further issuer. Several are told apart by the exact `iss` of their tokens.
    pub fn issuer(mut self, issuer: Issuer) -> Self {
        self.issuers.push(issuer);
        self
    }

    /// Reads tokens from this location of a request. Without any, tokens are read from `Authorization: Bearer`; with
    /// some, from exactly those.
    ///
    /// [`TokenLocation`] says in which order they are read. No location may be named twice.
    pub fn token_location(mut self, location: TokenLocation) -> Self {
        self.locations.push(location);
        self
    }

    /// Lets cookies, and every other credential that a browser adds by itself, count on requests that a page of this
    /// origin makes: [`TokenLocation::trusted_origin`] for the whole verifier.
    pub fn trusted_origin(mut self, origin: impl Into<String>) -> Self {
        self.sites.trusted.push(origin.into());
        self
    }

    /// Lets such credentials count on requests with neither `Origin` nor `Sec-Fetch-Site`:
    /// [`TokenLocation::danger_without_origin`] for the whole verifier.
    pub fn danger_without_origin(mut self) -> Self {
        self.sites.without_origin = true;
        self
    }

    /// Lets such credentials count on every request, whatever page made it:
    /// [`TokenLocation::danger_allow_cross_site`] for the whole verifier.
    pub fn danger_allow_cross_site(mut self) -> Self {
        self.sites.cross_site = true;
        self
    }

    /// The longest token that is looked at, in bytes: 16 KiB by default, at most 64 KiB. Many HTTP servers refuse
    /// header fields long before that.
    pub fn max_token_bytes(mut self, bytes: usize) -> Self {
        self.max_token_bytes = bytes;
        self
    }

    /// How many verified tokens are remembered: 16 MiB of them by default.
    pub fn token_cache(mut self, size: TokenCache) -> Self {
        self.token_cache = size;
        self
    }

    /// Starts even where keys cannot be fetched yet, instead of failing: tokens of that issuer are answered with 503
    /// and `Retry-After` until they can. For a service that must come up while its identity provider is down.
    ///
    /// [`build`](Self::build) still makes the first attempt, which takes 5 s at most.
    pub fn start_without_keys(mut self) -> Self {
        self.starts_without_keys = true;
        self
    }

    /// Asks this directory who belongs to which organization, instead of the tokens.
    pub fn directory(mut self, directory: impl Directory) -> Self {
        self.directory = Some(Arc::new(directory));
        self
    }

    /// How long an answer of the directory counts, from when its question began: 5 s by default, at most 60 s. For so long
    /// a member who was removed may still enter. With zero, every request asks.
    pub fn directory_fresh_for(mut self, time: Duration) -> Self {
        self.asking.fresh_for = time;
        self
    }

    /// As [`directory_fresh_for`](Self::directory_fresh_for), without an upper bound.
    pub fn danger_directory_fresh_for(mut self, time: Duration) -> Self {
        self.asking.fresh_for = time;
        self.asking.may_be_old = true;
        self
    }

    /// How long a request waits for the directory: 2 s by default, at most 30 s. After it, the answer is 503.
    pub fn directory_timeout(mut self, time: Duration) -> Self {
        self.asking.timeout = time;
        self
    }

    /// How much memory answers of the directory may take, in bytes: 16 MiB by default, at least 64 KiB. An eighth of it is
    /// for answers that say "no member".
    pub fn directory_cache_bytes(mut self, bytes: usize) -> Self {
        self.asking.bytes = bytes as u64;
        self
    }

    /// The time as a test sets it, for tokens and for fetched keys alike.
    #[cfg(feature = "testing")]
    pub fn clock(mut self, clock: impl Into<crate::clock::TestClock>) -> Self {
        self.clock = Clock::Set(clock.into());
        self
    }

    /// Answers refusals by this function instead: it makes the whole response, status included.
    ///
    /// The function is told everything ([`Denied::explain`]); what it passes on is its own choice. A response that a
    /// `check` or an extractor made is not passed through it.
    pub fn on_denied(mut self, reply: impl Fn(&Denied, &Parts) -> Response + Send + Sync + 'static) -> Self {
        self.replies.on_denied = Some(Arc::new(reply));
        self
    }

    /// Explains each refusal in its body: what was asked, and what the caller has. For development only: it tells a
    /// stranger which roles and permissions exist.
    pub fn danger_explain_denials(mut self) -> Self {
        self.replies.explain = true;
        self
    }

    /// Names the protection space in challenges (RFC 9110 section 11.5): printable ASCII without `"` and `\`.
    pub fn realm(mut self, realm: &str) -> Self {
        self.replies.realm = Some(realm.into());
        self
    }

    /// Checks every setting, reads or fetches the keys, and makes the verifier.
    ///
    /// Keys that are fetched need a tokio runtime: the one this is called in, for as long as the verifier lives. All
    /// issuers are asked at once; an answer takes 5 s at most.
    ///
    /// # Errors
    /// A setting that must not start, or an issuer whose keys cannot be had; the error names it, and says why.
    #[cfg_attr(not(feature = "http-client"), allow(clippy::unused_async))]
    pub async fn build(self) -> Result<Verifier, ConfigError> {
        keys::choose_backend();
        if self.issuers.is_empty() {
            return Err(ConfigError::new("issuer", "is missing: no token could ever be accepted"));
        }
        if !(1..=MAX_TOKEN_BYTES).contains(&self.max_token_bytes) {
            return Err(ConfigError::new("max_token_bytes", "is not between 1 and 65536"));
        }
        self.replies.check()?;
        self.sites.check()?;
        let brought: Vec<Option<&'static str>> = self.issuers.iter().map(|issuer| issuer.header).collect();
        let locations = TokenLocations::new(self.locations, &self.sites, &brought)?;
        self.asking.check()?;
        let mut issuers: Vec<Arc<TrustedIssuer>> = Vec::new();
        for issuer in self.issuers {
            let issuer = TrustedIssuer::new(issuer, &self.clock)?;
            check_names(&issuer, &issuers)?;
            issuers.push(Arc::new(issuer));
        }
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
        let lookups =
            self.directory.map(|directory| Arc::new(Lookups::new(directory, &self.asking, self.clock.clone())));
        Ok(Verifier {
            inner: Arc::new(Inner {
                issuers,
                locations,
                max_token_bytes: self.max_token_bytes,
                headers: Headers::default(),
                remembered: Remembered::new(self.token_cache),
                clock: self.clock,
                replies: self.replies,
                lookups,
            }),
        })
    }
}

/// Names and `iss` are one namespace, because `issuer("..")` in a condition answers to both: each text means one issuer.
fn check_names(issuer: &TrustedIssuer, others: &[Arc<TrustedIssuer>]) -> Result<(), ConfigError> {
    if others.iter().any(|other| other.iss() == issuer.iss()) {
        let fault = "two issuers have the same `iss`, or none: a token could not tell whose it is";
        return Err(ConfigError::new("issuer", fault).of(issuer.label()));
    }
    for other in others {
        if issuer.name.is_some() && issuer.name == other.name {
            return Err(ConfigError::new("named", "two issuers have the same name").of(issuer.label()));
        }
        for (named, claimed) in [(issuer, other.as_ref()), (other.as_ref(), issuer)] {
            let name = named.name.as_deref();
            if name.is_some() && claimed.is_issued_by(name) {
                let fault = "the name is the `iss` of another issuer: a condition could not tell them apart";
                return Err(ConfigError::new("named", fault).of(named.label()));
            }
        }
        let is_shared =
            |one: &TrustedIssuer, other: &TrustedIssuer| one.spellings().any(|iss| other.is_issued_by(Some(iss)));
        if is_shared(issuer, other) || is_shared(other, issuer) {
            let fault = "is the `iss` of another issuer: a token could not tell whose it is";
            return Err(ConfigError::new("also_issuer_claim", fault).of(issuer.label()));
        }
    }
    Ok(())
}

impl fmt::Debug for VerifierBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifierBuilder")
            .field("issuers", &self.issuers)
            .field("max_token_bytes", &self.max_token_bytes)
            .finish_non_exhaustive()
    }
}
