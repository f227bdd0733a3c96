//! What the cases share.

mod app;
mod events;
mod server;

pub(crate) use app::{Answered, App, try_verifier, verifier, verifier_of};
pub(crate) use events::{count, wait_for};
pub(crate) use server::{Answer, Idp};

use std::time::Duration;

use auth_runtime::Algorithm;
use auth_runtime::testing::TestIssuer;
use serde_json::{Value, json};

pub(crate) const AUDIENCE: &str = "https://api.test";

/// A span that no token of these tests outlives.
const LONG: Duration = Duration::from_hours(24 * 365);

/// A key of an issuer, under a name.
pub(crate) struct Signer {
    key: TestIssuer,
    pub(crate) kid: String,
}

impl Signer {
    pub(crate) fn new(kid: &str) -> Self {
        // The quickest to make.
        Self { key: TestIssuer::with_algorithm(Algorithm::EdDSA), kid: kid.to_owned() }
    }

    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = self.key.jwks()["keys"][0].clone();
        jwk["kid"] = json!(self.kid);
        jwk
    }

    /// A good token of this issuer.
    pub(crate) fn token(&self, iss: &str) -> String {
        self.token_with_kid(iss, &self.kid)
    }

    pub(crate) fn token_with_kid(&self, iss: &str, kid: &str) -> String {
        self.key.token().claim("iss", iss).claim("aud", AUDIENCE).header("kid", kid).expires_in(LONG).build()
    }

    pub(crate) fn token_without_kid(&self, iss: &str) -> String {
        let token = self.key.token().claim("iss", iss).claim("aud", AUDIENCE).expires_in(LONG);
        token.header("kid", Value::Null).build()
    }
}

/// The set of these keys.
pub(crate) fn set<'a>(signers: impl IntoIterator<Item = &'a Signer>) -> Value {
    json!({ "keys": signers.into_iter().map(Signer::jwk).collect::<Vec<_>>() })
}
