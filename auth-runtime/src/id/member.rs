//! A user's membership in one organisation.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::Hierarchy;
use super::subject::{Member, Subject};

/// How an organisation gives roles.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum RoleStructure {
    /// One role a member, in an order.
    #[default]
    Single,
    /// Any number of roles a member, without order.
    Multi,
}

/// The user's membership in one organisation, as the token states it.
///
/// Role and permission names are compared exactly: case and spaces count. Cloning copies a pointer.
#[derive(Clone)]
pub struct OrgMember {
    subject: Arc<Subject>,
    /// Of the membership among the subject's.
    position: usize,
    hierarchy: Hierarchy,
}

impl OrgMember {
    /// The membership at a position of [`Subject::position`].
    pub(crate) fn new(subject: &Arc<Subject>, position: usize, hierarchy: Hierarchy) -> Self {
        Self { subject: Arc::clone(subject), position, hierarchy }
    }

    fn member(&self) -> Option<Member<'_>> {
        self.subject.member_at(self.position)
    }

    /// The organisation's id.
    pub fn id(&self) -> &str {
        self.member().map(Member::org_id).unwrap_or_default()
    }

    /// The organisation's name, where the token carries it.
    pub fn name(&self) -> Option<&str> {
        self.member()?.name()
    }

    /// The organisation's name as used in URLs, where the token carries it.
    pub fn url_safe_name(&self) -> Option<&str> {
        self.member()?.url_safe_name()
    }

    /// The assigned role; empty where the token states none (Auth0).
    pub fn role(&self) -> &str {
        self.member().and_then(Member::role).unwrap_or_default()
    }

    /// Further assigned roles, in an organisation whose members may hold several.
    pub fn additional_roles(&self) -> &[String] {
        self.member().map(Member::additional_roles).unwrap_or_default()
    }

    /// The assigned role and those that it includes, as the token lists them; empty where it lists none.
    pub fn inherited_roles(&self) -> &[String] {
        self.member().and_then(Member::inherited_roles).unwrap_or_default()
    }

    /// The permissions in this organisation.
    pub fn permissions(&self) -> &[String] {
        self.member().and_then(Member::permissions).unwrap_or_default()
    }

    /// What the organisation's administrators stored with it; `null` where the token carries none.
    pub fn metadata(&self) -> &Value {
        self.member().map_or(&Value::Null, Member::metadata)
    }

    /// Whether `role` is the assigned role or one of the additional ones, as `role == ".."` in an attribute.
    pub fn is_role(&self, role: &str) -> bool {
        self.member().and_then(|member| member.is_role(role)) == Some(true)
    }

    /// Whether the member holds `role` or one above it, as `role >= ".."` in an attribute.
    ///
    /// The token's own list of inherited roles answers where there is one; else the order declared in `auth.toml`;
    /// else only the role itself does. Where members may hold several roles there is no order: the role must be one
    /// of them.
    pub fn is_at_least_role(&self, role: &str) -> bool {
        self.member().and_then(|member| member.is_at_least_role(role, self.hierarchy)) == Some(true)
    }

    /// Whether the member has this permission in this organisation.
    pub fn has_permission(&self, permission: &str) -> bool {
        self.member().and_then(|member| member.has_permission(permission)) == Some(true)
    }

    /// Whether the member has every one of these permissions in this organisation; true for none.
    pub fn has_all_permissions(&self, permissions: &[&str]) -> bool {
        permissions.iter().all(|permission| self.has_permission(permission))
    }
}

impl fmt::Debug for OrgMember {
    /// Prints the id alone: the rest is a person's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrgMember").field("id", &self.id()).finish_non_exhaustive()
    }
}
