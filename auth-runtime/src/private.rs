//! Items that generated code names. Do not use them: they may change in any release.

pub use auth_macros::policy_of;
pub use core::include_bytes;
pub use core::option::Option::{None, Some};

pub use crate::guard::{
    And, Attributed, DenyAll, Described, Guard, Guarded, GuardedLast, IntoVerdict, NamedPolicy, NoSource,
    OnlyRoutersCallThisSoDebugHandlerGoesBelow, OrgRef, PhantomParams, Policy, Verdict, select,
};
pub use crate::policy::{Attribute, Check, Condition, Deny, Invalid, NameKind, Need, OrgSource, Rule, declared};

/// A file that the expansion depends on, so that a change of the file recompiles the crate.
pub type Tracked = &'static [u8];
