//! The refusals that the credentials of a request can cause, whatever its route asks for; for OpenAPI documents.

use super::trusted::TrustedIssuer;
use super::{Inner, Verifier};
use crate::authority::Revocations;

impl Verifier {
    /// Whether it may be unknown for some time if a credential is valid, or which memberships its user has: something
    /// has to be fetched or asked.
    pub(crate) fn can_be_unavailable(&self) -> bool {
        let Inner { issuers, authenticators, revocations, .. } = &*self.inner;
        issuers.iter().any(|issuer| issuer.asks_endpoint() || self.lookups_for(issuer).is_some())
            || !authenticators.is_empty()
            || revocations.as_ref().is_some_and(Revocations::are_shared)
    }

    /// Whether a request can have two credentials that contradict each other.
    pub(crate) fn refuses_two_credentials(&self) -> bool {
        !self.inner.issuers.is_empty() || self.inner.authenticators.can_contradict()
    }

    /// Whether two cookies with one name are refused even where an invalid credential counts as no credential.
    pub(crate) fn refuses_two_cookies(&self) -> bool {
        !self.inner.issuers.is_empty() && self.locations().reads_cookies()
    }

    /// Whether an invalid credential is refused even where it counts as no credential: an ambient one, beside another.
    pub(crate) fn refuses_invalid_for_another(&self) -> bool {
        let Inner { issuers, authenticators, .. } = &*self.inner;
        let Some((_, others)) = authenticators.all().split_last() else { return false };
        let is_token_ambient = !issuers.is_empty() && self.locations().reads_ambient();
        is_token_ambient || others.iter().any(|other| !other.is_explicit())
    }
}

impl TrustedIssuer {
    /// Whether its keys are fetched, or its endpoint is asked about each token.
    fn asks_endpoint(&self) -> bool {
        #[cfg(feature = "http-client")]
        if self.introspector.is_some() {
            return true;
        }
        self.keys.are_fetched()
    }
}
