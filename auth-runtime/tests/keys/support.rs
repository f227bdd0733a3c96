//! Shared by the test cases.

mod app;
mod events;
mod server;

pub(crate) use app::{App, try_verifier, verifier, verifier_of};
pub(crate) use events::{count, lines, wait_for};
pub(crate) use server::{Answer, Idp};

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use auth_runtime::Algorithm;
use auth_runtime::testing::{TestIssuer, TokenBuilder};
use serde_json::{Value, json};

pub(crate) const AUDIENCE: &str = "https://api.test";

/// A time after which every token of these tests is expired.
const LONG: Duration = Duration::from_hours(24 * 365);

/// A named key of an issuer.
pub(crate) struct Signer {
    key: TestIssuer,
    pub(crate) kid: String,
}

impl Signer {
    pub(crate) fn new(kid: &str) -> Self {
        // The fastest to make.
        Self { key: TestIssuer::with_algorithm(Algorithm::EdDSA), kid: kid.to_owned() }
    }

    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = self.key.jwks()["keys"][0].clone();
        jwk["kid"] = json!(self.kid);
        jwk
    }

    /// A valid token of this issuer.
    pub(crate) fn token(&self, iss: &str) -> String {
        self.token_with_kid(iss, &self.kid)
    }

    pub(crate) fn token_with_kid(&self, iss: &str, kid: &str) -> String {
        self.begin(iss).header("kid", kid).build()
    }

    /// The same with an additional claim.
    pub(crate) fn token_with(&self, iss: &str, claim: &str, value: &str) -> String {
        self.begin(iss).header("kid", &*self.kid).claim(claim, value).build()
    }

    /// No two tokens are equal, so each is verified and not read from the cache.
    fn begin(&self, iss: &str) -> TokenBuilder<'_> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let token = self.key.token().claim("iss", iss).claim("aud", AUDIENCE).expires_in(LONG);
        token.claim("jti", NUMBER.fetch_add(1, Ordering::Relaxed).to_string())
    }
}

/// The JWK Set of these keys.
pub(crate) fn set<'a>(signers: impl IntoIterator<Item = &'a Signer>) -> Value {
    json!({ "keys": signers.into_iter().map(Signer::jwk).collect::<Vec<_>>() })
}
