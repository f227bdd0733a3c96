//! What generated code names, and nothing else may: no promise holds here.

pub use core::include_bytes;
pub use core::option::Option::{None, Some};

pub use core::result::Result::{Err, Ok};

pub use crate::guard::{
    And, Attributed, DenyAll, Described, Guard, Guarded, GuardedLast, GuardedWith, GuardedWithLast, Hidden, IntoLoaded,
    IntoVerdict, Lend, Load, More, OnlyRoutersCallThisSoDebugHandlerGoesBelow, OrgRef, Own, PhantomParams, Pick, Plain,
    Policy, Sources, Then, Verdict, select, shown,
};
pub use crate::policy::{Attribute, Condition, Deny, Expression, Invalid, NameKind, Need, OrgSource, Rule, declared};

/// A file that a change of which changes the expansion.
pub type Tracked = &'static [u8];
