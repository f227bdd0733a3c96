//! The authenticators of one verifier: called in their order, with time limits.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::header::{HeaderName, HeaderValue};
use http::request::Parts;

use super::description::{plain, written};
use super::sites::SiteRule;
use super::trusted::TrustedIssuer;
use crate::api_keys::{ApiKeys, Brought, KeyFault};
use crate::authenticator::{AnyAuthenticator, AuthenticationError, Authenticator, NoAnswer, accepted, bounded};
use crate::clock::{Clock, Moment};
use crate::error::ConfigError;
use crate::id::Subject;
use crate::lookup::overlap;
use crate::policy::DenialReason;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
const LONGEST_TIMEOUT: Duration = Duration::from_mins(1);
/// The `Retry-After` if an authenticator could not answer.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// The `Retry-After` if there were too many new keys: the limit is per second.
const THROTTLED: Duration = Duration::from_secs(1);

/// An authenticator with its name.
pub(super) struct Named {
    name: Arc<str>,
    authenticator: Box<dyn AnyAuthenticator>,
    is_explicit: bool,
    challenge: Option<HeaderValue>,
    headers: Vec<HeaderName>,
}

impl Named {
    pub(super) fn new(name: &str, authenticator: impl Authenticator) -> Self {
        Self {
            name: name.into(),
            is_explicit: authenticator.is_explicit(),
            challenge: authenticator.challenge(),
            headers: authenticator.headers(),
            authenticator: Box::new(authenticator),
        }
    }

    pub(super) fn is_explicit(&self) -> bool {
        self.is_explicit
    }

    /// The name, for a table of routes. The code of an authenticator is unknown, and is not shown.
    fn description(&self) -> String {
        let kind = if self.is_explicit { "explicit authenticator" } else { "authenticator" };
        let settings = self.keys().map(ApiKeys::settings).unwrap_or_default();
        let settings = written(settings).fold(String::new(), |all, setting| all + "; " + &setting);
        format!("{} ({kind}){settings}", plain(&self.name))
    }

    /// API keys are a separate variant, because a value that begins like an API key is never another kind of
    /// credential.
    fn keys(&self) -> Option<&ApiKeys> {
        self.authenticator.as_any().downcast_ref()
    }
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The settings of authenticators.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) all: Vec<Named>,
    pub(super) timeout: Duration,
}

impl Setup {
    /// Each authenticator as text, for a table of routes.
    pub(super) fn description(&self) -> impl Iterator<Item = String> {
        // The timeout is left out: it can only cause refusals.
        let Self { all, timeout: _ } = self;
        all.iter().map(Named::description)
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self { all: Vec::new(), timeout: DEFAULT_TIMEOUT }
    }
}

/// The authenticators of one verifier, in the order in which they were added.
pub(super) struct Authenticators {
    all: Vec<Named>,
    timeout_ms: u64,
    /// The requests on which ambient ones are called.
    sites: SiteRule,
    clock: Clock,
    /// Whether memberships, roles and permissions come from a directory.
    has_directory: bool,
}

impl Authenticators {
    pub(super) fn new(
        setup: Setup,
        sites: SiteRule,
        clock: Clock,
        issuers: &[Arc<TrustedIssuer>],
        has_directory: bool,
    ) -> Result<Self, ConfigError> {
        let Setup { mut all, timeout } = setup;
        if timeout.is_zero() || timeout > LONGEST_TIMEOUT {
            return Err(ConfigError::new("authenticator_timeout", "is not between 1 ms and 60 s"));
        }
        let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX).max(1);
        for one in &mut all {
            if let Some(keys) = one.authenticator.as_any_mut().downcast_mut::<ApiKeys>() {
                keys.registered(&one.name, &clock, timeout_ms, has_directory);
                keys.check()?;
            }
        }
        for (position, one) in all.iter().enumerate() {
            check_name(&one.name, all.iter().take(position), issuers)?;
        }
        check_prefixes(&all)?;
        Ok(Self { all, timeout_ms, sites, clock, has_directory })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn all(&self) -> &[Named] {
        &self.all
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(|one| &*one.name)
    }

    pub(super) fn challenges(&self) -> impl Iterator<Item = HeaderValue> {
        self.all.iter().filter_map(|one| one.challenge.clone())
    }

    /// The header of each kind of API keys; `None` for `Authorization: Bearer`.
    #[cfg(feature = "utoipa")]
    pub(super) fn key_headers(&self) -> impl Iterator<Item = Option<&str>> {
        self.all.iter().filter_map(Named::keys).map(ApiKeys::own_header)
    }

    /// Whether one request can have two explicit credentials for them.
    #[cfg(any(feature = "aide", feature = "utoipa"))]
    pub(super) fn can_contradict(&self) -> bool {
        self.keys().next().is_some() || self.all.iter().filter(|one| one.is_explicit).count() > 1
    }

    /// The headers that they read.
    pub(super) fn headers(&self) -> impl Iterator<Item = &str> {
        self.all.iter().flat_map(|one| &one.headers).map(HeaderName::as_str)
    }

    /// The time until which a request that arrived at this moment waits for all of them.
    pub(super) fn deadline(&self, arrived: Moment) -> u64 {
        arrived.steady_ms.saturating_add(self.timeout_ms)
    }

    /// Whether an ambient one is skipped, because another site may have sent the request.
    pub(super) fn leaves_out_ambient(&self, parts: &Parts) -> bool {
        self.all.iter().any(|one| !one.is_explicit) && !self.sites.admits(parts)
    }

    /// Whether a value begins like an API key: then it is not a token.
    pub(super) fn owns(&self, value: &[u8]) -> bool {
        self.keys().any(|keys| keys.owns(value))
    }

    /// The prefixes of API keys.
    #[cfg(feature = "http-client")]
    pub(super) fn prefixes(&self) -> impl Iterator<Item = &str> {
        self.keys().flat_map(ApiKeys::prefixes).map(String::as_str)
    }

    /// Whether this value is an API key in a location from which API keys are read.
    pub(super) fn reads_key(&self, value: &[u8], parts: &Parts) -> bool {
        self.keys().any(|keys| matches!(keys.brought(&parts.headers), Brought::Key(key) if key == value))
    }

    /// Removes the credentials of all of them, including those that were not accepted.
    pub(super) fn remove_credentials(&self, parts: &mut Parts) -> Result<(), DenialReason> {
        for one in &self.all {
            let removed = one.authenticator.remove_from(parts);
            removed.map_err(|_| unavailable(&one.name, "it panicked while removing its credential"))?;
        }
        Ok(())
    }

    pub(super) fn forget_key(&self, id: &str) {
        self.keys().for_each(|keys| keys.forget(id));
    }

    fn keys(&self) -> impl Iterator<Item = &ApiKeys> {
        self.all.iter().filter_map(Named::keys)
    }

    /// Whether a request has a credential of this one, valid or not.
    pub(super) async fn finds(&self, one: &Named, parts: &Parts, deadline: u64) -> Result<bool, DenialReason> {
        if let Some(keys) = one.keys() {
            return Ok(!matches!(self.brought(keys, parts), Brought::Nothing));
        }
        match self.ask(one, parts, u64::MAX, deadline).await {
            Ok(found) => Ok(found.is_some()),
            Err(unavailable @ DenialReason::Unavailable { .. }) => Err(unavailable),
            Err(_) => Ok(true),
        }
    }

    /// The user who makes a request, if it has a credential of this one.
    pub(super) async fn ask(
        &self,
        one: &Named,
        parts: &Parts,
        max_age_ms: u64,
        deadline: u64,
    ) -> Result<Option<Arc<Subject>>, DenialReason> {
        if !one.is_explicit && !self.sites.admits(parts) {
            return Ok(None);
        }
        let subject = match one.keys() {
            Some(keys) => match self.brought(keys, parts) {
                Brought::Nothing => return Ok(None),
                Brought::Key(key) => self.owner(&one.name, keys, (key, max_age_ms), deadline).await?,
                Brought::Other(_) => return Err(DenialReason::InvalidCredential),
                Brought::Several => return Err(DenialReason::AmbiguousCredentials),
            },
            None => match self.identify(one, parts, deadline).await? {
                Some(subject) => Arc::new(subject),
                None => return Ok(None),
            },
        };
        let now = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(self.clock.now_ms()));
        let is_over = subject.expires_at().is_some_and(|end| now.is_none_or(|now| now >= end));
        if is_over { Err(DenialReason::InvalidCredential) } else { Ok(Some(subject)) }
    }

    /// Ignores values with a prefix of other API keys.
    fn brought<'p>(&self, keys: &ApiKeys, parts: &'p Parts) -> Brought<'p> {
        match keys.brought(&parts.headers) {
            Brought::Other(value) if self.owns(value) => Brought::Nothing,
            brought => brought,
        }
    }

    async fn owner(
        &self,
        name: &str,
        keys: &ApiKeys,
        (key, max_age_ms): (&[u8], u64),
        deadline: u64,
    ) -> Result<Arc<Subject>, DenialReason> {
        match bounded(&self.clock, deadline, || Box::pin(keys.user(key, max_age_ms))).await {
            Ok(Ok(subject)) => Ok(subject),
            Ok(Err(KeyFault::Invalid)) => Err(DenialReason::InvalidCredential),
            Ok(Err(KeyFault::Unavailable)) => Err(unavailable(name, "keys cannot be looked up")),
            Ok(Err(KeyFault::Throttled)) => {
                tracing::debug!(authenticator = name, "too many new keys");
                Err(DenialReason::Unavailable { retry_after: THROTTLED })
            }
            Err(NoAnswer::TimedOut) => Err(unavailable(name, "it did not answer in time")),
            Err(NoAnswer::Panicked) => Err(unavailable(name, "it panicked")),
        }
    }

    async fn identify(&self, one: &Named, parts: &Parts, deadline: u64) -> Result<Option<Subject>, DenialReason> {
        let name = &one.name;
        let identity = match bounded(&self.clock, deadline, || one.authenticator.ask(parts)).await {
            Ok(Ok(None)) => return Ok(None),
            Ok(Ok(Some(identity))) => identity,
            Ok(Err(AuthenticationError::Invalid)) => return Err(DenialReason::InvalidCredential),
            Ok(Err(AuthenticationError::Unavailable)) => {
                return Err(unavailable(name, "it could not check the credential"));
            }
            Err(NoAnswer::TimedOut) => return Err(unavailable(name, "it did not answer in time")),
            Err(NoAnswer::Panicked) => return Err(unavailable(name, "it panicked")),
        };
        accepted(identity, name, self.has_directory).map(Some).map_err(|fault| {
            tracing::error!(authenticator = &**name, fault, "the identity of an authenticator was refused");
            DenialReason::InvalidCredential
        })
    }
}

#[cold]
fn unavailable(name: &str, fault: &str) -> DenialReason {
    tracing::error!(authenticator = name, fault, "an authenticator is unavailable");
    DenialReason::Unavailable { retry_after: RETRY_AFTER }
}

/// Names of authenticators, names of issuers and `iss` are one namespace, because `issuer("..")` in a condition matches
/// all of them.
fn check_name<'a>(
    name: &str,
    mut others: impl Iterator<Item = &'a Named>,
    issuers: &[Arc<TrustedIssuer>],
) -> Result<(), ConfigError> {
    let refused = |fault: &str| Err(ConfigError::new("authenticator", format!("`{name}` {fault}")));
    if name.is_empty() {
        return Err(ConfigError::new("authenticator", "has an empty name: a condition could not name it"));
    }
    if others.any(|other| *other.name == *name) {
        return refused("is the name of two authenticators: a condition could not distinguish them");
    }
    let is_taken = |issuer: &Arc<TrustedIssuer>| {
        issuer.name.as_deref() == Some(name) || issuer.claims.rules().is_issued_by(Some(name))
    };
    if issuers.iter().any(is_taken) {
        return refused("is also the name or the `iss` of an issuer: a condition could not distinguish them");
    }
    Ok(())
}

/// The prefix of a value must identify its authenticator: no other authenticator gets the value.
fn check_prefixes(all: &[Named]) -> Result<(), ConfigError> {
    let mut known: Vec<(&str, &str)> = Vec::new();
    for one in all {
        let Some(keys) = one.keys() else { continue };
        for prefix in keys.prefixes() {
            if let Some((other, name)) = known.iter().find(|(other, _)| overlap(other, prefix)) {
                let fault = format!("`{prefix}` of `{}` and `{other}` of `{name}` overlap", one.name);
                return Err(ConfigError::new("prefix", fault));
            }
            known.push((prefix, &one.name));
        }
    }
    Ok(())
}
