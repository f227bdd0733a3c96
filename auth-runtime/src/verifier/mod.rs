//! The verifier: made once, shared by everything, asked once for each request.

mod builder;
mod issuer;
mod remembered;
mod sources;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use once_cell::sync::OnceCell;
use serde::de::DeserializeOwned;

pub use builder::VerifierBuilder;
pub use issuer::Issuer;
pub use remembered::TokenCache;
pub use sources::TokenSource;

pub(crate) use sources::{Credentials, Sources};

use crate::claims::{self, Found, Validity};
use crate::clock::{Clock, seconds};
use crate::error::{AlreadyInitialized, ConfigError, TokenFault, VerifyError};
use crate::id::{IdentityData, User};
use crate::keys::Key;
use crate::token::{self, Header};
use issuer::Trusted;
use remembered::Remembered;

/// Verifies access tokens of the issuers it was built with. Cloning copies a pointer: all clones are one verifier.
///
/// ```
/// # async fn start(public_key: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use auth_runtime::{Issuer, Verifier};
/// let issuer = Issuer::pem("https://issuer.test", "https://api.example.com", public_key);
/// auth_runtime::init(Verifier::new(issuer).await?)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Verifier {
    inner: Arc<Inner>,
}

struct Inner {
    issuers: Vec<Arc<Trusted>>,
    sources: Sources,
    max_token_bytes: usize,
    remembered: Remembered,
    clock: Clock,
    /// What the HTTP side wants to find again with this verifier; nothing here reads it.
    settings: http::Extensions,
}

impl Verifier {
    /// A verifier for one issuer, with everything else at its default.
    ///
    /// # Errors
    /// As [`VerifierBuilder::build`].
    pub async fn new(issuer: Issuer) -> Result<Self, ConfigError> {
        Self::builder().issuer(issuer).build().await
    }

    /// Sets up a verifier step by step.
    pub fn builder() -> VerifierBuilder {
        VerifierBuilder::default()
    }

    /// Verifies one access token: form, header, issuer, key, signature, claims, in this order.
    ///
    /// The guards call this; call it yourself where a token does not come with an HTTP request.
    ///
    /// # Errors
    /// [`VerifyError::Invalid`] for a token that is not good, [`VerifyError::KeysUnavailable`] where nobody can tell.
    pub async fn verify(&self, token: &str) -> Result<Verified, VerifyError> {
        self.verify_bytes(token.as_bytes()).await
    }

    pub(crate) async fn verify_bytes(&self, token: &[u8]) -> Result<Verified, VerifyError> {
        if let Some(verified) = self.remembered(token) {
            return Ok(verified);
        }
        let verified = self.verify_unseen(token).await?;
        self.inner.remembered.remember(&verified);
        Ok(verified)
    }

    /// A token that was verified before and still counts; one that no longer does goes the long way, which says why.
    fn remembered(&self, token: &[u8]) -> Option<Verified> {
        let verified = self.inner.remembered.get(token)?;
        let now_ms = self.inner.clock.now_ms();
        if verified.inner.validity.check(seconds(now_ms)).is_ok() && verified.inner.key.is_trusted(now_ms).is_ok() {
            return Some(verified);
        }
        self.inner.remembered.forget(token);
        None
    }

    // Keys that are fetched need the await; those of today do not.
    #[allow(clippy::unused_async)]
    async fn verify_unseen(&self, token: &[u8]) -> Result<Verified, VerifyError> {
        let parts = token::split(token, self.inner.max_token_bytes)?;
        let header = token::decode(parts.header)?;
        let header = Header::read(&header)?;
        let payload = String::from_utf8(token::decode(parts.payload)?).map_err(|_| TokenFault::Claims)?;
        let signature = token::decode(parts.signature)?;
        let issuer = self.issuer_of(&payload)?;
        header.check_type(issuer.rules.token_type)?;
        let key = issuer.key(&header)?;
        if !key.verifies(parts.signing_input, &signature) {
            return Err(TokenFault::Signature.into());
        }
        self.accept(issuer, key, token, &payload)
    }

    /// The issuer whose rules apply. Several are told apart by the token's own `iss`, unverified as it is: it only
    /// says whose keys the signature is then checked with.
    fn issuer_of(&self, payload: &str) -> Result<&Arc<Trusted>, TokenFault> {
        if let [only] = self.inner.issuers.as_slice() {
            return Ok(only);
        }
        let named = claims::unverified_issuer(payload)?;
        self.inner
            .issuers
            .iter()
            .find(|issuer| issuer.rules.issuer.as_deref() == named.as_deref())
            .ok_or(TokenFault::Issuer)
    }

    /// Holds a correctly signed payload to the rules.
    fn accept(&self, issuer: &Trusted, key: Arc<Key>, token: &[u8], payload: &str) -> Result<Verified, VerifyError> {
        let now_ms = self.inner.clock.now_ms();
        let mut found = Found::default();
        claims::read(payload, &issuer.profile, &issuer.rules, &mut found)?;
        let (exp, validity) = issuer.rules.check(&found.registered, seconds(now_ms))?;
        key.is_trusted(now_ms)?;
        let expires_at = SystemTime::UNIX_EPOCH.checked_add(exp).ok_or(TokenFault::Claim("exp"))?;
        let iss = issuer.rules.issuer.clone().unwrap_or_default();
        let data = IdentityData::new(found.identity, iss, issuer.name.clone(), expires_at, token.into());
        Ok(Verified { inner: Arc::new(VerifiedInner { data: Arc::new(data), validity, key }) })
    }

    /// Checks a signature whose message is no token, as published test vectors have them: by the key that `header`
    /// means among those that were admitted, as for a token.
    #[cfg(feature = "testing")]
    #[doc(hidden)]
    #[allow(clippy::unused_async)]
    pub async fn verify_detached(&self, header: &str, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        let header = Header::read(header.as_bytes())?;
        let issuer = self.issuer_of("{}")?;
        header.check_type(issuer.rules.token_type)?;
        if issuer.key(&header)?.verifies(message, signature) { Ok(()) } else { Err(TokenFault::Signature.into()) }
    }

    pub(crate) fn sources(&self) -> &Sources {
        &self.inner.sources
    }

    pub(crate) fn settings(&self) -> &http::Extensions {
        &self.inner.settings
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers = self.inner.issuers.iter().map(|issuer| issuer.label());
        f.debug_struct("Verifier").field("issuers", &issuers.collect::<Vec<_>>()).finish_non_exhaustive()
    }
}

/// A token that was verified. Only [`Verifier::verify`] and the guards make one; cloning copies a pointer.
#[derive(Clone)]
pub struct Verified {
    inner: Arc<VerifiedInner>,
}

struct VerifiedInner {
    data: Arc<IdentityData>,
    validity: Validity,
    key: Arc<Key>,
}

impl Verified {
    /// The user behind the token. Its role questions know no order from `auth.toml`: that belongs to guards.
    pub fn user(&self) -> User {
        User::new(Arc::clone(&self.inner.data), &[])
    }

    /// The verified claims, as a type of yours.
    ///
    /// # Errors
    /// They do not fit.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, VerifyError> {
        Ok(self.inner.data.claims()?)
    }

    /// When the token expires, leeway not counted.
    pub fn expires_at(&self) -> SystemTime {
        self.inner.data.expires_at()
    }

    /// How much of the token's time is left.
    pub fn expires_in(&self) -> Duration {
        self.expires_at().duration_since(SystemTime::now()).unwrap_or_default()
    }

    pub(crate) fn data(&self) -> &Arc<IdentityData> {
        &self.inner.data
    }
}

impl fmt::Debug for Verified {
    /// Prints whose it is alone: the rest is a person's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = &self.inner.data;
        f.debug_struct("Verified")
            .field("user", &data.identity().id)
            .field("issuer", &data.issuer())
            .finish_non_exhaustive()
    }
}

static GLOBAL: OnceCell<Verifier> = OnceCell::new();

/// Sets the verifier of this process, for every guard that no [`GuardedRouter::guarded_by`](crate::GuardedRouter::guarded_by)
/// gives another one. Once, at start.
///
/// # Errors
/// It was set before; the first one stays.
pub fn init(verifier: Verifier) -> Result<(), AlreadyInitialized> {
    GLOBAL.set(verifier).map_err(|_| AlreadyInitialized)
}

/// The verifier of this process.
pub(crate) fn global() -> Option<&'static Verifier> {
    GLOBAL.get()
}
