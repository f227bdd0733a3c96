//! Hands on what a house of several services would: the guards, under its own name.

pub use auth_runtime as auth;
pub use auth_runtime::{GuardedRouter, OrgMember, User, routing};

/// The attributes, from a module of the house's own.
pub mod attributes {
    pub use auth_runtime::{require_org, require_user as signed_in};
}
