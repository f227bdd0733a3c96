//! Looks up API keys with the function of the application, and converts the results into users.

use std::sync::Arc;

use super::ApiKeys;
use crate::authenticator::accepted;
use crate::bounded::bounded;
use crate::id::Subject;
use crate::lookup::{Failure, Found, Pace, Question, digest_of};

/// A short time, so that a new key is not refused for long because it was tried before it existed.
const NOT_FOUND_MS: u64 = 1_000;

/// Why a key gave no user.
pub(crate) enum KeyFault {
    Invalid,
    Unavailable,
    /// There were too many lookups of new keys.
    Throttled,
}

impl ApiKeys {
    /// The owner of a key that [`brought`](Self::brought) returned. An answer older than `max_age_ms` is not used.
    pub(crate) async fn user(&self, key: &[u8], max_age_ms: u64) -> Result<Arc<Subject>, KeyFault> {
        let key = self.shape.well_formed(key).ok_or(KeyFault::Invalid)?;
        let pace = Pace {
            found_ms: u64::try_from(self.fresh_for.as_millis()).unwrap_or(u64::MAX),
            not_found_ms: NOT_FOUND_MS,
            unseen_per_second: self.lookups_per_second,
            timeout_ms: self.timeout_ms,
        };
        let found = self.lookup.get(&digest_of(key.as_bytes()), max_age_ms, pace, &self.clock, || self.ask(key)).await;
        match found {
            Ok(Ok(subject)) => Ok(subject),
            Ok(Err(())) => Err(KeyFault::Invalid),
            Err(Failure::Unavailable) => Err(KeyFault::Unavailable),
            Err(Failure::Throttled) => Err(KeyFault::Throttled),
        }
    }

    fn ask(&self, key: &str) -> Question<Arc<Subject>, ()> {
        let Some(Ok(find)) = &self.find else { return Box::pin(async { None }) };
        let id = short_id(key);
        let (finding, name, has_directory) = (find(key, id), Arc::clone(&self.name), self.has_directory);
        Box::pin(async move {
            let found = match finding.await {
                Ok(found) => found,
                Err(error) => {
                    tracing::error!(authenticator = &*name, error = %bounded(&error), "API keys cannot be looked up");
                    return None;
                }
            };
            let Some(key) = found else { return Some(Found::No(())) };
            match accepted(key.into_identity(), &name, has_directory) {
                Ok(mut subject) => {
                    subject.set_without_login();
                    Some(Found::Yes(Arc::new(subject), u64::MAX))
                }
                Err(fault) => {
                    tracing::error!(authenticator = &*name, fault, "the identity of an API key was refused");
                    Some(Found::No(()))
                }
            }
        })
    }

    /// Removes the cached answer about the key with this id.
    pub(crate) fn forget(&self, id: &str) {
        self.lookup.forget(|subject| subject.credential_id() == Some(id));
    }
}

/// The id of a key that has no other id: a part of its SHA-256, from which the key cannot be computed.
fn short_id(key: &str) -> String {
    let digest = digest_of(key.as_bytes());
    let half = digest.iter().take(16).fold(0_u128, |sum, byte| sum << 8 | u128::from(*byte));
    format!("{half:032x}")
}
