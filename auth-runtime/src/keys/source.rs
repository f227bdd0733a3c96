//! The keys of one issuer: static or fetched.

use std::sync::Arc;

use super::health::{IssuerHealth, KeyState};
#[cfg(feature = "http-client")]
use super::remote::FetchedKeys;
use super::set::{Key, KeySet};
use crate::error::VerifyError;
use crate::token::Header;

/// The keys of one issuer.
pub(crate) enum Keys {
    Static(KeySet),
    #[cfg(feature = "http-client")]
    Fetched(FetchedKeys),
}

impl Keys {
    /// The one key that matches the header; `None` if waiting may bring it. If the signature did not verify with
    /// `failed`, returns another key; usually there is no other.
    pub(crate) fn find_now(
        &self,
        header: &Header<'_>,
        failed: Option<&Arc<Key>>,
    ) -> Result<Option<Arc<Key>>, VerifyError> {
        match self {
            Self::Static(set) => Ok(Some(Arc::clone(set.find(header, failed)?))),
            #[cfg(feature = "http-client")]
            Self::Fetched(keys) => keys.find_now(header, failed),
        }
    }

    /// Like [`find_now`](Self::find_now), but waits for a fetch if the key is missing and can be fetched.
    #[cfg_attr(not(feature = "http-client"), allow(clippy::unused_async))]
    pub(crate) async fn find(&self, header: &Header<'_>, failed: Option<&Arc<Key>>) -> Result<Arc<Key>, VerifyError> {
        match self {
            Self::Static(set) => Ok(Arc::clone(set.find(header, failed)?)),
            #[cfg(feature = "http-client")]
            Self::Fetched(keys) => keys.find(header, failed).await,
        }
    }

    /// The state of the keys. `label` names the issuer in messages.
    pub(crate) fn health(&self, label: &str) -> IssuerHealth {
        match self {
            Self::Static(set) => IssuerHealth {
                issuer: label.to_owned(),
                state: KeyState::Static,
                age: None,
                last_success: None,
                last_error: None,
                key_count: set.len(),
                fetches: 0,
                throttled: 0,
            },
            #[cfg(feature = "http-client")]
            Self::Fetched(keys) => keys.health(),
        }
    }
}
