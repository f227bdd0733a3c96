//! Keys: which are admitted, how one is found, how a signature is checked with it, where they come from.

#[cfg(feature = "http-client")]
mod address;
mod admit;
#[cfg(feature = "http-client")]
mod fetch;
#[cfg(feature = "http-client")]
mod fetched;
mod health;
mod lease;
mod pem;
#[cfg(feature = "http-client")]
mod report;
#[cfg(feature = "http-client")]
mod schedule;
mod secret;
mod set;
mod signature;
#[cfg(feature = "http-client")]
mod snapshot;
mod source;
#[cfg(feature = "http-client")]
mod start;

#[cfg(feature = "http-client")]
pub(crate) use address::{Address, shown};
#[cfg(feature = "http-client")]
pub(crate) use admit::Material;
#[cfg(feature = "http-client")]
pub(crate) use fetch::{Customize, Endpoint, Origin};
#[cfg(all(feature = "http-client", feature = "testing"))]
pub(crate) use fetch::{read_keys, read_metadata};
#[cfg(feature = "http-client")]
pub(crate) use fetched::{FetchSettings, FetchedKeys};
pub use health::{FetchErrorKind, Health, IssuerHealth, KeyState};
pub(crate) use pem::read_pem;
pub(crate) use secret::check_secret;
pub(crate) use set::{Key, KeySet, Making};
pub(crate) use source::Keys;
#[cfg(feature = "http-client")]
pub(crate) use start::StartError;

use jsonwebtoken::Algorithm;

/// Whether this algorithm checks with a shared secret.
pub(crate) fn is_hmac(algorithm: Algorithm) -> bool {
    matches!(algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512)
}

/// Makes `jsonwebtoken` use the back end that this crate is built with.
///
/// Where another crate of the program enables its other back end too, `jsonwebtoken` cannot choose by itself and
/// would panic at its first use. Whoever chose before keeps their choice.
pub(crate) fn choose_backend() {
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
}
