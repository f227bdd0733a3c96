//! The keys of one issuer: given once, or fetched.

use std::sync::Arc;

#[cfg(feature = "http-client")]
use super::fetched::FetchedKeys;
use super::health::{IssuerHealth, KeyState};
use super::set::{Key, KeySet};
use crate::error::{TokenFault, VerifyError};
use crate::token::Header;

/// The keys of one issuer.
pub(crate) enum Keys {
    Given(KeySet),
    #[cfg(feature = "http-client")]
    Fetched(FetchedKeys),
}

impl Keys {
    /// The one key that the header means, where it is there; `None` where waiting may bring it.
    pub(crate) fn find_now(&self, header: &Header<'_>) -> Result<Option<Arc<Key>>, VerifyError> {
        match self {
            Self::Given(set) => Ok(Some(set.find(header).map(Arc::clone).ok_or(TokenFault::UnknownKey)?)),
            #[cfg(feature = "http-client")]
            Self::Fetched(keys) => keys.find_now(header),
        }
    }

    /// Whether another key may come for a token that `failed` did not verify.
    #[cfg_attr(not(feature = "http-client"), allow(unused_variables))]
    pub(crate) fn may_replace(&self, failed: &Arc<Key>, header: &Header<'_>) -> bool {
        match self {
            Self::Given(_) => false,
            #[cfg(feature = "http-client")]
            Self::Fetched(keys) => keys.may_replace(failed, header),
        }
    }

    /// The one key that the header means. Waits only for a key that is fetched and not there.
    #[cfg_attr(not(feature = "http-client"), allow(clippy::unused_async))]
    pub(crate) async fn find(&self, header: &Header<'_>) -> Result<Arc<Key>, VerifyError> {
        match self {
            Self::Given(set) => Ok(set.find(header).map(Arc::clone).ok_or(TokenFault::UnknownKey)?),
            #[cfg(feature = "http-client")]
            Self::Fetched(keys) => keys.find(header).await,
        }
    }

    /// The key to try after `failed` did not verify the signature; that there is none is the usual answer.
    #[cfg_attr(not(feature = "http-client"), allow(clippy::unused_async, unused_variables))]
    pub(crate) async fn find_instead(&self, failed: &Arc<Key>, header: &Header<'_>) -> Result<Arc<Key>, VerifyError> {
        match self {
            Self::Given(_) => Err(TokenFault::Signature.into()),
            #[cfg(feature = "http-client")]
            Self::Fetched(keys) => keys.find_instead(failed, header).await,
        }
    }

    /// How they are; `label` is how messages call the issuer.
    pub(crate) fn health(&self, label: &str) -> IssuerHealth {
        match self {
            Self::Given(set) => IssuerHealth {
                issuer: label.to_owned(),
                state: KeyState::Given,
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
