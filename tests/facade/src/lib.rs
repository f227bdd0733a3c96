//! Re-exports the guards under another name, like a shared crate of several services.

pub use auth_runtime as auth;
pub use auth_runtime::{GuardedRouter, OrgMember, User, routing};

/// The attributes, in a module of this crate.
pub mod attributes {
    pub use auth_runtime::{require_org, require_user as signed_in};
}
