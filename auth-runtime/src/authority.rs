//! Up-to-date authority: memberships, roles and permissions from the application's own directory, and credentials that
//! are revoked before they expire.

mod answers;
mod directory;
#[cfg(feature = "redis")]
mod forgetting;
mod lookups;
mod marks;
mod permissions;
mod questions;
#[cfg(feature = "redis")]
mod reach;
mod replica;
mod revocations;
#[cfg(feature = "redis")]
mod shared;
#[cfg(test)]
mod tests;

pub use directory::{Directory, DirectoryError, Grants};
pub use revocations::{RevocationError, Revocations};

pub(crate) use answers::Recent;
pub(crate) use directory::AnyDirectory;
#[cfg(feature = "redis")]
pub(crate) use forgetting::Forgotten;
pub(crate) use lookups::{Asks, DirectorySettings, Lookups, Unavailable};
pub(crate) use marks::{Facts, Marks};
#[cfg(feature = "redis")]
pub(crate) use reach::Recency;
pub(crate) use revocations::NotCounted;
#[cfg(all(feature = "redis", feature = "testing"))]
pub(crate) use shared::read_messages;
