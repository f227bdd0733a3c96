//! An API key that the application has found for a request.

use std::time::SystemTime;

use super::minted::GeneratedApiKey;
use crate::id::{Identity, Limit};

/// An API key, as the lookup returns it.
///
/// ```
/// use auth_runtime::{ApiKey, Identity, Limit};
/// let read_only = ApiKey::new("key-7", Identity::new("ada"), Limit::permissions(["invoices:read"]));
/// ```
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// The id of the key, for [`User::credential_id`](crate::User::credential_id) and
    /// [`Verifier::forget_key`](crate::Verifier::forget_key): for example the id of its row. It must not be a secret.
    pub id: String,
    /// The owner of the key.
    pub identity: Identity,
    /// An upper bound on what the key can be used for, even if its owner may do more. For no limit, write
    /// [`Limit::none`].
    pub limit: Limit,
    /// When the key expires; `None` if it never expires.
    pub expires: Option<SystemTime>,
}

impl ApiKey {
    /// A key with this id that does not expire.
    pub fn new(id: impl Into<String>, identity: Identity, limit: Limit) -> Self {
        Self { id: id.into(), identity, limit, expires: None }
    }

    /// Sets when the key expires.
    #[must_use]
    pub fn expires_at(mut self, time: SystemTime) -> Self {
        self.expires = Some(time);
        self
    }

    /// Makes a new key with this prefix: 256 random bits, and a checksum by which [`ApiKeys`](crate::ApiKeys)
    /// recognizes a mistyped key without a lookup.
    ///
    /// # Panics
    /// The operating system provides no random numbers.
    pub fn generate(prefix: &str) -> GeneratedApiKey {
        GeneratedApiKey::new(prefix)
    }

    /// The identity of the owner, with the limit and the expiry of the key.
    pub(super) fn into_identity(self) -> Identity {
        let Self { id, identity, limit, expires } = self;
        let expires = [expires, identity.expires_at].into_iter().flatten().min();
        let mut identity = identity.credential_id(id).limit(limit);
        identity.expires_at = expires;
        identity
    }
}
