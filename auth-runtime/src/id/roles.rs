//! How roles relate to each other.

/// How an organization gives roles.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum RoleStructure {
    /// One role a member, in an order.
    #[default]
    Single,
    /// Any number of roles a member, without order.
    Multi,
}

/// The roles of `auth.toml`, highest first; empty where none is declared.
pub(crate) type Hierarchy = &'static [&'static str];

/// Whether an assigned role reaches `bar`, by a declared order: unknown where there is none for either of them.
pub(crate) fn reaches(assigned: &str, bar: &str, hierarchy: Hierarchy) -> Option<bool> {
    if assigned == bar {
        return Some(true);
    }
    let rank = |role: &str| hierarchy.iter().position(|known| *known == role);
    Some(rank(assigned)? <= rank(bar)?)
}
