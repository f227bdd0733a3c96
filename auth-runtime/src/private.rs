//! What generated code names, and nothing else may: no promise holds here.

pub use core::include_bytes;
pub use core::option::Option::{None, Some};

pub use crate::guard::{
    And, Attributed, DenyAll, Described, Guard, Guarded, GuardedLast, IntoVerdict, NoSource,
    OnlyRoutersCallThisSoDebugHandlerGoesBelow, OrgRef, PhantomParams, Policy, Verdict, select,
};
pub use crate::policy::{Attribute, Check, Condition, Deny, Invalid, NameKind, Need, OrgSource, Rule, declared};

/// A file that a change of which changes the expansion.
pub type Tracked = &'static [u8];
