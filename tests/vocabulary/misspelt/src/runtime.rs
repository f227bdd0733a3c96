//! A replacement for the runtime: `declared`, `need` and `reads` are the runtime's own files, and nothing is extracted.
#![allow(unused)]

mod declared;
mod need;
mod reads;

pub mod __private {
    pub use super::declared::{NameKind, declared};
    pub use super::need::{Attribute, Condition, Deny, Invalid, Need, OrgSource, Rule, Settings};
    pub use auth_macros::policy_of;
    pub use std::option::Option::{None, Some};
    pub use std::include_bytes;

    pub struct DenyAll;
    pub struct OnlyRoutersCallThisSoDebugHandlerGoesBelow;
    pub struct Guarded<P, T>(pub P, pub T);
    pub struct GuardedLast<P, T>(pub P, pub T);
    pub type Tracked = &'static [u8];

    pub trait Policy<S> {
        const RULE: Rule = Rule::NEVER;
        const NEED: &'static Need = &Need::Rule(Self::RULE);
    }
    impl Policy<()> for DenyAll {
        const NEED: &'static Need = &Need::DenyAll;
    }
    pub trait NamedPolicy: Policy<()> {}
}
