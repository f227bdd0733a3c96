//! Keys: which are admitted, how one is found, how a signature is checked with it.

mod admit;
mod pem;
mod secret;
mod set;
mod signature;

pub(crate) use pem::read_pem;
pub(crate) use secret::check_secret;
pub(crate) use set::{Key, KeySet, Lease};

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
