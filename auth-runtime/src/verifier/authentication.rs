//! Authenticates a request by its credentials.

use std::time::Duration;

use http::request::Parts;

use super::locations::{Credentials, Place};
use super::{Verified, Verifier};
use crate::claims::typed;
use crate::error::InvalidTokenReason;
use crate::policy::DenialReason;

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
            DenialReason::InvalidToken(_) | DenialReason::AmbiguousCredentials => Self::Stranger(reason),
            _ => Self::Unclear(reason),
        }
    }
}

impl Verifier {
    /// The user who sent a request.
    pub(crate) async fn authenticate(&self, parts: &Parts) -> Result<Verified, NotAuthenticated> {
        match self.locations().credentials(parts) {
            Credentials::None => Err(NotAuthenticated::Nobody),
            Credentials::Malformed => Err(DenialReason::InvalidToken(InvalidTokenReason::Credentials).into()),
            // A second cookie with the same name comes from another host of the domain. It must not log the user out.
            Credentials::Ambiguous(Place::Ambient) => {
                Err(NotAuthenticated::Unclear(DenialReason::AmbiguousCredentials))
            }
            Credentials::Ambiguous(_) => Err(DenialReason::AmbiguousCredentials.into()),
            Credentials::Token(token, place) => {
                let verified = self.verify_bytes(&token).await.map_err(DenialReason::from)?;
                self.check_place(&verified, place)?;
                Ok(verified)
            }
        }
    }

    /// Whether the token counts at the place where it was found.
    fn check_place(&self, verified: &Verified, place: Place) -> Result<(), DenialReason> {
        match place {
            Place::Explicit | Place::Ambient => Ok(()),
            Place::EventStream { max_lifetime } => check_lifetime(verified, max_lifetime),
            Place::Proxy { header } if self.brings(header, verified.subject().issuer()) => Ok(()),
            Place::Proxy { .. } => Err(DenialReason::InvalidToken(InvalidTokenReason::Issuer)),
        }
    }

    /// Whether the issuer of this user brings this header along.
    fn brings(&self, header: &str, issuer: &str) -> bool {
        let mut issuers = self.inner.issuers.iter();
        issuers.any(|known| known.header == Some(header) && *known.identifier(None) == *issuer)
    }
}

fn check_lifetime(verified: &Verified, max_lifetime: Duration) -> Result<(), DenialReason> {
    let time = |name| typed::one::<f64>(verified.subject().token(), name).ok().flatten();
    match (time("iat"), time("exp")) {
        (Some(from), Some(until)) if until - from <= max_lifetime.as_secs_f64() => Ok(()),
        _ => Err(DenialReason::InvalidToken(InvalidTokenReason::Lifetime)),
    }
}
