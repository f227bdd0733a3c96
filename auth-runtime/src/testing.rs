//! Real, signed tokens for tests and demonstrations (feature `testing`).
//!
//! Nothing here changes how tokens are verified: a [`TestIssuer`] has its own key, and its tokens go through the same
//! verifier as all others.

mod denial_matrix;
mod development;
mod directory;
mod evaluation;
mod policy_diff;
mod signing_key;

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::claims::ClaimMapping;
use crate::clock::Clock;
pub use crate::clock::TestClock;
use crate::guard::{OrgRef, decide_in, select};
use crate::keys;
use crate::policy::{DenialReason, Need};
use crate::token::Algorithm;
use crate::verifier::{Issuer, Verified, Verifier, VerifierBuilder};

pub use denial_matrix::{DenialMatrix, DenialReport, MatrixError, WrongAnswer, WrongObject, denial_matrix};
pub use development::{DevelopmentKey, DevelopmentKeyError};
pub use directory::TestDirectory;

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

    /// The same verifier, which also trusts [`TENANT`]. Tokens of that issuer have the same key, and can make statements
    /// only about the organization in `tid`.
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
        TokenBuilder { issuer: self, header, claims, is_strange: false }
    }
}

/// Builds a token. Claims that are not set are omitted.
#[must_use]
pub struct TokenBuilder<'a> {
    issuer: &'a TestIssuer,
    header: Map<String, Value>,
    claims: Map<String, Value>,
    is_strange: bool,
}

impl fmt::Debug for TokenBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenBuilder").field("claims", &self.claims).finish_non_exhaustive()
    }
}

impl TokenBuilder<'_> {
    /// The user's id: claims `user_id` and `sub`.
    pub fn user(self, id: &str) -> Self {
        self.claim("user_id", id).claim("sub", id)
    }

    /// The user's email address: claim `email`.
    pub fn email(self, email: &str) -> Self {
        self.claim("email", email)
    }

    /// Membership in an organization, in this role: an entry of `org_id_to_org_member_info`.
    ///
    /// The token has no list of inherited roles, so `role >= ".."` uses the order in `auth.toml`.
    pub fn org(mut self, id: &str, role: &str) -> Self {
        let entry = self.org_entry(id);
        entry.insert("user_role".to_owned(), role.into());
        self
    }

    /// Selects the active one of several organizations: claim `active_org_id`. The token needs a membership in it, see
    /// [`org`](Self::org); otherwise it is refused.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// use auth_runtime::testing::TestIssuer;
    /// let issuer = TestIssuer::new();
    /// let token = issuer.token().org("acme", "Admin").org("globex", "Member").active_org("globex").build();
    /// let user = issuer.verifier().await.verify(&token).await.unwrap().user();
    /// assert_eq!(user.active_org().unwrap().id(), "globex");
    /// assert!(user.org("acme").unwrap().is_role("Admin"));
    /// # })
    /// ```
    pub fn active_org(self, id: &str) -> Self {
        self.claim("active_org_id", id)
    }

    /// A permission in an organization. If the organization was not added yet, it is added with the role `Member`.
    pub fn org_permission(mut self, org: &str, permission: &str) -> Self {
        let entry = self.org_entry(org);
        entry.entry("user_role").or_insert_with(|| "Member".into());
        push(entry, "user_permissions", permission);
        self
    }

    /// A permission granted directly: claim `permissions`.
    pub fn permission(mut self, permission: &str) -> Self {
        push(&mut self.claims, "permissions", permission);
        self
    }

    /// A role that belongs to no organization: claim `realm_access.roles`.
    pub fn role(mut self, role: &str) -> Self {
        push(object(&mut self.claims, "realm_access"), "roles", role);
        self
    }

    /// An OAuth scope: claim `scope`.
    pub fn scope(mut self, scope: &str) -> Self {
        let scopes = match self.claims.get("scope").and_then(Value::as_str) {
            Some(before) => format!("{before} {scope}"),
            None => scope.to_owned(),
        };
        self.claims.insert("scope".to_owned(), scopes.into());
        self
    }

    /// Any claim.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Sets any JOSE header parameter.
    pub fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Removes a claim.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Expires after this time, from now.
    pub fn expires_in(self, time: Duration) -> Self {
        let now = self.issuer.now();
        self.claim("exp", now.saturating_add(time.as_secs()))
    }

    /// The token expired an hour ago.
    pub fn expired(self) -> Self {
        let now = self.issuer.now();
        self.claim("exp", now.saturating_sub(3600))
    }

    /// Signs with a key that the issuer does not have.
    pub fn signed_by_stranger(mut self) -> Self {
        self.is_strange = true;
        self
    }

    /// Signs the token.
    ///
    /// # Panics
    /// The back end cannot sign with a key that it made.
    pub fn build(self) -> String {
        let TestIssuer { algorithm, key, stranger, .. } = self.issuer;
        let key = if self.is_strange { stranger.get_or_init(|| SigningKey::new(*algorithm)) } else { key };
        let header = URL_SAFE_NO_PAD.encode(Value::Object(self.header).to_string());
        let claims = URL_SAFE_NO_PAD.encode(Value::Object(self.claims).to_string());
        let message = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    fn org_entry(&mut self, id: &str) -> &mut Map<String, Value> {
        let entry = object(object(&mut self.claims, "org_id_to_org_member_info"), id);
        entry.entry("org_id").or_insert_with(|| id.into());
        entry
    }
}

/// The decision of a guard, for comparison with a model.
#[doc(hidden)]
pub fn decide(need: &Need, user: Option<&Verified>, org: Option<&str>) -> Result<(), DenialReason> {
    decide_in(need, user.map(Verified::subject), &org.map_or(OrgRef::NONE, select), user.map_or(0, Verified::now))
        .map(drop)
}

/// The URL of the keys in a fetched metadata document.
#[cfg(feature = "http-client")]
#[doc(hidden)]
pub fn read_metadata(body: &[u8], issuer: &str) -> Result<String, String> {
    keys::read_metadata(body, issuer)
}

/// The number of usable keys in a fetched response.
#[cfg(feature = "http-client")]
#[doc(hidden)]
pub fn read_keys(body: &[u8]) -> Result<usize, String> {
    keys::read_keys(body)
        .or_else(|fault| crate::provider::propelauth_key(body).map(|_| 1).map_err(|other| format!("{fault}; {other}")))
}

/// The claims that are read from an introspection answer about an active access token.
#[cfg(feature = "http-client")]
#[doc(hidden)]
pub fn read_introspection(body: &[u8], iss: &str) -> Option<String> {
    let answer = crate::introspection::claims(body, iss, Duration::from_secs(1), false).ok()??;
    answer.ok().map(|active| active.claims)
}

/// Looks up a token in the revocations, as its first request does: for benches. The token has this `jti`, a user, and an
/// issuer with a name and an `iss`.
#[doc(hidden)]
pub fn revocation_lookup(revocations: &crate::Revocations, issuer: &str, jti: &str) -> impl Fn() -> bool + use<> {
    revocations.lookup(&crate::authority::Facts {
        issuers: vec![issuer, "https://issuer.test"],
        id: Some(jti),
        text: b"header.payload",
        users: vec!["ada"],
        issued_at: Some(0),
        ..Default::default()
    })
}

/// Whether bytes from Redis count as a revocation, or as another message, with this secret.
#[cfg(feature = "redis")]
#[doc(hidden)]
pub fn reads_shared(bytes: &[u8], secret: &[u8]) -> bool {
    crate::authority::read_messages(bytes, secret)
}

/// The object with this name. It is created if it is missing.
#[allow(clippy::expect_used)]
fn object<'a>(map: &'a mut Map<String, Value>, name: &str) -> &'a mut Map<String, Value> {
    let slot = map.entry(name).or_insert_with(|| json!({}));
    if !slot.is_object() {
        *slot = json!({});
    }
    slot.as_object_mut().expect("it was made an object")
}

fn push(map: &mut Map<String, Value>, name: &str, value: &str) {
    let slot = map.entry(name).or_insert_with(|| json!([]));
    if let Some(list) = slot.as_array_mut() {
        list.push(value.into());
    }
}
