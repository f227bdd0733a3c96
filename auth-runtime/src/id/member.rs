//! A user's membership in one organisation.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::{Hierarchy, Membership, reaches};

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
    membership: Arc<Membership>,
    hierarchy: Hierarchy,
}

impl OrgMember {
    pub(crate) fn new(membership: Arc<Membership>, hierarchy: Hierarchy) -> Self {
        Self { membership, hierarchy }
    }

    /// The organisation's id.
    pub fn id(&self) -> &str {
        &self.membership.id
    }

    /// The organisation's name, where the token carries it.
    pub fn name(&self) -> Option<&str> {
        self.membership.name.as_deref()
    }

    /// The organisation's name as used in URLs, where the token carries it.
    pub fn url_safe_name(&self) -> Option<&str> {
        self.membership.url_safe_name.as_deref()
    }

    /// The assigned role; empty where the token states none (Auth0).
    pub fn role(&self) -> &str {
        self.membership.role.as_deref().unwrap_or_default()
    }

    /// Further assigned roles, in an organisation whose members may hold several.
    pub fn additional_roles(&self) -> &[String] {
        &self.membership.additional_roles
    }

    /// The assigned role and those that it includes, as the token lists them; empty where it lists none.
    pub fn inherited_roles(&self) -> &[String] {
        self.membership.inherited_roles.as_deref().unwrap_or_default()
    }

    /// The permissions in this organisation.
    pub fn permissions(&self) -> &[String] {
        self.membership.permissions.as_deref().unwrap_or_default()
    }

    /// What the organisation's administrators stored with it; `null` where the token carries none.
    pub fn metadata(&self) -> &Value {
        &self.membership.metadata
    }

    /// Whether `role` is the assigned role or one of the additional ones, as `role == ".."` in an attribute.
    pub fn is_role(&self, role: &str) -> bool {
        self.membership.is_role(role) == Some(true)
    }

    /// Whether the member holds `role` or one above it, as `role >= ".."` in an attribute.
    ///
    /// The token's own list of inherited roles answers where there is one; else the order declared in `auth.toml`;
    /// else only the role itself does. Where members may hold several roles there is no order: the role must be one
    /// of them.
    pub fn is_at_least_role(&self, role: &str) -> bool {
        self.membership.is_at_least_role(role, self.hierarchy) == Some(true)
    }

    /// Whether the member has this permission in this organisation.
    pub fn has_permission(&self, permission: &str) -> bool {
        self.membership.has_permission(permission) == Some(true)
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

/// The three-valued answers: `None` where the token cannot say.
impl Membership {
    pub(crate) fn is_role(&self, role: &str) -> Option<bool> {
        let assigned = self.role.as_deref()?;
        Some(assigned == role || (self.structure == RoleStructure::Multi && contains(&self.additional_roles, role)))
    }

    pub(crate) fn is_at_least_role(&self, role: &str, hierarchy: Hierarchy) -> Option<bool> {
        if self.structure == RoleStructure::Multi {
            return self.is_role(role);
        }
        match &self.inherited_roles {
            Some(inherited) => Some(contains(inherited, role)),
            None => reaches(self.role.as_deref()?, role, hierarchy),
        }
    }

    pub(crate) fn has_permission(&self, permission: &str) -> Option<bool> {
        Some(contains(self.permissions.as_deref()?, permission))
    }
}

pub(crate) fn contains(list: &[String], name: &str) -> bool {
    list.iter().any(|known| known == name)
}
