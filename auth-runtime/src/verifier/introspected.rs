//! Tokens that only their authorization server can read. The server is asked about each token, and its answer must meet
//! the rules for claims.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::trusted::TrustedIssuer;
use super::{Verified, Verifier};
use crate::claims::{KeyScope, TokenClaims};
use crate::clock::{Clock, seconds};
use crate::error::{ConfigError, InvalidTokenReason, VerifyError};
use crate::id::Subject;
use crate::introspection::{self, ANSWER_MS, Active, PACE, askable};
use crate::lookup::{Failure, Found, digest_of, overlap};
use crate::token::{self, Progress};

/// The `Retry-After` if an endpoint could not answer.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// The `Retry-After` if there were too many new tokens.
const THROTTLED: Duration = Duration::from_secs(1);

impl Verifier {
    /// The issuer to ask about this token, if any.
    pub(super) fn introspecting(&self, token: &[u8]) -> Option<&Arc<TrustedIssuer>> {
        if !self.inner.has_introspection || self.inner.authenticators.owns(token) {
            return None;
        }
        // Every JWT begins with `ey` and has three parts.
        let is_jwt = token.starts_with(b"ey") && token::split(token, usize::MAX).is_ok();
        let takes = |issuer: &&Arc<TrustedIssuer>| {
            issuer.introspector.as_ref().is_some_and(|endpoint| endpoint.settings.takes(token, is_jwt))
        };
        let mut takers = self.inner.issuers.iter().filter(takes);
        let first = takers.next()?;
        // An issuer with a matching prefix takes precedence over the issuer without a prefix.
        let has_prefix = |issuer: &&Arc<TrustedIssuer>| {
            issuer.introspector.as_ref().is_some_and(|endpoint| endpoint.settings.prefix.is_some())
        };
        Some(takers.find(has_prefix).filter(|_| !has_prefix(&first)).unwrap_or(first))
    }

    pub(super) async fn introspect(
        &self,
        issuer: &Arc<TrustedIssuer>,
        token: &[u8],
        max_age_ms: u64,
    ) -> Result<Verified, VerifyError> {
        let token = askable(token)?;
        let Some(endpoint) = &issuer.introspector else { return Err(InvalidTokenReason::Malformed.into()) };
        let clock = &self.inner.clock;
        let has_directory = self.lookups_for(issuer).is_some();
        let ask = || {
            let (issuer, token, clock) = (Arc::clone(issuer), token.to_owned(), clock.clone());
            let asking: introspection::Asking =
                Box::pin(async move { ask(&issuer, &token, &clock, has_directory).await });
            asking
        };
        let found = endpoint.answers.get(&digest_of(token.as_bytes()), max_age_ms, PACE, clock, ask).await;
        let subject = match found {
            Ok(introspected) => introspected?,
            Err(Failure::Unavailable) => {
                return Err(VerifyError::IntrospectionUnavailable { retry_after: RETRY_AFTER });
            }
            Err(Failure::Throttled) => {
                return Err(VerifyError::IntrospectionUnavailable { retry_after: THROTTLED });
            }
        };
        let now = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(clock.now_ms()));
        if subject.expires_at().is_some_and(|end| now.is_none_or(|now| now >= end)) {
            return Err(InvalidTokenReason::Expired.into());
        }
        self.accept_answer(subject, self.lookups_for(issuer))
    }
}

async fn ask(
    issuer: &TrustedIssuer,
    token: &str,
    clock: &Clock,
    has_directory: bool,
) -> Option<Found<Arc<Subject>, InvalidTokenReason>> {
    let endpoint = issuer.introspector.as_ref()?;
    let until = Duration::from_millis(clock.now_ms().saturating_add(ANSWER_MS));
    let iss = issuer.iss().map_or("", |iss| iss);
    let answer = match endpoint.ask(token).await {
        Ok(body) => introspection::claims(&body, iss, until, endpoint.settings.takes_unmarked).map_err(str::to_owned),
        Err(fault) => Err(fault),
    };
    match answer {
        Ok(None) => Some(Found::No(InvalidTokenReason::NotActive)),
        Ok(Some(Err(reason))) => Some(Found::No(reason)),
        Ok(Some(Ok(active))) => Some(match read(issuer, &active, clock, has_directory) {
            Ok((subject, for_ms)) => Found::Yes(subject, for_ms),
            Err(reason) => Found::No(reason),
        }),
        Err(error) => {
            let address = &endpoint.settings.address;
            tracing::warn!(issuer = issuer.label(), %address, error, "an introspection endpoint does not answer");
            None
        }
    }
}

/// Checks the claims against the issuer's rules, like those of a JWT. Also returns for how many milliseconds the result
/// may be used.
fn read(
    issuer: &TrustedIssuer,
    active: &Active,
    clock: &Clock,
    has_directory: bool,
) -> Result<(Arc<Subject>, u64), InvalidTokenReason> {
    let now_ms = clock.now_ms();
    let mut claims = TokenClaims::default();
    let scope = KeyScope { issuer: None, cloud: None };
    let mut progress = Progress::default();
    let (exp, _) = issuer.claims.read(&active.claims, scope, seconds(now_ms), &mut claims, &mut progress)?;
    let expires_at = SystemTime::UNIX_EPOCH.checked_add(exp).ok_or(InvalidTokenReason::Claim("exp"))?;
    let left = u64::try_from(exp.as_millis()).unwrap_or(u64::MAX).saturating_sub(now_ms);
    if left == 0 {
        // An answer needs no leeway, because it was just made.
        return Err(InvalidTokenReason::Expired);
    }
    // Later code reads claims from a token, so this makes a token that has only claims.
    let token = format!(".{}.", URL_SAFE_NO_PAD.encode(&active.claims));
    let expires_at = active.expires.then_some(expires_at);
    let mut subject = claims.subject.of_token(
        token.into_bytes().into(),
        issuer.identifier(claims.registered.iss.as_ref().map(|iss| &*iss.0)),
        issuer.name.clone(),
        expires_at,
    );
    subject.set_issuer_facts(&issuer.user_writable, issuer.has_tenants());
    subject.set_credential_id(claims.registered.jti.as_ref().map(|jti| &*jti.0));
    issuer.settle_authority(&mut subject, has_directory);
    Ok((Arc::new(subject), left))
}

/// The prefix of a token must identify its server: the token is not sent to any other server.
pub(super) fn check_prefixes<'a>(
    issuers: &[Arc<TrustedIssuer>],
    of_api_keys: impl Iterator<Item = &'a str>,
) -> Result<(), ConfigError> {
    let settings = |issuer: &'_ Arc<TrustedIssuer>| issuer.introspector.as_ref().map(|one| one.settings.clone());
    let all: Vec<_> = issuers.iter().filter_map(|issuer| Some((issuer.label(), settings(issuer)?))).collect();
    if all.iter().filter(|(_, one)| one.prefix.is_none()).count() > 1 {
        let fault = "is missing: if there are several introspection endpoints, only one of them may have no prefix";
        return Err(ConfigError::new("token_prefix", fault));
    }
    let mut known: Vec<String> = of_api_keys.map(str::to_owned).collect();
    for (label, one) in all {
        let Some(prefix) = one.prefix else { continue };
        if let Some(other) = known.iter().find(|other| overlap(other, &prefix)) {
            let fault = format!("`{prefix}` overlaps with the prefix `{other}`");
            return Err(ConfigError::new("token_prefix", fault).of(label));
        }
        known.push(prefix);
    }
    Ok(())
}
