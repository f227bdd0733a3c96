//! What generated code names, and nothing else may: no promise holds here.

pub use core::option::Option::{None, Some};
pub use core::{file, include_bytes, line};

pub use crate::decide::{Attribute, Condition, Deny, Invalid, Need, OrgSource, Rule, compatible, org_selected};
pub use crate::guard::{
    And, DebugHandlerGoesBelow, DenyAll, Described, Guard, IntoVerdict, NoSource, OrgRef, Policy, Verdict, With, select,
};
