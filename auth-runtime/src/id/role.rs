//! Roles and their order.

/// How many roles a member can have in an organization.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum RoleStructure {
    /// One role for each member; roles are ordered.
    #[default]
    Single,
    /// Any number of roles for each member; roles are not ordered.
    Multi,
}

/// The roles of `auth.toml`, highest first; empty if it declares no roles.
pub(crate) type Hierarchy = &'static [&'static str];

/// The permissions of each role in `auth.toml`, including those of the roles below it; empty if none are declared.
pub(crate) type RolePermissions = &'static [(&'static str, &'static [&'static str])];

/// Whether an assigned role is `bar` or above it in the hierarchy; `None` if they differ and the hierarchy does not
/// have both.
pub(crate) fn reaches(assigned: &str, bar: &str, hierarchy: Hierarchy) -> Option<bool> {
    if assigned == bar {
        return Some(true);
    }
    let rank = |role: &str| hierarchy.iter().position(|known| *known == role);
    Some(rank(assigned)? <= rank(bar)?)
}
