//! What was verified about a token, shared by all requests that carry it.

use std::sync::Arc;
use std::time::SystemTime;

use super::Subject;

/// A verified identity, ready to be asked. Shared by all requests that carry the same token.
pub(crate) struct IdentityData {
    /// Behind a pointer of its own, which memberships share.
    subject: Arc<Subject>,
    issuer: Arc<str>,
    issuer_name: Option<Arc<str>>,
    expires_at: SystemTime,
    /// What was verified: the claims are in it.
    token: Arc<[u8]>,
}

impl IdentityData {
    pub(crate) fn new(
        subject: Subject,
        issuer: Arc<str>,
        issuer_name: Option<Arc<str>>,
        expires_at: SystemTime,
        token: Arc<[u8]>,
    ) -> Self {
        Self { subject: Arc::new(subject), issuer, issuer_name, expires_at, token }
    }

    pub(crate) fn subject(&self) -> &Arc<Subject> {
        &self.subject
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Whether the token comes from the issuer of this name, or of this `iss`.
    pub(crate) fn is_from(&self, issuer: &str) -> bool {
        *self.issuer == *issuer || self.issuer_name.as_deref() == Some(issuer)
    }

    pub(crate) fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// The token that was verified.
    pub(crate) fn token(&self) -> &Arc<[u8]> {
        &self.token
    }
}
