//! Who a token stands for: the identity, its organisations, and the questions one can ask of them.

mod identity;
mod member;
mod org_id;
mod roles;
mod subject;
mod texts;

pub use identity::{Identity, Membership};
pub use member::OrgMember;
pub use org_id::AsOrgId;

pub(crate) use roles::{Hierarchy, RoleStructure};
pub(crate) use subject::{Member, Seat, Subject};
pub(crate) use texts::{List, Span, Texts};
