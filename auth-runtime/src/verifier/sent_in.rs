//! Where clients put credentials, for OpenAPI documents.

use super::Verifier;
use super::locations::SentIn;

impl Verifier {
    /// Where clients put credentials: tokens, then API keys. Other authenticators do not say where they read theirs.
    pub(crate) fn sent_in(&self) -> Vec<SentIn> {
        let tokens = if self.inner.issuers.is_empty() { Vec::new() } else { self.inner.locations.sent_in() };
        let mut all = tokens;
        for header in self.inner.authenticators.key_headers() {
            let place = header.map_or(SentIn::Authorization, |name| SentIn::Header(name.to_owned()));
            if !all.contains(&place) {
                all.push(place);
            }
        }
        all
    }
}
