//! Issuers with checked settings. Their keys have been read, or are being fetched.

use std::sync::Arc;
use std::time::Duration;

use super::Issuer;
#[cfg(feature = "http-client")]
use super::fetching::Explain;
use super::key_source::KeySource;
use crate::claims::{Audience, ClaimReader, Rules};
use crate::clock::Clock;
use crate::error::ConfigError;
use crate::keys::{IssuerHealth, Keys};

const MAX_LEEWAY: Duration = Duration::from_mins(5);

/// An issuer with checked settings. Its keys have been read, or are being fetched.
pub(crate) struct TrustedIssuer {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) claims: ClaimReader,
    pub(crate) keys: Keys,
    /// How to explain that fetched keys are not there.
    #[cfg(feature = "http-client")]
    explain: Option<Explain>,
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
            KeySource::Static(_) => None,
            KeySource::Remote(remote) => Some(remote.explain),
        };
        let keys = match source {
            KeySource::Static(keys) => Keys::Static(keys.read(label, allowed)?),
            #[cfg(feature = "http-client")]
            KeySource::Remote(remote) => {
                Keys::Fetched(remote.start(iss.as_deref(), label, allowed, &issuer.fetching, clock)?)
            }
        };
        let rules = Rules {
            issuer: iss.map(Into::into),
            audience: issuer.audience,
            leeway: issuer.leeway,
            token_type: issuer.token_type,
            accepts_bound_tokens: issuer.accepts_bound_tokens,
        };
        let claims = ClaimReader::new(issuer.mapping, rules, issuer.map_identity)
            .ok_or_else(|| ConfigError::new("claim_mapping", "does not map the user id: add `.map_identity(..)`"))?;
        Ok(Self {
            name: issuer.name.map(Into::into),
            claims,
            keys,
            #[cfg(feature = "http-client")]
            explain,
        })
    }

    /// Waits until fetched keys are there, or the first fetch has failed.
    #[cfg(feature = "http-client")]
    pub(super) async fn first_keys(&self) -> Result<(), ConfigError> {
        let (Keys::Fetched(keys), Some(explain)) = (&self.keys, self.explain) else { return Ok(()) };
        keys.first().await.map_err(|error| explain.explain(&error).of(self.label()))
    }

    pub(crate) fn iss(&self) -> Option<&Arc<str>> {
        self.claims.rules().issuer.as_ref()
    }

    /// The result of `User::issuer`: the `iss`, or the name of an issuer whose tokens have no `iss`.
    pub(crate) fn identifier(&self) -> Arc<str> {
        self.iss().or(self.name.as_ref()).cloned().unwrap_or_default()
    }

    pub(crate) fn health(&self) -> IssuerHealth {
        self.keys.health(self.label())
    }

    /// The name, `iss` and audiences, for a table of routes.
    pub(crate) fn description(&self) -> String {
        let iss = self.iss().map_or("no `iss`", |iss| iss);
        let issuer = self.name.as_ref().map_or_else(|| iss.to_owned(), |name| format!("{name} ({iss})"));
        let audience = &self.claims.rules().audience;
        if audience.is_any {
            return format!("{issuer} for any audience");
        }
        format!("{issuer} for {}", audience.names.join(", "))
    }

    /// The name of the issuer in messages.
    pub(crate) fn label(&self) -> &str {
        self.name.as_deref().or(self.iss().map(|iss| &**iss)).unwrap_or("without `iss`")
    }
}

fn check(issuer: &Issuer) -> Result<(), ConfigError> {
    if issuer.claim.clone()?.is_some_and(|iss| iss.is_empty()) {
        return Err(ConfigError::new("issuer_claim", "is empty: the `iss` of every token must equal it"));
    }
    issuer.keys.as_ref().map_err(Clone::clone)?;
    #[cfg(feature = "http-client")]
    issuer.fetching.check()?;
    if issuer.name.as_ref().is_some_and(String::is_empty) {
        return Err(ConfigError::new("named", "is empty"));
    }
    let Audience { names, is_any } = &issuer.audience;
    if !is_any && (names.is_empty() || names.iter().any(String::is_empty)) {
        return Err(ConfigError::new("audiences", "is empty: name this API, or use `.danger_any_audience()`"));
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
