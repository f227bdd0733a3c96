//! The parts of a request on which a response depends, for caches.

use http::HeaderValue;

use super::Verifier;
use super::authenticators::Authenticators;
use super::locations::TokenLocations;

const AUTHORIZATION: &str = "authorization";

/// `Vary` for responses to requests without `Authorization`: the headers that credentials are read from. `None` if
/// credentials are read only from `Authorization`, because such a request then has no user.
pub(super) fn of(locations: &TokenLocations, authenticators: &Authenticators, has_tokens: bool) -> Option<HeaderValue> {
    let mut names: Vec<&str> = Vec::new();
    let of_tokens = has_tokens.then(|| locations.headers()).into_iter().flatten();
    for name in of_tokens.chain(authenticators.headers()) {
        if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            names.push(name);
        }
    }
    if names.iter().all(|name| *name == AUTHORIZATION) {
        return None;
    }
    HeaderValue::try_from(names.join(", ").to_ascii_lowercase()).ok()
}

impl Verifier {
    /// See [`of`].
    pub(crate) fn vary(&self) -> Option<&HeaderValue> {
        self.inner.vary.as_ref()
    }
}
