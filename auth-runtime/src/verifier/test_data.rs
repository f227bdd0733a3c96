//! Whether a verifier is only for test data. A denial matrix may be run only over test data.

use super::Verifier;
use super::distance::Distance;

impl Verifier {
    /// An issuer whose keys come from another host.
    pub(crate) fn distant_issuer(&self) -> Option<&str> {
        let mut issuers = self.inner.issuers.iter();
        issuers.find(|issuer| issuer.distance == Distance::Distant).map(|issuer| issuer.label())
    }

    /// Whether the keys of the issuer with this `iss` come from loopback.
    pub(crate) fn is_from_loopback(&self, iss: &str) -> bool {
        let mut issuers = self.inner.issuers.iter();
        issuers.any(|issuer| issuer.distance == Distance::Loopback && issuer.spellings().any(|known| known == iss))
    }
}
