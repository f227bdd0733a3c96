//! A user's membership in one organization.

use std::fmt;
use std::sync::Arc;

use once_cell::sync::OnceCell;
use serde_json::Value;

use super::role::Hierarchy;
use super::subject::{MemberRef, Subject};

/// The user's membership in one organization, as the token states it. It is an argument of a handler whose guard
/// selects an organization, and the result of [`User::org`](crate::User::org).
///
/// Names of roles and permissions are compared exactly, including case and spaces. `None` means unknown: the token does
/// not say. Cloning copies a pointer.
///
/// A question has three answers, like a condition of an attribute: yes, no, unknown. `has_permission` is true if the
/// member is known to have the permission. `lacks_permission` is true if the member is known not to have it. If the
/// token does not say, both are false.
///
/// | attribute | method | method for `!` |
/// |---|---|---|
/// | `permission("p")` | [`has_permission`](Self::has_permission) | [`lacks_permission`](Self::lacks_permission) |
/// | `role == "r"` | [`is_role`](Self::is_role) | [`lacks_role`](Self::lacks_role) |
/// | `role >= "r"` | [`is_at_least_role`](Self::is_at_least_role) | [`is_below_role`](Self::is_below_role) |
///
/// **Do not negate an answer with `!`. The attribute's `!permission("suspended")` is
/// `org.lacks_permission("suspended")` in code. `!org.has_permission("suspended")` is also true if the token does not
/// say, and would admit such a member.**
///
/// ```
/// use auth_runtime::{OrgMember, require_org};
/// use axum::extract::Path;
///
/// #[require_org(from = org_id)]
/// async fn dashboard(Path(org_id): Path<String>, org: OrgMember) -> String {
///     let title = org.name().unwrap_or(&org_id);
///     let role = org.role().unwrap_or("no role");
///     let invite = if org.is_at_least_role("Admin") && org.lacks_permission("suspended") { "invite" } else { "" };
///     format!("{title} as {role} {invite}")
/// }
/// ```
#[derive(Clone)]
pub struct OrgMember {
    subject: Arc<Subject>,
    /// The position of the membership in the subject.
    position: usize,
    hierarchy: Hierarchy,
    /// Parsed when a handler asks for it and dropped with the request. The cache keeps the subject, which must not
    /// grow.
    metadata: OnceCell<Arc<Value>>,
}

impl OrgMember {
    /// The membership at a position of [`Subject::position`].
    pub(crate) fn new(subject: &Arc<Subject>, position: usize, hierarchy: Hierarchy) -> Self {
        Self { subject: Arc::clone(subject), position, hierarchy, metadata: OnceCell::new() }
    }

    fn member(&self) -> Option<MemberRef<'_>> {
        self.subject.member_at(self.position)
    }

    /// The organization's id.
    pub fn id(&self) -> &str {
        self.member().map(MemberRef::org_id).unwrap_or_default()
    }

    /// The organization's name.
    pub fn name(&self) -> Option<&str> {
        self.member()?.name()
    }

    /// The organization's name as used in URLs.
    pub fn url_safe_name(&self) -> Option<&str> {
        self.member()?.url_safe_name()
    }

    /// The assigned role; `None` if the token does not state one. (Auth0's tokens do not state one.)
    pub fn role(&self) -> Option<&str> {
        self.member()?.role()
    }

    /// Additional assigned roles, in an organization whose members can have several; `None` if the token states no
    /// role.
    pub fn additional_roles(&self) -> Option<&[String]> {
        self.member()?.additional_roles()
    }

    /// The assigned role and those that it includes; `None` if the token does not list them.
    pub fn inherited_roles(&self) -> Option<&[String]> {
        self.member()?.inherited_roles()
    }

    /// The permissions in this organization; `None` if the token does not list them.
    pub fn permissions(&self) -> Option<&[String]> {
        self.member()?.permissions()
    }

    /// The metadata that the organization's administrators stored with it; `null` if the token does not have it.
    ///
    /// The first call parses it. Clones made after that call share the result.
    pub fn metadata(&self) -> &Value {
        self.metadata.get_or_init(|| Arc::new(self.member().map(MemberRef::metadata).unwrap_or_default()))
    }

    /// Whether `role` is the assigned role or one of the additional ones.
    pub fn is_role(&self, role: &str) -> bool {
        self.has_assigned(role) == Some(true)
    }

    /// Whether `role` is known to be neither the assigned role nor one of the additional ones.
    pub fn lacks_role(&self, role: &str) -> bool {
        self.has_assigned(role) == Some(false)
    }

    /// Whether the member has `role` or one above it.
    ///
    /// If the token lists inherited roles, that list decides. Otherwise the order in `auth.toml` decides. Without both,
    /// the role must be `role` itself. If members can have several roles, order is ignored: one of them must be `role`.
    pub fn is_at_least_role(&self, role: &str) -> bool {
        self.reaches(role) == Some(true)
    }

    /// Whether the member is known to have neither `role` nor one above it. False if this is unknown: the token does
    /// not list inherited roles, and `auth.toml` does not order the two roles.
    pub fn is_below_role(&self, role: &str) -> bool {
        self.reaches(role) == Some(false)
    }

    /// Whether the member has this permission in this organization.
    pub fn has_permission(&self, permission: &str) -> bool {
        self.holds(permission) == Some(true)
    }

    /// Whether the member is known not to have this permission in this organization.
    pub fn lacks_permission(&self, permission: &str) -> bool {
        self.holds(permission) == Some(false)
    }

    /// Whether the member has all of these permissions in this organization; true for an empty list.
    pub fn has_all_permissions(&self, permissions: &[&str]) -> bool {
        permissions.iter().all(|permission| self.has_permission(permission))
    }

    fn has_assigned(&self, role: &str) -> Option<bool> {
        self.member()?.is_role(role)
    }

    fn reaches(&self, role: &str) -> Option<bool> {
        self.member()?.is_at_least_role(role, self.hierarchy)
    }

    fn holds(&self, permission: &str) -> Option<bool> {
        self.member()?.has_permission(permission)
    }
}

impl fmt::Debug for OrgMember {
    /// Prints only the id: everything else is personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrgMember").field("id", &self.id()).finish_non_exhaustive()
    }
}
