//! Issuers with checked settings. Their keys have been read, or are being fetched.

use std::sync::Arc;
use std::time::Duration;

use super::Issuer;
#[cfg(feature = "testing")]
use super::distance::Distance;
#[cfg(feature = "http-client")]
use super::fetching::Explain;
use super::key_source::KeySource;
use super::locations::Proxy;
use super::scope_limits::ScopeLimits;
use crate::claims::{Audience, ClaimReader, Rules, Tenants};
use crate::clock::Clock;
use crate::error::ConfigError;
use crate::id::Subject;
use crate::id::UserWritable;
#[cfg(feature = "http-client")]
use crate::introspection::Introspector;
use crate::keys::{IssuerHealth, Keys};

const MAX_LEEWAY: Duration = Duration::from_mins(5);

/// An issuer with checked settings. Its keys have been read, or are being fetched.
pub(crate) struct TrustedIssuer {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) claims: ClaimReader,
    pub(crate) keys: Keys,
    /// Whether memberships come from its tokens even if there is a directory.
    pub(super) memberships_from_tokens: bool,
    scope_limits: Option<ScopeLimits>,
    /// The claims that its users can write themselves, and that no decision may depend on.
    pub(super) user_writable: Arc<UserWritable>,
    /// Whether its tokens are accepted only in requests that come directly from this machine.
    #[cfg(feature = "testing")]
    pub(super) is_local: bool,
    /// Where its keys come from.
    #[cfg(feature = "testing")]
    pub(super) distance: Distance,
    /// The provider's proxy, which sends its tokens in a special header.
    pub(super) proxy: Option<&'static Proxy>,
    /// The explanation if the first fetch of keys fails.
    #[cfg(feature = "http-client")]
    explain: Option<Explain>,
    /// The endpoint that is asked about each token, if there are no keys.
    #[cfg(feature = "http-client")]
    pub(super) introspector: Option<Introspector>,
}

impl TrustedIssuer {
    /// Checks every setting and reads the keys, or starts to fetch them.
    pub(super) fn new(issuer: Issuer, clock: &Clock) -> Result<Self, ConfigError> {
        let label = issuer.label();
        Self::checked(issuer, &label, clock).map_err(|error| error.of(&label))
    }

    #[cfg_attr(not(feature = "http-client"), allow(unused_variables))]
    fn checked(issuer: Issuer, label: &str, clock: &Clock) -> Result<Self, ConfigError> {
        check(&issuer)?;
        let iss = issuer.claim?;
        let source = issuer.keys?;
        let allowed = issuer.algorithms.as_deref();
        source.check_algorithms(allowed.unwrap_or_default())?;
        #[cfg(feature = "http-client")]
        let explain = match &source {
            KeySource::Static(_) | KeySource::Introspection(_) => None,
            KeySource::Remote(remote) => Some(remote.explain),
        };
        let also = match &issuer.also_secret {
            Some(also) => Some((also.read(&source, allowed, label, clock)?, also.until_ms() / 1000)),
            None => None,
        };
        #[cfg(feature = "http-client")]
        let introspector = match &source {
            KeySource::Introspection(settings) => {
                Some(Introspector::new(settings.clone(), issuer.fetching.customize.as_ref())?)
            }
            KeySource::Static(_) | KeySource::Remote(_) => None,
        };
        #[cfg(feature = "testing")]
        let distance = Distance::of(&source);
        let keys = match source {
            KeySource::Static(keys) => Keys::of_set(keys.read(label, allowed)?),
            #[cfg(feature = "http-client")]
            KeySource::Remote(remote) => {
                Keys::fetched(remote.start(iss.as_deref(), label, allowed, &issuer.fetching, clock)?)
            }
            #[cfg(feature = "http-client")]
            KeySource::Introspection(_) => Keys::none(),
        };
        let keys = match also {
            Some((secret, until)) => keys.and(secret, until),
            None => keys,
        };
        let rules = Rules {
            issuer: iss.map(Into::into),
            also_issuers: issuer.also_issuers.into_iter().map(Into::into).collect(),
            audience: issuer.audience,
            leeway: issuer.leeway,
            token_type: issuer.token_type,
            accepts_bound_tokens: issuer.accepts_bound_tokens,
            provider: issuer.provider,
            kinds: issuer.kinds,
        };
        let user_writable = issuer.refinements.user_writable(issuer.mapping, issuer.preset);
        let claims =
            ClaimReader::new(issuer.mapping, rules, &issuer.refinements, issuer.map_identity).ok_or_else(|| {
                ConfigError::new(
                    "claim_mapping",
                    "does not set the user id: add `.user_id_from(..)` or `.map_identity(..)`",
                )
            })?;
        Ok(Self {
            name: issuer.name.map(Into::into),
            claims,
            keys,
            memberships_from_tokens: issuer.memberships_from_tokens,
            scope_limits: issuer.scope_limits,
            user_writable: Arc::new(user_writable),
            #[cfg(feature = "testing")]
            is_local: issuer.is_local,
            #[cfg(feature = "testing")]
            distance,
            proxy: issuer.proxy,
            #[cfg(feature = "http-client")]
            explain,
            #[cfg(feature = "http-client")]
            introspector,
        })
    }

    /// Limits a token to the permissions of its scopes. If there is a directory, removes everything that the directory
    /// decides.
    pub(super) fn settle_authority(&self, subject: &mut Subject, has_directory: bool) {
        if let Some(limits) = &self.scope_limits {
            limits.apply(subject);
        }
        if has_directory {
            subject.overrule();
        }
    }

    /// Waits until fetched keys are there, or the first fetch has failed.
    #[cfg(feature = "http-client")]
    pub(super) async fn first_keys(&self) -> Result<(), ConfigError> {
        let Some(explain) = self.explain else { return Ok(()) };
        self.keys.first().await.map_err(|error| explain.explain(&error).of(self.label()))
    }

    pub(crate) fn iss(&self) -> Option<&Arc<str>> {
        self.claims.rules().issuer.as_ref()
    }

    /// The result of `User::issuer` for a token with this `iss`: the first spelling of the `iss`, or the name of an
    /// issuer whose tokens have no `iss`.
    pub(crate) fn identifier(&self, iss: Option<&str>) -> Arc<str> {
        self.claims.rules().user_issuer(iss).or_else(|| self.name.clone()).unwrap_or_default()
    }

    /// Whether each tenant has its own `iss`.
    pub(crate) fn has_tenants(&self) -> bool {
        self.claims.rules().has_tenants()
    }

    /// The issuer's part of a user's key, for users whose tokens have this `iss`.
    pub(super) fn key_of(&self, iss: &str) -> Arc<str> {
        let name = self.name.clone().filter(|_| !self.has_tenants());
        name.unwrap_or_else(|| self.identifier(Some(iss)))
    }

    pub(crate) fn health(&self) -> IssuerHealth {
        self.keys.health(self.label())
    }

    /// Whether its tokens are for development on this machine.
    #[cfg(feature = "testing")]
    pub(super) fn is_local(&self) -> bool {
        self.is_local
    }

    /// Development tokens exist only with the feature `testing`.
    #[cfg(not(feature = "testing"))]
    #[allow(clippy::unused_self)]
    pub(super) fn is_local(&self) -> bool {
        false
    }

    /// Whether a token with this `iss`, or without one, belongs to the issuer.
    pub(super) fn is_issued_by(&self, iss: Option<&str>) -> bool {
        self.claims.rules().is_issued_by(iss)
    }

    /// Its `iss`, in each spelling.
    pub(super) fn spellings(&self) -> impl Iterator<Item = &str> {
        let rules = self.claims.rules();
        rules.issuer.iter().chain(&rules.also_issuers).map(|iss| &**iss)
    }

    /// The name of the issuer in messages.
    pub(crate) fn label(&self) -> &str {
        self.name.as_deref().or(self.iss().map(|iss| &**iss)).unwrap_or("without `iss`")
    }
}

const OF_TENANTS: &str = "is for issuers with one tenant: here each tenant has its own `iss`";

/// Checks the settings that need no key.
pub(super) fn check(issuer: &Issuer) -> Result<(), ConfigError> {
    if issuer.claim.clone()?.is_some_and(|iss| iss.is_empty()) {
        return Err(ConfigError::new("issuer_claim", "is empty: the `iss` of every token must equal it"));
    }
    issuer.keys.as_ref().map_err(Clone::clone)?;
    #[cfg(feature = "http-client")]
    issuer.fetching.check(issuer.keys.as_ref().is_ok_and(KeySource::sends_secret))?;
    issuer.refinements.check(issuer.mapping, issuer.preset, issuer.provider)?;
    check_other_spellings(issuer)?;
    if let Some(limits) = &issuer.scope_limits {
        limits.check()?;
    }
    if issuer.name.as_ref().is_some_and(String::is_empty) {
        return Err(ConfigError::new("named", "is empty"));
    }
    if let (Some(name), Some(issuer_of)) = (&issuer.name, issuer.provider.issuer_of)
        && issuer_of(name).is_some()
    {
        let fault = "is the `iss` of a tenant: a condition with this name would match the users of all tenants";
        return Err(ConfigError::new("named", fault));
    }
    let Audience { names, is_any } = &issuer.audience;
    if !is_any && (names.is_empty() || names.iter().any(String::is_empty)) {
        let fault = "is empty: name the audience that tokens must have, or use `.danger_any_audience()`";
        return Err(ConfigError::new(issuer.provider.audience_setting, fault));
    }
    let is_unnamed = match &issuer.kinds.tenants {
        Tenants::Unnamed => issuer.provider.issuer_of.is_some(),
        #[cfg(feature = "http-client")]
        Tenants::Named(tenants) => tenants.is_empty(),
        #[cfg(feature = "http-client")]
        Tenants::Any => false,
    };
    if is_unnamed {
        return Err(ConfigError::new("tenants", "is empty: name the tenants whose users are admitted"));
    }
    if issuer.name.is_none() && matches!(issuer.claim, Ok(None)) {
        return Err(ConfigError::new("named", "is missing: an issuer whose tokens have no `iss` needs a name"));
    }
    if issuer.leeway > MAX_LEEWAY {
        return Err(ConfigError::new("leeway", "is longer than 300 s"));
    }
    if issuer.algorithms.as_ref().is_some_and(Vec::is_empty) {
        return Err(ConfigError::new("algorithms", "is empty: no token would be accepted"));
    }
    Ok(())
}

fn check_other_spellings(issuer: &Issuer) -> Result<(), ConfigError> {
    if issuer.provider.issuer_of.is_some() {
        // Only the `iss` of the constructor has a placeholder for the tenant.
        if !issuer.claim.as_ref().is_ok_and(|iss| iss.as_ref().is_some_and(|iss| iss.contains('{'))) {
            return Err(ConfigError::new("issuer_claim", OF_TENANTS));
        }
        if !issuer.also_issuers.is_empty() {
            return Err(ConfigError::new("also_issuer_claim", OF_TENANTS));
        }
    }
    let fault = |fault: &str| Err(ConfigError::new("also_issuer_claim", fault));
    let first = issuer.claim.as_ref().map_err(Clone::clone)?.as_deref();
    for (position, also) in issuer.also_issuers.iter().enumerate() {
        if also.is_empty() {
            return fault("is empty");
        }
        if first.is_none() {
            return fault("is another spelling of the `iss`, but the issuer's tokens have no `iss`");
        }
        if first == Some(also.as_str()) || issuer.also_issuers.iter().take(position).any(|other| other == also) {
            return fault("is accepted already");
        }
    }
    Ok(())
}

/// Names and `iss` share one namespace, because `issuer("..")` in a condition matches both: each text must belong to
/// one issuer.
pub(super) fn check_names(issuer: &TrustedIssuer, others: &[Arc<TrustedIssuer>]) -> Result<(), ConfigError> {
    if others.iter().any(|other| other.iss() == issuer.iss()) {
        let fault =
            "two issuers have the same `iss`, or both have no `iss`: a token could not be matched to one of them";
        return Err(ConfigError::new("issuer", fault).of(issuer.label()));
    }
    for other in others {
        if issuer.name.is_some() && issuer.name == other.name {
            return Err(ConfigError::new("named", "two issuers have the same name").of(issuer.label()));
        }
        for (named, claimed) in [(issuer, other.as_ref()), (other.as_ref(), issuer)] {
            let name = named.name.as_deref();
            if name.is_some() && claimed.is_issued_by(name) {
                let fault = "the name is the `iss` of another issuer: a condition could not distinguish them";
                return Err(ConfigError::new("named", fault).of(named.label()));
            }
        }
        let is_shared =
            |one: &TrustedIssuer, other: &TrustedIssuer| one.spellings().any(|iss| other.is_issued_by(Some(iss)));
        if is_shared(issuer, other) || is_shared(other, issuer) {
            let fault = "is the `iss` of another issuer: it would be unclear which of them a token belongs to";
            return Err(ConfigError::new("also_issuer_claim", fault).of(issuer.label()));
        }
    }
    Ok(())
}
