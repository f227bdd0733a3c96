//! The keys of one issuer: static or fetched.

use std::sync::Arc;

use super::health::{IssuerHealth, KeyState};
#[cfg(feature = "http-client")]
use super::remote::{FetchedKeys, StartError};
use super::set::{Key, KeySet};
use crate::error::{InvalidTokenReason, VerifyError};
use crate::token::Header;

/// The keys of one issuer.
pub(crate) struct Keys {
    source: Source,
    /// An additional secret that is accepted for some time.
    also: Option<AlsoSecret>,
}

/// A secret that is accepted until a set time, in seconds since 1970.
struct AlsoSecret {
    keys: KeySet,
    until: u64,
}

enum Source {
    Static(KeySet),
    #[cfg(feature = "http-client")]
    Fetched(FetchedKeys),
}

impl Keys {
    /// Static keys.
    pub(crate) fn of_set(set: KeySet) -> Self {
        Self { source: Source::Static(set), also: None }
    }

    /// Fetched keys.
    #[cfg(feature = "http-client")]
    pub(crate) fn fetched(keys: FetchedKeys) -> Self {
        Self { source: Source::Fetched(keys), also: None }
    }

    /// Adds a secret that is accepted too, until a set time in seconds since 1970.
    #[must_use]
    pub(crate) fn and(mut self, keys: KeySet, until: u64) -> Self {
        self.also = Some(AlsoSecret { keys, until });
        self
    }

    /// Whether they are fetched, so that they can be missing for some time.
    #[cfg(any(feature = "aide", feature = "utoipa"))]
    pub(crate) fn are_fetched(&self) -> bool {
        match &self.source {
            Source::Static(_) => false,
            #[cfg(feature = "http-client")]
            Source::Fetched(_) => true,
        }
    }

    /// Waits until fetched keys are there, or the first fetch has failed.
    #[cfg(feature = "http-client")]
    pub(crate) async fn first(&self) -> Result<(), StartError> {
        match &self.source {
            Source::Static(_) => Ok(()),
            Source::Fetched(keys) => keys.first().await,
        }
    }

    /// For an issuer whose endpoint is asked about each token.
    #[cfg(feature = "http-client")]
    pub(crate) fn none() -> Self {
        Self::of_set(KeySet::empty())
    }

    /// The one key that matches the header; `None` if waiting may bring it. If the signature did not verify with
    /// `failed`, returns another key; usually there is no other.
    pub(crate) fn find_now(
        &self,
        header: &Header<'_>,
        failed: Option<&Arc<Key>>,
    ) -> Result<Option<Arc<Key>>, VerifyError> {
        if let Some(found) = self.find_secret(header, failed) {
            return Ok(Some(found?));
        }
        match &self.source {
            Source::Static(set) => Ok(Some(Arc::clone(set.find(header, failed)?))),
            #[cfg(feature = "http-client")]
            Source::Fetched(keys) => keys.find_now(header, failed),
        }
    }

    /// Like [`find_now`](Self::find_now), but waits for a fetch if the key is missing and can be fetched.
    #[cfg_attr(not(feature = "http-client"), allow(clippy::unused_async))]
    pub(crate) async fn find(&self, header: &Header<'_>, failed: Option<&Arc<Key>>) -> Result<Arc<Key>, VerifyError> {
        if let Some(found) = self.find_secret(header, failed) {
            return Ok(found?);
        }
        match &self.source {
            Source::Static(set) => Ok(Arc::clone(set.find(header, failed)?)),
            #[cfg(feature = "http-client")]
            Source::Fetched(keys) => keys.find(header, failed).await,
        }
    }

    /// The secret that matches the header, if a secret is accepted in addition to the issuer's own keys. The issuer's
    /// own secret comes first. Nothing is fetched for a token that only a secret can have signed.
    fn find_secret(
        &self,
        header: &Header<'_>,
        failed: Option<&Arc<Key>>,
    ) -> Option<Result<Arc<Key>, InvalidTokenReason>> {
        let also = self.also.as_ref().filter(|_| header.algorithm.is_hmac())?;
        let own = match &self.source {
            Source::Static(set) => set.find(header, failed).ok(),
            #[cfg(feature = "http-client")]
            Source::Fetched(_) => None,
        };
        Some(own.map_or_else(|| also.keys.find(header, failed), Ok).map(Arc::clone))
    }

    /// The algorithm and the `kid` of each key, for `Verifier::diagnose`.
    #[cfg(feature = "testing")]
    pub(crate) fn names(&self) -> Vec<(crate::token::Algorithm, Option<String>)> {
        let mut names = match &self.source {
            Source::Static(set) => set.names(),
            #[cfg(feature = "http-client")]
            Source::Fetched(keys) => keys.names(),
        };
        names.extend(self.also.iter().flat_map(|also| also.keys.names()));
        names
    }

    /// The state of the keys. `label` names the issuer in messages.
    pub(crate) fn health(&self, label: &str) -> IssuerHealth {
        let mut health = match &self.source {
            Source::Static(set) => IssuerHealth {
                issuer: label.to_owned(),
                state: KeyState::Static,
                age: None,
                last_success: None,
                last_error: None,
                key_count: set.len(),
                fetches: 0,
                throttled: 0,
                also_secret_until: None,
            },
            #[cfg(feature = "http-client")]
            Source::Fetched(keys) => keys.health(),
        };
        if let Some(also) = &self.also {
            health.key_count += also.keys.len();
            health.also_secret_until = Some(also.until);
        }
        health
    }
}
