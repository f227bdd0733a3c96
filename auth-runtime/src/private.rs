//! Items that generated code names. Do not use them: they may change in any release.

pub use auth_macros::policy_of;
pub use core::include_bytes;
pub use core::option::Option::{None, Some};
pub use core::primitive::{bool, usize};

pub use core::result::Result::{Err, Ok};
#[cfg(feature = "utoipa")]
pub use utoipa::OpenApi;

pub use crate::guard::{
    And, DenyAll, FieldsOf, Guard, Guarded, GuardedLast, GuardedWith, GuardedWithLast, Hidden, IntoLoaded, IntoVerdict,
    Lend, Load, More, NamedPolicy, OnlyRoutersCallThisSoDebugHandlerGoesBelow, OrgRef, Own, PhantomParams, Pick, Plain,
    Policy, Source, Sources, Then, Untold, Verdict, select, shown,
};
pub use crate::policy::{
    Attribute, Condition, Deny, Expression, Invalid, NameKind, Need, OrgSource, OutsidePath, Part, Read, Rule,
    Settings, Takes, declared,
};

/// A file that the expansion depends on, so that a change of the file recompiles the crate.
pub type Tracked = &'static [u8];
