//! The verifier: built once, shared by all guards, called once for each request.

mod also_secret;
mod authentication;
mod authenticators;
mod authorized;
mod builder;
mod deciding;
mod description;
#[cfg(feature = "testing")]
mod diagnosed;
mod diagnosis;
#[cfg(feature = "testing")]
mod distance;
#[cfg(feature = "http-client")]
mod fetching;
mod headers;
#[cfg(all(feature = "http-client", feature = "testing"))]
mod inspected;
#[cfg(feature = "http-client")]
mod introspected;
mod issuer;
mod key_source;
#[cfg(feature = "testing")]
mod local;
mod locations;
mod of_process;
mod refinements;
#[cfg(any(feature = "aide", feature = "utoipa"))]
mod refusing;
mod replies;
mod resource;
mod revocable;
mod revoking;
mod rotation;
mod scope_limits;
#[cfg(feature = "utoipa")]
mod sent_in;
mod sites;
#[cfg(feature = "testing")]
mod test_data;
mod token_cache;
mod trusted;
mod vary;
mod verified;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use http::HeaderValue;

pub(crate) use authentication::NotAuthenticated;
pub use builder::VerifierBuilder;
#[cfg(feature = "testing")]
pub use diagnosed::{Check, CheckState, Diagnosis, MappedPart};
pub use issuer::Issuer;
pub use locations::TokenLocation;
pub use of_process::init;
pub(crate) use of_process::{global, when_initialized};
pub use token_cache::TokenCache;
pub use verified::Verified;

#[cfg(feature = "http-client")]
pub(crate) use fetching::START_ANYWAY;
pub(crate) use key_source::KeySource;
#[cfg(feature = "http-client")]
pub(crate) use locations::Proxy;
#[cfg(feature = "utoipa")]
pub(crate) use locations::SentIn;
pub(crate) use locations::{Credentials, TokenLocations};
pub(crate) use replies::Replies;
pub(crate) use resource::{Resource, ResourceId};

use crate::authority::{Lookups, Revocations};
use crate::base64url::Buffer;
use crate::claims::{self, KeyScope, TokenClaims};
use crate::clock::{Clock, Moment, seconds};
use crate::error::{ConfigError, InvalidTokenReason, VerifyError};
use crate::keys::{Health, Key};
use crate::token::{self, Header, Parts, Progress, Step};
use authenticators::Authenticators;
use headers::Headers;
use token_cache::CachedTokens;
use trusted::TrustedIssuer;

/// Verifies the access tokens of its issuers. Cloning copies a pointer: all clones are one verifier.
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
    /// The protected resource that a router has set for it.
    resource: Option<Arc<Resource>>,
}

struct Inner {
    issuers: Vec<Arc<TrustedIssuer>>,
    locations: TokenLocations,
    authenticators: Authenticators,
    #[cfg(feature = "http-client")]
    has_introspection: bool,
    max_token_bytes: usize,
    headers: Headers,
    cached_tokens: CachedTokens,
    clock: Clock,
    replies: Replies,
    lookups: Option<Arc<Lookups>>,
    revocations: Option<Revocations>,
    vary: Option<HeaderValue>,
    /// The settings as text.
    description: Arc<[String]>,
}

impl Verifier {
    /// A verifier for one issuer, with default settings.
    ///
    /// # Errors
    /// See [`VerifierBuilder::build`].
    pub async fn new(issuer: Issuer) -> Result<Self, ConfigError> {
        Self::builder().issuer(issuer).build().await
    }

    /// Starts the builder of a verifier.
    pub fn builder() -> VerifierBuilder {
        VerifierBuilder::default()
    }

    /// Verifies one access token, in this order: form, header, issuer, key, signature, claims.
    ///
    /// The guards call this. Call it yourself if a token does not arrive with an HTTP request.
    ///
    /// # Errors
    /// [`VerifyError::Invalid`] if the token is not valid, [`VerifyError::KeysUnavailable`] if no keys are available.
    pub async fn verify(&self, token: &str) -> Result<Verified, VerifyError> {
        let verified = self.verify_bytes(token.as_bytes(), u64::MAX, self.moment()).await?;
        #[cfg(feature = "testing")]
        self.check_peer(&verified, None)?;
        Ok(verified)
    }

    /// Like [`verify`](Self::verify), for a request that arrived at this moment and accepts answers of at most this
    /// age. The age matters only for introspection.
    #[cfg_attr(not(feature = "http-client"), allow(unused_variables))]
    async fn verify_bytes(&self, token: &[u8], max_age_ms: u64, moment: Moment) -> Result<Verified, VerifyError> {
        if let Some(verified) = self.cached(token, moment)? {
            return Ok(verified);
        }
        #[cfg(feature = "http-client")]
        if let Some(issuer) = self.introspecting(token) {
            // Boxed, so that what it needs does not enlarge the future of every handler.
            return Box::pin(self.introspect(issuer, token, max_age_ms)).await;
        }
        let verified = self.verify_unseen(token).await.map_err(|error| self.in_detail(token, error))?;
        self.inner.cached_tokens.insert(&verified);
        Ok(verified)
    }

    /// Looks up a token in the cache. If it is there but no longer valid, it is verified again, to find the reason.
    fn cached(&self, token: &[u8], moment: Moment) -> Result<Option<Verified>, VerifyError> {
        let Some(verified) = self.inner.cached_tokens.get(token) else { return Ok(None) };
        match verified.still_counts(moment) {
            Ok(()) => return Ok(Some(verified)),
            Err(VerifyError::Invalid(_)) => {}
            // The token may be valid again when there are keys again.
            Err(unavailable) => return Err(unavailable),
        }
        self.inner.cached_tokens.remove(token);
        Ok(None)
    }

    async fn verify_unseen(&self, token: &[u8]) -> Result<Verified, VerifyError> {
        match self.verify_now(token)? {
            Some(verified) => Ok(verified),
            // Rare, and boxed, so that the data for waiting does not enlarge the future of every handler.
            None => Box::pin(self.verify_waiting(token, &mut Progress::default())).await,
        }
    }

    /// Verifies with the current keys; `None` if waiting may bring the key.
    fn verify_now(&self, token: &[u8]) -> Result<Option<Verified>, VerifyError> {
        let (mut buffers, mut progress) = (Buffers::new(), Progress::default());
        let opened = self.open(token, &mut buffers, &mut progress)?;
        let keys = &opened.issuer.keys;
        let Some(key) = keys.find_now(&opened.header, None)? else { return Ok(None) };
        if opened.is_signed_by(&key) {
            return self.accept(&opened, key, &mut progress).map(Some);
        }
        // Another key may verify it: one of the current keys, or a key to wait for.
        keys.find_now(&opened.header, Some(&key)).map(|_| None)
    }

    /// Verifies, and waits for a fetch if the key is missing.
    async fn verify_waiting(&self, token: &[u8], progress: &mut Progress) -> Result<Verified, VerifyError> {
        let mut buffers = Buffers::new();
        let opened = self.open(token, &mut buffers, progress)?;
        let keys = &opened.issuer.keys;
        progress.begin(Step::Key);
        let mut key = keys.find(&opened.header, None).await?;
        progress.begin(Step::Signature);
        if !opened.is_signed_by(&key) {
            key = keys.find(&opened.header, Some(&key)).await?;
            if !opened.is_signed_by(&key) {
                return Err(InvalidTokenReason::Signature.into());
            }
        }
        self.accept(&opened, key, progress)
    }

    /// Decodes an unverified token, and finds the issuer that it names.
    fn open<'t>(
        &'t self,
        token: &'t [u8],
        buffers: &'t mut Buffers,
        progress: &mut Progress,
    ) -> Result<Opened<'t>, InvalidTokenReason> {
        let parts = token::split(token, self.inner.max_token_bytes)?;
        progress.begin(Step::Header);
        let header = match self.inner.headers.get(parts.header) {
            Some(kept) => Cow::Borrowed(kept),
            None => Cow::Owned(Header::read(buffers.header.decode(parts.header)?)?),
        };
        progress.begin(Step::Encoding);
        let payload = buffers.payload.decode(parts.payload)?;
        let payload = std::str::from_utf8(payload).map_err(|_| InvalidTokenReason::Claims)?;
        let signature = buffers.signature.decode(parts.signature)?;
        progress.begin(Step::Issuer);
        let issuer = self.issuer_of(payload)?;
        progress.begin(Step::TokenType);
        header.check_type(issuer.claims.rules().token_type)?;
        Ok(Opened { token, parts, header, payload, signature, issuer })
    }

    /// The issuer whose rules apply. If there are several, the token's `iss` selects one. It is unverified, but it only
    /// selects the keys that check the signature.
    fn issuer_of(&self, payload: &str) -> Result<&Arc<TrustedIssuer>, InvalidTokenReason> {
        if let [only] = self.inner.issuers.as_slice() {
            return Ok(only);
        }
        let named = claims::unverified_issuer(payload)?;
        self.inner
            .issuers
            .iter()
            .find(|issuer| issuer.claims.rules().is_issued_by(named.as_deref()))
            .ok_or(InvalidTokenReason::Issuer)
    }

    /// Checks the payload of a correctly signed token against the rules.
    fn accept(&self, opened: &Opened<'_>, key: Arc<Key>, progress: &mut Progress) -> Result<Verified, VerifyError> {
        let Opened { token, payload, issuer, .. } = *opened;
        let now = seconds(self.inner.clock.now_ms());
        let mut claims = TokenClaims::default();
        let scope = KeyScope { issuer: key.scope().issuer.as_deref(), cloud: key.scope().cloud.as_deref() };
        let (exp, validity) = issuer.claims.read(payload, scope, now, &mut claims, progress)?;
        progress.begin(Step::KeyTrusted);
        // The time is read again: the keys may have expired while the token was checked.
        key.check_trusted(self.moment())?;
        let expires_at = SystemTime::UNIX_EPOCH.checked_add(exp).ok_or(InvalidTokenReason::Claim("exp"))?;
        let identifier = issuer.identifier(claims.registered.iss.as_ref().map(|iss| &*iss.0));
        let mut subject = claims.subject.of_token(token.into(), identifier, issuer.name.clone(), Some(expires_at));
        subject.set_issuer_facts(&issuer.user_writable, issuer.has_tenants());
        subject.set_credential_id(claims.registered.jti.as_ref().map(|jti| &*jti.0));
        if let Cow::Owned(header) = &opened.header {
            self.inner.headers.keep(opened.parts.header, header);
        }
        let lookups = self.lookups_for(issuer);
        issuer.settle_authority(&mut subject, lookups.is_some());
        let revocable = self.revocable(&subject, opened, &claims.registered, now)?;
        let authority = (lookups.cloned(), revocable);
        let verified = Verified::new(subject, validity, key, self.inner.clock.clone(), authority);
        verified.check_revoked()?;
        Ok(verified)
    }

    /// The directory for the users of this issuer, if there is one.
    fn lookups_for(&self, issuer: &TrustedIssuer) -> Option<&Arc<Lookups>> {
        self.inner.lookups.as_ref().filter(|_| !issuer.memberships_from_tokens)
    }

    /// Removes the cached answer about the API key with this id. The key is looked up again when it is next used.
    /// Answers of lookups that are still running are discarded too. Call it when a key is revoked or its limit changes.
    /// Call it in each process, because each has its own cache.
    pub fn forget_key(&self, id: &str) {
        self.inner.authenticators.forget_key(id);
    }

    /// The current state of each issuer's keys and of shared revocations, for a probe or a dashboard.
    pub fn health(&self) -> Health {
        Health::of(self.inner.issuers.iter().map(|issuer| issuer.health()).collect(), self.revocation_state())
    }

    /// Checks a signature over any message, as in published test vectors: with the admitted key that `header` matches,
    /// as for a token.
    #[cfg(feature = "testing")]
    #[doc(hidden)]
    pub async fn verify_detached(&self, header: &str, message: &[u8], signature: &[u8]) -> Result<(), VerifyError> {
        let header = Header::read(header.as_bytes())?;
        let issuer = self.issuer_of("{}")?;
        header.check_type(issuer.claims.rules().token_type)?;
        let key = issuer.keys.find(&header, None).await?;
        if key.verifies(message, signature) { Ok(()) } else { Err(InvalidTokenReason::Signature.into()) }
    }

    /// Its settings as text, for a table of routes: the issuers, then the authenticators, each in the order in which
    /// they were added, then each setting that is not the default.
    pub(crate) fn description(&self) -> &Arc<[String]> {
        &self.inner.description
    }

    /// Whether users come from several issuers or authenticators.
    pub(crate) fn has_several_sources(&self) -> bool {
        self.inner.issuers.len() + self.inner.authenticators.names().count() > 1
    }

    pub(crate) fn locations(&self) -> &TokenLocations {
        &self.inner.locations
    }

    /// The first issuer whose users can write this claim themselves, without a setting that allows it.
    pub(crate) fn issuer_of_writable(&self, claim: &str) -> Option<&str> {
        self.inner.issuers.iter().find(|issuer| issuer.user_writable.refuses(claim)).map(|issuer| issuer.label())
    }

    /// The moment at which a request arrives.
    pub(crate) fn moment(&self) -> Moment {
        self.inner.clock.moment()
    }

    /// Seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.inner.clock.now_ms() / 1000
    }

    /// Whether both are clones of one verifier, with the same protected resource.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let resource = |verifier: &Self| verifier.resource.as_ref().map(Arc::as_ptr);
        Arc::ptr_eq(&self.inner, &other.inner) && resource(self) == resource(other)
    }

    pub(crate) fn replies(&self) -> &Replies {
        &self.inner.replies
    }
}

/// A decoded token. Its claims are not verified yet.
struct Opened<'t> {
    token: &'t [u8],
    parts: Parts<'t>,
    header: Cow<'t, Header<'t>>,
    payload: &'t str,
    signature: &'t [u8],
    issuer: &'t TrustedIssuer,
}

impl Opened<'_> {
    fn is_signed_by(&self, key: &Key) -> bool {
        key.verifies(self.parts.signing_input, self.signature)
    }
}

/// Buffers for the parts of a token, large enough for most tokens.
struct Buffers {
    header: Buffer<256>,
    payload: Buffer<2048>,
    signature: Buffer<512>,
}

impl Buffers {
    fn new() -> Self {
        Self { header: Buffer::new(), payload: Buffer::new(), signature: Buffer::new() }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers = self.inner.issuers.iter().map(|issuer| issuer.label());
        let authenticators = self.inner.authenticators.names();
        f.debug_struct("Verifier")
            .field("issuers", &issuers.collect::<Vec<_>>())
            .field("authenticators", &authenticators.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
