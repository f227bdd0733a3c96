//! What was verified about a token, shared by all requests that carry it.

use std::sync::Arc;
use std::time::SystemTime;

use once_cell::sync::OnceCell;

use super::{Hierarchy, OrgMember, Subject};

/// A verified identity, ready to be asked. Shared by all requests that carry the same token.
pub(crate) struct IdentityData {
    /// Apart, so that a membership can keep it without keeping itself.
    subject: Arc<Subject>,
    issuer: Arc<str>,
    issuer_name: Option<Arc<str>>,
    expires_at: SystemTime,
    /// What was verified: the claims are in it.
    token: Arc<[u8]>,
    views: OnceCell<Box<View>>,
}

/// The memberships as seen under one hierarchy. Hierarchies are static data of the program, one for each crate with
/// guards, so this list is as short as there are such crates.
struct View {
    hierarchy: Hierarchy,
    members: Box<[OrgMember]>,
    next: OnceCell<Box<View>>,
}

impl IdentityData {
    pub(crate) fn new(
        subject: Subject,
        issuer: Arc<str>,
        issuer_name: Option<Arc<str>>,
        expires_at: SystemTime,
        token: Arc<[u8]>,
    ) -> Self {
        Self { subject: Arc::new(subject), issuer, issuer_name, expires_at, token, views: OnceCell::new() }
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

    pub(super) fn members(&self, hierarchy: Hierarchy) -> &[OrgMember] {
        let mut slot = &self.views;
        loop {
            let view = slot.get_or_init(|| {
                let members = OrgMember::all(&self.subject, hierarchy);
                Box::new(View { hierarchy, members, next: OnceCell::new() })
            });
            if view.hierarchy == hierarchy {
                return &view.members;
            }
            slot = &view.next;
        }
    }
}
