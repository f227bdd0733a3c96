//! Keys: which keys are admitted, how a key is found, how a signature is checked, and where keys come from.

mod admit;
mod health;
#[cfg(all(feature = "http-client", feature = "testing"))]
mod inspection;
mod lease;
mod pem;
#[cfg(feature = "http-client")]
mod remote;
mod secret;
mod set;
mod set_builder;
mod signature;
mod source;

#[cfg(feature = "http-client")]
pub(crate) use admit::Material;
pub use health::{FetchErrorKind, Health, IssuerHealth, KeyState, RevocationState};
#[cfg(all(feature = "http-client", feature = "testing"))]
pub use inspection::{InspectedKey, InspectedRequest, Inspection, SkippedKey};
pub(crate) use pem::read_pem;
#[cfg(feature = "http-client")]
pub(crate) use remote::{
    Address, Customize, Endpoint, FetchSettings, FetchedKeys, Origin, StartError, http_client, read_body, shown,
};
#[cfg(all(feature = "http-client", feature = "testing"))]
pub(crate) use remote::{inspect, read_keys, read_metadata};
pub(crate) use secret::check_secret;
pub(crate) use set::{Key, KeySet};
pub(crate) use set_builder::KeySetBuilder;
pub(crate) use signature::choose_backend;
pub(crate) use source::Keys;
