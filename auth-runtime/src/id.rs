//! Who the user is: what a mapping reads from a token, how it is stored, and how it is queried.

mod authority;
mod identity;
mod limit;
mod member;
mod org_id;
mod role;
mod subject;
mod texts;
mod user_writable;

pub use identity::{Identity, Membership};
pub use limit::Limit;
pub use member::OrgMember;
pub use org_id::AsOrgId;

pub(crate) use authority::OwnNames;
pub(crate) use role::{Hierarchy, RolePermissions, RoleStructure};
pub(crate) use subject::{MemberRef, StoredMembership, Subject};
pub(crate) use texts::{List, Span, Texts};
pub(crate) use user_writable::{UserWritable, segments};
