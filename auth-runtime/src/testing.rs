//! Real, signed tokens for tests and demonstrations (feature `testing`).
//!
//! Nothing here changes how tokens are verified: a [`TestIssuer`] has its own key, and its tokens go through the same
//! verifier as all others.

mod denial_matrix;
mod development;
mod directory;
mod evaluation;
mod internals;
mod policy_diff;
mod signing_key;
mod token_builder;

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::claims::ClaimMapping;
use crate::clock::Clock;
pub use crate::clock::TestClock;
use crate::token::Algorithm;
use crate::verifier::{Issuer, Verifier, VerifierBuilder};

pub use denial_matrix::{DenialMatrix, DenialReport, MatrixError, WrongAnswer, WrongObject, denial_matrix};
pub use development::{DevelopmentKey, DevelopmentKeyError};
pub use directory::TestDirectory;
pub use internals::*;
pub use token_builder::TokenBuilder;

#[cfg(feature = "http-client")]
pub use crate::keys::{InspectedKey, InspectedRequest, Inspection, SkippedKey};
pub use crate::verifier::{Check, CheckState, Diagnosis, MappedPart};

use signing_key::SigningKey;

const ISS: &str = "https://issuer.test";
/// The issuer of a tenant, which can make statements only about its own organization.
const TENANT: &str = "https://tenant.test";
const AUDIENCE: &str = "https://api.test";
const KID: &str = "test";

/// An issuer with a new key, which signs any claims.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use auth_runtime::testing::TestIssuer;
/// let issuer = TestIssuer::new();
/// let token = issuer.token().user("ada").org("acme", "Admin").build();
/// let verified = issuer.verifier().await.verify(&token).await.unwrap();
/// assert!(verified.user().org("acme").unwrap().is_role("Admin"));
/// # })
/// ```
pub struct TestIssuer {
    iss: Cow<'static, str>,
    audience: &'static str,
    algorithm: Algorithm,
    key: SigningKey,
    stranger: OnceLock<SigningKey>,
    clock: Clock,
    directory: TestDirectory,
}

impl Default for TestIssuer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TestIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestIssuer").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl TestIssuer {
    /// An issuer that signs with RS256.
    pub fn new() -> Self {
        Self::with_algorithm(Algorithm::RS256)
    }

    /// An issuer that signs with this algorithm.
    pub fn with_algorithm(algorithm: Algorithm) -> Self {
        Self::of_key(algorithm, SigningKey::new(algorithm))
    }

    fn of_key(algorithm: Algorithm, key: SigningKey) -> Self {
        Self {
            iss: Cow::Borrowed(ISS),
            audience: AUDIENCE,
            algorithm,
            key,
            stranger: OnceLock::new(),
            clock: Clock::System,
            directory: TestDirectory::new(),
        }
    }

    /// Uses this clock for the times of tokens and for [`verifier`](Self::verifier). By default, the system clock is
    /// used.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use auth_runtime::testing::{TestClock, TestIssuer};
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let clock = TestClock::now();
    /// let issuer = TestIssuer::new().clock(clock.clone());
    /// let verifier = issuer.verifier().await;
    /// clock.advance(Duration::from_secs(3600));
    /// let token = issuer.token().build();
    /// assert!(verifier.verify(&token).await.is_ok());
    /// clock.advance(Duration::from_secs(3600));
    /// assert!(verifier.verify(&token).await.is_err());
    /// # })
    /// ```
    #[must_use]
    pub fn clock(mut self, clock: impl Into<TestClock>) -> Self {
        self.clock = Clock::Set(clock.into());
        self
    }

    /// The `Issuer` to add to a verifier. Its `iss` is `https://issuer.test`, its audience is `https://api.test`, and
    /// its mapping reads all claims of a [`TokenBuilder`].
    pub fn issuer(&self) -> Issuer {
        let issuer = if self.algorithm.is_hmac() {
            Issuer::hmac(ISS, AUDIENCE, self.key.secret())
        } else {
            Issuer::jwks(ISS, AUDIENCE, self.jwks().to_string())
        };
        issuer.algorithms([self.algorithm]).claim_mapping(ClaimMapping::testing())
    }

    /// The public keys, as a JWK Set (RFC 7517 section 5); empty if the key is a shared secret.
    pub fn jwks(&self) -> Value {
        json!({ "keys": self.key.jwk(KID).as_slice() })
    }

    /// A verifier that trusts only this issuer.
    ///
    /// # Panics
    /// The back end cannot read a key that it made.
    #[allow(clippy::expect_used)]
    pub async fn verifier(&self) -> Verifier {
        self.builder().build().await.expect("the settings of a test issuer are valid")
    }

    /// Like [`verifier`](Self::verifier), but also trusts [`TENANT`]. Tokens of that issuer have the same key, and can
    /// make statements only about the organization in `tid`.
    #[allow(clippy::expect_used)]
    async fn verifier_with_tenants(&self) -> Verifier {
        let tenant = self.issuer().issuer_claim(TENANT).of_one_tenant();
        self.builder().issuer(tenant).build().await.expect("the settings of a test issuer are valid")
    }

    /// Whether this issuer has signed a token with this `iss`.
    async fn has_signed(&self, token: &str, iss: &str) -> bool {
        let issuer = self.issuer().issuer_claim(iss).danger_any_audience().danger_accept_bound_tokens();
        let builder = self.builder_for(issuer);
        match builder.build().await {
            Ok(verifier) => verifier.verify(token).await.is_ok(),
            Err(_) => false,
        }
    }

    fn builder(&self) -> VerifierBuilder {
        self.builder_for(self.issuer())
    }

    fn builder_for(&self, issuer: Issuer) -> VerifierBuilder {
        let builder = Verifier::builder().issuer(issuer);
        if let Clock::Set(clock) = &self.clock { builder.clock(clock.clone()) } else { builder }
    }

    /// Seconds since 1970.
    fn now(&self) -> u64 {
        self.clock.now_ms() / 1000
    }

    /// The directory in memory of this issuer. Use it for a verifier in a test. A denial matrix fills it.
    pub fn directory(&self) -> TestDirectory {
        self.directory.clone()
    }

    /// A verifier that trusts only this issuer, and asks its [`directory`](Self::directory) for each request.
    ///
    /// # Panics
    /// The back end cannot read a key that it made.
    #[allow(clippy::expect_used)]
    pub async fn verifier_with_directory(&self) -> Verifier {
        let builder = self.builder().directory(self.directory());
        builder.directory_fresh_for(Duration::ZERO).build().await.expect("the settings of a test issuer are valid")
    }

    /// Starts a token for user `user` that expires in five minutes.
    pub fn token(&self) -> TokenBuilder<'_> {
        let now = self.now();
        let claims = json!({
            "iss": self.iss, "aud": self.audience, "sub": "user", "user_id": "user", "iat": now, "exp": now + 300,
        });
        let mut header = Map::new();
        header.insert("alg".to_owned(), json!(self.algorithm.to_string()));
        header.insert("typ".to_owned(), json!("JWT"));
        if !self.algorithm.is_hmac() {
            header.insert("kid".to_owned(), json!(KID));
        }
        let claims = if let Value::Object(claims) = claims { claims } else { Map::new() };
        TokenBuilder::new(self, header, claims)
    }
}
