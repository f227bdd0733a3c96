//! The upper bound on what a credential can be used for.

/// An upper bound on what a credential can be used for, even if the user's roles and permissions in an organization
/// grant more.
///
/// With [`Limit::permissions`], a permission is true only if it is listed and the user has it. A permission that is not
/// listed is unknown: a condition that asks for it refuses the request, even under `!`. Roles are unknown. Scopes,
/// memberships and the user's own data are not limited.
///
/// ```
/// use auth_runtime::Limit;
/// let read_only = Limit::permissions(["invoices:read", "projects:read"]);
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Limit(Option<Vec<String>>);

impl Limit {
    /// At most these permissions, and no roles.
    pub fn permissions<P: Into<String>>(permissions: impl IntoIterator<Item = P>) -> Self {
        Self(Some(permissions.into_iter().map(Into::into).collect()))
    }

    /// No limit: everything that the user may do.
    pub fn none() -> Self {
        Self(None)
    }

    pub(super) fn listed(&self) -> Option<&[String]> {
        self.0.as_deref()
    }
}
