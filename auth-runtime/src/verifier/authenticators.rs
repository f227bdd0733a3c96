//! The authenticators of one verifier: asked in their order, each within its bounds.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::HeaderValue;
use http::request::Parts;

use super::sites::SiteRule;
use super::trusted::TrustedIssuer;
use crate::authenticator::{AnyAuthenticator, AuthenticationError, Authenticator, NoAnswer, bounded};
use crate::clock::Clock;
use crate::error::ConfigError;
use crate::id::{Identity, Subject};
use crate::json;
use crate::policy::DenialReason;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
const LONGEST_TIMEOUT: Duration = Duration::from_mins(1);
/// When to ask again after an authenticator could not answer.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// An authenticator with its name.
pub(super) struct Named {
    name: Arc<str>,
    authenticator: Box<dyn AnyAuthenticator>,
    is_explicit: bool,
    challenge: Option<HeaderValue>,
}

impl Named {
    pub(super) fn new(name: &str, authenticator: impl Authenticator) -> Self {
        Self {
            name: name.into(),
            is_explicit: authenticator.is_explicit(),
            challenge: authenticator.challenge(),
            authenticator: Box::new(authenticator),
        }
    }

    pub(super) fn is_explicit(&self) -> bool {
        self.is_explicit
    }
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator").field("name", &self.name).finish_non_exhaustive()
    }
}

/// How authenticators are set up.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) all: Vec<Named>,
    pub(super) timeout: Duration,
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
    /// Where ambient ones are asked.
    sites: SiteRule,
    clock: Clock,
}

impl Authenticators {
    pub(super) fn new(
        setup: Setup,
        sites: SiteRule,
        clock: Clock,
        issuers: &[Arc<TrustedIssuer>],
    ) -> Result<Self, ConfigError> {
        let Setup { all, timeout } = setup;
        if timeout.is_zero() || timeout > LONGEST_TIMEOUT {
            return Err(ConfigError::new("authenticator_timeout", "is not between 1 ms and 60 s"));
        }
        for (position, one) in all.iter().enumerate() {
            check_name(&one.name, all.iter().take(position), issuers)?;
        }
        let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX).max(1);
        Ok(Self { all, timeout_ms, sites, clock })
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

    pub(super) fn challenges(&self) -> Arc<[HeaderValue]> {
        self.all.iter().filter_map(|one| one.challenge.clone()).collect()
    }

    /// Until when one request waits for all of them.
    pub(super) fn deadline(&self) -> u64 {
        self.clock.steady_ms().saturating_add(self.timeout_ms)
    }

    /// Whether an ambient one is not asked, because another site may have made the request.
    pub(super) fn leaves_out_ambient(&self, parts: &Parts) -> bool {
        self.all.iter().any(|one| !one.is_explicit) && !self.sites.admits(parts)
    }

    /// Who makes a request, if it has a credential of this one.
    pub(super) async fn ask(&self, one: &Named, parts: &Parts, deadline: u64) -> Result<Option<Subject>, DenialReason> {
        if !one.is_explicit && !self.sites.admits(parts) {
            return Ok(None);
        }
        let name = &*one.name;
        let answer = bounded(&self.clock, deadline, || one.authenticator.ask(parts)).await;
        match answer {
            Ok(Ok(None)) => Ok(None),
            Ok(Ok(Some(identity))) => self.subject(one, identity).map(Some),
            Ok(Err(AuthenticationError::Invalid)) => {
                tracing::debug!(authenticator = name, "an authenticator has refused a credential");
                Err(DenialReason::InvalidCredential)
            }
            Ok(Err(AuthenticationError::Unavailable)) => Err(unavailable(name, "it cannot tell")),
            Err(NoAnswer::TimedOut) => Err(unavailable(name, "it has not answered in time")),
            Err(NoAnswer::Panicked) => Err(unavailable(name, "it has panicked")),
        }
    }

    /// Holds an identity to what holds for those of tokens.
    fn subject(&self, one: &Named, identity: Identity) -> Result<Subject, DenialReason> {
        let mut subject = Subject::from(identity).of_authenticator(&one.name);
        let fault = match () {
            () if subject.id().is_empty() => "it names no user",
            () if !subject.settle() => "two memberships in one organization, or no membership in the active one",
            () if subject.metadata().any(|text| json::check(text).is_err()) => "metadata nests too deep",
            () => {
                let now = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(self.clock.now_ms()));
                let is_over = subject.expires_at().is_some_and(|end| now.is_none_or(|now| now >= end));
                return if is_over { Err(DenialReason::InvalidCredential) } else { Ok(subject) };
            }
        };
        tracing::error!(authenticator = &*one.name, fault, "the identity of an authenticator is refused");
        Err(DenialReason::InvalidCredential)
    }
}

#[cold]
fn unavailable(name: &str, fault: &str) -> DenialReason {
    tracing::error!(authenticator = name, fault, "an authenticator is unavailable");
    DenialReason::Unavailable { retry_after: RETRY_AFTER }
}

/// Names of authenticators, names of issuers and `iss` are one namespace, because `issuer("..")` in a condition answers to
/// each of them.
fn check_name<'a>(
    name: &str,
    mut others: impl Iterator<Item = &'a Named>,
    issuers: &[Arc<TrustedIssuer>],
) -> Result<(), ConfigError> {
    let refused = |fault: &str| Err(ConfigError::new("authenticator", format!("`{name}` {fault}")));
    if name.is_empty() {
        return Err(ConfigError::new("authenticator", "has an empty name: a condition could not tell it apart"));
    }
    if others.any(|other| *other.name == *name) {
        return refused("is the name of two authenticators: a condition could not tell them apart");
    }
    let is_taken = |issuer: &Arc<TrustedIssuer>| {
        issuer.name.as_deref() == Some(name) || issuer.iss().is_some_and(|iss| **iss == *name)
    };
    if issuers.iter().any(is_taken) {
        return refused("is the name or the `iss` of an issuer too: a condition could not tell them apart");
    }
    Ok(())
}
