//! What generated code names, and nothing else may: no promise holds here.

pub use core::option::Option::{None, Some};
pub use core::{file, include_bytes, line};

pub use crate::decide::{
    Attribute, Condition, Deny, Invalid, Need, OrgSource, Rule, Sort, compatible, declared, org_selected,
};
pub use crate::guard::{
    And, DebugHandlerGoesBelow, DenyAll, Described, Guard, Guarded, GuardedLast, IntoVerdict, NoSource, OrgRef, Policy,
    Verdict, With, select,
};

/// A file that a change of which changes the expansion.
pub type Tracked = &'static [u8];
