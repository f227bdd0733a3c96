//! Authenticates a request by its credentials.

use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;

use super::authenticators::{Authenticators, Named};
use super::locations::{Credentials, LocationKind, remove_identity_header};
use super::{Inner, Verified, Verifier};
use crate::authority::Lookups;
use crate::claims::typed;
use crate::clock::Moment;
use crate::error::{InvalidTokenReason, VerifyError};
use crate::id::Subject;
use crate::policy::{Challenges, DenialReason};

/// Why a request has no user.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NotAuthenticated {
    /// It has no credentials.
    Nobody,
    /// It has only invalid credentials.
    Stranger(DenialReason),
    /// It may come from a user, so it must not be treated as anonymous.
    Unclear(DenialReason),
}

impl NotAuthenticated {
    pub(crate) fn reason(self) -> DenialReason {
        match self {
            Self::Nobody => DenialReason::NoCredentials,
            Self::Stranger(reason) | Self::Unclear(reason) => reason,
        }
    }
}

impl From<DenialReason> for NotAuthenticated {
    fn from(reason: DenialReason) -> Self {
        match reason {
            DenialReason::NoCredentials => Self::Nobody,
            DenialReason::InvalidToken(_) | DenialReason::InvalidCredential | DenialReason::AmbiguousCredentials => {
                Self::Stranger(reason)
            }
            _ => Self::Unclear(reason),
        }
    }
}

impl Verifier {
    /// The user of a request whose token was verified before. `None` if more than the cache is needed: then
    /// [`authenticate`](Self::authenticate) is called.
    pub(crate) fn recognize(&self, parts: &Parts, moment: Moment) -> Option<Verified> {
        if !self.inner.authenticators.is_empty() {
            return None;
        }
        let Credentials::Token(token, LocationKind::Explicit | LocationKind::Ambient) =
            self.locations().credentials(parts)
        else {
            return None;
        };
        let verified = self.inner.cached_tokens.get(&token)?;
        #[cfg(feature = "testing")]
        if self.has_local_issuer() {
            return None;
        }
        verified.still_counts(moment).is_ok().then_some(verified)
    }

    /// The user who makes a request: by a token, else by the first authenticator that finds a credential of its kind.
    /// Answers of introspection endpoints and tables of API keys are used only if they are not older than this.
    /// `moment` is when the request arrived.
    pub(crate) async fn authenticate(
        &self,
        parts: &Parts,
        max_age_ms: u64,
        moment: Moment,
    ) -> Result<Verified, NotAuthenticated> {
        if self.inner.authenticators.is_empty() {
            return self.verify_found(self.locations().credentials(parts), parts, max_age_ms, moment).await;
        }
        // Without an issuer there are no tokens: a bearer token may be an authenticator's own.
        let has_tokens = !self.inner.issuers.is_empty();
        let credentials = if has_tokens { self.locations().credentials(parts) } else { Credentials::None };
        // Boxed, so that its data does not enlarge the future of every handler.
        Box::pin(Among::new(self, parts, max_age_ms, moment).authenticate(credentials)).await
    }

    #[cfg_attr(not(feature = "testing"), allow(unused_variables))]
    async fn verify_found(
        &self,
        credentials: Credentials<'_>,
        parts: &Parts,
        max_age_ms: u64,
        moment: Moment,
    ) -> Result<Verified, NotAuthenticated> {
        match credentials {
            Credentials::None => Err(NotAuthenticated::Nobody),
            Credentials::Malformed => Err(DenialReason::InvalidToken(InvalidTokenReason::Credentials).into()),
            // A second cookie with the same name comes from another host of the domain. It must not log the user out.
            Credentials::Ambiguous(LocationKind::Ambient) => {
                Err(NotAuthenticated::Unclear(DenialReason::AmbiguousCredentials))
            }
            Credentials::Ambiguous(_) => Err(DenialReason::AmbiguousCredentials.into()),
            Credentials::Token(token, place) => {
                let verified = self.verify_bytes(&token, max_age_ms, moment).await.map_err(DenialReason::from)?;
                self.check_place(&verified, place)?;
                #[cfg(feature = "testing")]
                self.check_peer(&verified, Some(parts)).map_err(DenialReason::InvalidToken)?;
                Ok(verified)
            }
        }
    }

    /// A user whom an authenticator has identified, for one request.
    pub(super) fn accept_answer(
        &self,
        subject: Arc<Subject>,
        lookups: Option<&Arc<Lookups>>,
    ) -> Result<Verified, VerifyError> {
        let authority = (lookups.cloned(), self.revocable_answer(&subject));
        let verified = Verified::by_authenticator(subject, self.inner.clock.clone(), authority);
        verified.check_revoked()?;
        Ok(verified)
    }

    /// Removes what another service must not get: every credential that this verifier reads, and the headers that
    /// identify the user. If an authenticator cannot remove its credential, the request must not be passed on.
    pub(crate) fn remove_credentials(&self, parts: &mut Parts) -> Result<(), DenialReason> {
        self.locations().remove(parts);
        self.inner.authenticators.remove_credentials(parts)?;
        for name in &self.inner.replies.identity_headers {
            remove_identity_header(&mut parts.headers, name.as_str());
        }
        Ok(())
    }

    /// What a client can authenticate with.
    pub(crate) fn challenges(&self) -> Challenges {
        let Inner { issuers, authenticators, .. } = &*self.inner;
        let metadata = self.resource().map(|resource| Arc::clone(&resource.metadata_url));
        if authenticators.is_empty() {
            return Challenges { metadata, ..Challenges::default() };
        }
        let bearer = !issuers.is_empty();
        let others = authenticators.challenges().filter(|one| !bearer || one != "Bearer").collect();
        Challenges { bearer, others, metadata }
    }

    /// Why a request without credentials has none, for the log.
    pub(crate) fn why_none(&self, parts: &Parts) -> &'static str {
        if self.inner.authenticators.leaves_out_ambient(parts) {
            return "no credential that is accepted on this request: another site may have sent it";
        }
        if self.inner.issuers.is_empty() {
            return "no credential that an authenticator of this verifier reads";
        }
        self.locations().why_none(parts)
    }
}

/// One request to a verifier with authenticators.
struct Among<'a> {
    verifier: &'a Verifier,
    authenticators: &'a Authenticators,
    parts: &'a Parts,
    max_age_ms: u64,
    moment: Moment,
    deadline: u64,
}

impl<'a> Among<'a> {
    fn new(verifier: &'a Verifier, parts: &'a Parts, max_age_ms: u64, moment: Moment) -> Self {
        let authenticators = &verifier.inner.authenticators;
        let deadline = authenticators.deadline(moment);
        Self { verifier, authenticators, parts, max_age_ms, moment, deadline }
    }

    async fn authenticate(self, credentials: Credentials<'_>) -> Result<Verified, NotAuthenticated> {
        let all = self.authenticators.all();
        let credentials = self.without_api_key(credentials)?;
        let is_explicit = match &credentials {
            Credentials::None => return self.ask_in_order(all).await,
            Credentials::Token(_, place) | Credentials::Ambiguous(place) => {
                !matches!(place, LocationKind::Ambient | LocationKind::Proxy { .. })
            }
            Credentials::Malformed => true,
        };
        let verified = self.verifier.verify_found(credentials, self.parts, self.max_age_ms, self.moment).await;
        self.beside(verified, is_explicit, all).await
    }

    /// A value that begins like an API key is never a token, in any location: its authenticator reads it, or it is
    /// refused.
    fn without_api_key<'c>(&self, credentials: Credentials<'c>) -> Result<Credentials<'c>, NotAuthenticated> {
        match credentials {
            Credentials::Token(token, _) if self.authenticators.owns(&token) => {
                if self.authenticators.reads_key(&token, self.parts) {
                    return Ok(Credentials::None);
                }
                Err(DenialReason::InvalidToken(InvalidTokenReason::Credentials).into())
            }
            credentials => Ok(credentials),
        }
    }

    async fn ask_in_order(&self, all: &[Named]) -> Result<Verified, NotAuthenticated> {
        for (position, one) in all.iter().enumerate() {
            let subject = match self.authenticators.ask(one, self.parts, self.max_age_ms, self.deadline).await {
                Ok(None) => continue,
                Ok(Some(subject)) => {
                    let lookups = self.verifier.inner.lookups.as_ref();
                    let accepted = self.verifier.accept_answer(subject, lookups);
                    accepted.map_err(|error| DenialReason::from(error).into())
                }
                Err(reason) => Err(reason.into()),
            };
            let others = all.get(position + 1..).unwrap_or_default();
            return self.beside(subject, one.is_explicit(), others).await;
        }
        Err(NotAuthenticated::Nobody)
    }

    /// Compares the result of one credential with the other credentials of the request. Two explicit credentials are an
    /// error. If an ambient credential is invalid and there is another credential, the request is refused and not
    /// treated as anonymous.
    async fn beside(
        &self,
        found: Result<Verified, NotAuthenticated>,
        is_explicit: bool,
        others: &[Named],
    ) -> Result<Verified, NotAuthenticated> {
        match found {
            Ok(_) if is_explicit => {
                for other in others.iter().filter(|other| other.is_explicit()) {
                    if self.authenticators.finds(other, self.parts, self.deadline).await? {
                        return Err(DenialReason::AmbiguousCredentials.into());
                    }
                }
                found
            }
            Err(NotAuthenticated::Stranger(reason)) if !is_explicit => {
                for other in others {
                    if !matches!(self.authenticators.finds(other, self.parts, self.deadline).await, Ok(false)) {
                        return Err(NotAuthenticated::Unclear(reason));
                    }
                }
                found
            }
            _ => found,
        }
    }
}

impl Verifier {
    /// Whether the token is accepted from the location where it was found.
    fn check_place(&self, verified: &Verified, place: LocationKind) -> Result<(), DenialReason> {
        match place {
            LocationKind::Explicit | LocationKind::Ambient => Ok(()),
            LocationKind::EventStream { max_lifetime } => check_lifetime(verified, max_lifetime),
            LocationKind::Proxy { header } if self.brings(header, verified.subject().issuer()) => Ok(()),
            LocationKind::Proxy { .. } => Err(DenialReason::InvalidToken(InvalidTokenReason::Issuer)),
        }
    }

    /// Whether this header belongs to the issuer of this user.
    fn brings(&self, header: &str, issuer: &str) -> bool {
        let mut issuers = self.inner.issuers.iter();
        issuers
            .any(|known| known.proxy.is_some_and(|proxy| proxy.header == header) && *known.identifier(None) == *issuer)
    }
}

fn check_lifetime(verified: &Verified, max_lifetime: Duration) -> Result<(), DenialReason> {
    let time = |name| typed::one::<f64>(verified.subject().token(), name).ok().flatten();
    match (time("iat"), time("exp")) {
        (Some(from), Some(until)) if until - from <= max_lifetime.as_secs_f64() => Ok(()),
        _ => Err(DenialReason::InvalidToken(InvalidTokenReason::Lifetime)),
    }
}
