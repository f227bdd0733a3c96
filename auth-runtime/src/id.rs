//! Who a token stands for: the identity, its organisations, and the questions one can ask of them.

mod identity;
mod member;
mod org_id;
mod subject;
mod texts;

pub use identity::{Identity, Membership};
pub use member::OrgMember;
pub use org_id::AsOrgId;

pub(crate) use member::RoleStructure;
pub(crate) use subject::{Member, Seat, Subject};
pub(crate) use texts::{List, Span, Texts};

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
