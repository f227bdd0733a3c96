//! What a credential can be used for at most.

/// What a credential can be used for at most: an upper bound on what the user may do by anything else, such as roles and
/// permissions in an organization.
///
/// Under [`Limit::permissions`], a permission holds only if it is listed and the user has it. One that is not listed is
/// unknown: a condition that asks for it refuses, even under `!`. Roles are unknown. Scopes, memberships and the user's own
/// data are not limited.
///
/// ```
/// use auth_runtime::Limit;
/// let read_only = Limit::permissions(["invoices:read", "projects:read"]);
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Limit(Option<Vec<String>>);

impl Limit {
    /// These permissions at most, and no roles.
    pub fn permissions<P: Into<String>>(permissions: impl IntoIterator<Item = P>) -> Self {
        Self(Some(permissions.into_iter().map(Into::into).collect()))
    }

    /// No limit: all that the user may do.
    pub fn none() -> Self {
        Self(None)
    }

    pub(super) fn listed(&self) -> Option<&[String]> {
        self.0.as_deref()
    }
}
