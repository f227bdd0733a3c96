//! Items that generated code names. Do not use them: they may change in any release.

pub use auth_macros::policy_of;
pub use core::include_bytes;
pub use core::option::Option::{None, Some};

pub use core::result::Result::{Err, Ok};
#[cfg(feature = "utoipa")]
pub use utoipa::OpenApi;

/// The type for the fields of a query or a body. Serde shows these fields in the same way as the parameters of a path.
pub use axum::extract::Path as FieldsOf;

pub use crate::guard::{
    And, Argument, Attributed, DenyAll, Described, Guard, Guarded, GuardedLast, GuardedWith, GuardedWithLast, Hidden,
    IntoLoaded, IntoVerdict, Key, Lend, Load, More, NamedPolicy, OnlyRoutersCallThisSoDebugHandlerGoesBelow, OrgRef,
    Own, Part, PhantomParams, Pick, Plain, Policy, Reads, Source, Sources, Then, Verdict, select, shown,
};
pub use crate::policy::{
    Attribute, Condition, Deny, Expression, Invalid, NameKind, Need, OrgSource, OutsidePath, Rule, Takes, declared,
};

/// A file that the expansion depends on, so that a change of the file recompiles the crate.
pub type Tracked = &'static [u8];
