//! Up-to-date authority: memberships, roles and permissions from the application's own directory.

mod answers;
mod directory;
mod lookups;
mod permissions;
mod questions;
#[cfg(test)]
mod tests;

pub use directory::{Directory, DirectoryError, Grants};

pub(crate) use directory::AnyDirectory;
pub(crate) use lookups::{Asks, DirectorySettings, Lookups, Unavailable};
