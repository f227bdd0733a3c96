//! A user's membership in one organization.

use std::fmt;
use std::sync::Arc;

use once_cell::sync::OnceCell;
use serde_json::Value;

use super::role::Hierarchy;
use super::subject::{MemberRef, Subject};

/// The user's membership in one organization, as the token states it: an argument of a handler that selects an
/// organization, and what [`User::org`](crate::User::org) gives.
///
/// Names of roles and permissions are compared exactly: case and spaces count. `None` is unknown: the token does not say.
/// Cloning copies a pointer.
///
/// A question has three answers, as in an attribute: yes, no, unknown. `has_permission` is true if the member is known to
/// have the permission, `lacks_permission` if the member is known not to have it; if the token does not say, both are
/// false.
///
/// | attribute | method | method for `!` |
/// |---|---|---|
/// | `permission("p")` | [`has_permission`](Self::has_permission) | [`lacks_permission`](Self::lacks_permission) |
/// | `role == "r"` | [`is_role`](Self::is_role) | [`lacks_role`](Self::lacks_role) |
/// | `role >= "r"` | [`is_at_least_role`](Self::is_at_least_role) | [`is_below_role`](Self::is_below_role) |
///
/// **Do not negate an answer with `!`. What `!permission("suspended")` is in an attribute is
/// `org.lacks_permission("suspended")` in code. `!org.has_permission("suspended")` is also true if the token does not say,
/// and would let such a member in.**
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
    /// Of the membership among the subject's.
    position: usize,
    hierarchy: Hierarchy,
    /// Made when a handler asks for it, and gone with the request: the subject is kept, and would grow by it.
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

    /// The assigned role; `None` if the token does not state one, as Auth0's do not.
    pub fn role(&self) -> Option<&str> {
        self.member()?.role()
    }

    /// Further assigned roles, in an organization whose members can have several; `None` if the token states no role.
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

    /// What the organization's administrators stored with it; `null` if the token does not have it.
    ///
    /// The first call parses it. Clones made afterwards share it; nothing else does.
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
    /// The token's list of inherited roles decides if there is one, else the order in `auth.toml`; without both, only
    /// `role` itself will do. If members can have several roles, order is ignored: `role` must be one of them.
    pub fn is_at_least_role(&self, role: &str) -> bool {
        self.reaches(role) == Some(true)
    }

    /// Whether the member is known to have neither `role` nor one above it. Without a list of inherited roles and
    /// without an order of the two roles in `auth.toml`, this is unknown, and false.
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
    /// Prints the id alone: the rest is a person's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrgMember").field("id", &self.id()).finish_non_exhaustive()
    }
}
