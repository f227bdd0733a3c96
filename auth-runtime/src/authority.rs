//! Up-to-date authority: memberships, roles and permissions from the application's own directory.

mod answers;
mod directory;
mod lookups;
mod marks;
mod permissions;
mod questions;
mod replica;
mod revocations;
#[cfg(test)]
mod tests;

pub use directory::{Directory, DirectoryError, Grants};
pub use revocations::{RevocationError, Revocations};

pub(crate) use directory::AnyDirectory;
pub(crate) use lookups::{Asks, DirectorySettings, Lookups, Unavailable};
pub(crate) use marks::{Facts, Marks};
