//! API keys: long-lived secrets that an application issues, stored by their digest.

mod asking;
mod brought;
mod found;
mod minted;
mod settings;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;

pub(crate) use asking::KeyFault;
pub(crate) use brought::Brought;
use brought::{KeyLocation, Shape};
pub use found::ApiKey;
pub use minted::GeneratedApiKey;

use crate::authenticator::{AuthenticationError, Authenticator};
use crate::clock::Clock;
use crate::error::ConfigError;
use crate::id::{Identity, Subject};
use crate::lookup::{Lookup, digest_of};

const DEFAULT_FRESH_FOR: Duration = Duration::from_secs(5);
const DEFAULT_LOOKUPS: u32 = 300;
const DEFAULT_TIMEOUT_MS: u64 = 5_000;

/// An authenticator that reads API keys and looks them up by their SHA-256. Add it with
/// [`VerifierBuilder::authenticator`](crate::VerifierBuilder::authenticator).
///
/// Requests that have the same key at the same time share one lookup. The answer is cached for
/// [`fresh_for`](Self::fresh_for), and "no such key" for 1 s. Known and unknown keys have separate caches, with 10,000
/// keys each. At most [`lookups_per_second`](Self::lookups_per_second) lookups are made for new keys. Above that limit,
/// a new key gets 503, while known keys stay valid. A key without the prefix, or with a wrong checksum, is not looked
/// up.
///
/// A value that begins with a prefix of these keys is never treated as a token, in any location of a request.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Arc;
/// use auth_runtime::{ApiKey, ApiKeys, Identity, Limit, Verifier};
/// # #[derive(Clone)] struct Row { id: i64, owner: String, scopes: Vec<String> }
/// # struct Database(HashMap<[u8; 32], Row>);
/// # #[derive(Debug)] struct DatabaseError;
/// # impl std::fmt::Display for DatabaseError { fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { Ok(()) } }
/// # impl Database { async fn by_digest(&self, digest: [u8; 32]) -> Result<Option<Row>, DatabaseError> { Ok(self.0.get(&digest).cloned()) } }
/// # fn verifier(db: Arc<Database>) -> auth_runtime::VerifierBuilder {
/// let api_keys = ApiKeys::header("x-api-key").prefix("sk_").find(move |digest| {
///     let db = Arc::clone(&db);
///     async move {
///         let Some(row) = db.by_digest(digest).await? else { return Ok::<_, DatabaseError>(None) };
///         Ok(Some(ApiKey::new(row.id.to_string(), Identity::new(row.owner), Limit::permissions(row.scopes))))
///     }
/// });
/// Verifier::builder().authenticator("api-keys", api_keys)
/// # }
/// ```
pub struct ApiKeys {
    shape: Shape,
    fresh_for: Duration,
    lookups_per_second: u32,
    find: Option<Result<Find, ConfigError>>,
    timeout_ms: u64,
    clock: Clock,
    has_directory: bool,
    name: Arc<str>,
    lookup: Lookup<Arc<Subject>, ()>,
}

/// Looks a key up. The error is for the log. The second argument becomes the id of the key if the lookup gives no id.
type Find = Arc<dyn Fn(&str, String) -> Finding + Send + Sync>;
pub(crate) type Finding = Pin<Box<dyn Future<Output = Result<Option<ApiKey>, String>> + Send>>;

impl ApiKeys {
    /// Keys that are the whole value of a header with this name.
    pub fn header(name: impl Into<String>) -> Self {
        Self::at(KeyLocation::Header(name.into()))
    }

    /// Keys in `Authorization: Bearer KEY`. Tokens have the same location, and the prefix distinguishes keys from them.
    pub fn authorization() -> Self {
        Self::at(KeyLocation::Authorization)
    }

    fn at(place: KeyLocation) -> Self {
        Self {
            shape: Shape { place, prefixes: Vec::new(), has_checksum: true, needs_prefix: true },
            fresh_for: DEFAULT_FRESH_FOR,
            lookups_per_second: DEFAULT_LOOKUPS,
            find: None,
            timeout_ms: DEFAULT_TIMEOUT_MS,
            clock: Clock::default(),
            has_directory: false,
            name: "api keys".into(),
            lookup: Lookup::new(),
        }
    }

    /// The prefix of each key, such as `sk_`. Call this several times for several prefixes. No prefix may begin with
    /// another one.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.shape.prefixes.push(prefix.into());
        self
    }

    /// Accepts keys that [`ApiKey::generate`] did not make. They have no checksum, so each wrong key costs a lookup,
    /// within the limits. They must have at least 22 characters after the prefix, which is 128 bits, and must be
    /// random: a digest does not protect a key that can be guessed.
    #[must_use]
    pub fn minted_elsewhere(mut self) -> Self {
        self.shape.has_checksum = false;
        self
    }

    /// How long a known key is accepted before it is looked up again: 5 s by default, at most 5 minutes. A revoked key
    /// stays valid for at most this time; [`Verifier::forget_key`](crate::Verifier::forget_key) ends it immediately.
    #[must_use]
    pub fn fresh_for(mut self, time: Duration) -> Self {
        self.fresh_for = time;
        self
    }

    /// The maximum number of lookups of new keys per second: 300 by default.
    #[must_use]
    pub fn lookups_per_second(mut self, lookups: u32) -> Self {
        self.lookups_per_second = lookups;
        self
    }

    /// Sets the function that looks a key up by the SHA-256 of the whole key, including its prefix. `Ok(None)` means
    /// that there is no such key: 401. An error is logged, and the response is 503.
    #[must_use]
    pub fn find<F, Fut, E>(self, find: F) -> Self
    where
        F: Fn([u8; 32]) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<ApiKey>, E>> + Send + 'static,
        E: fmt::Display,
    {
        let find: Find = Arc::new(move |key, _| {
            let finding = find(digest_of(key.as_bytes()));
            Box::pin(async move { finding.await.map_err(|error| error.to_string()) })
        });
        Self { find: Some(Ok(find)), ..self }
    }

    /// Validates whole keys with the service that made them. They have no prefix and no checksum.
    #[cfg(feature = "http-client")]
    pub(crate) fn validated_by(mut self, find: Result<Find, ConfigError>) -> Self {
        (self.shape.has_checksum, self.shape.needs_prefix) = (false, false);
        Self { find: Some(find), ..self }
    }

    /// Sets the name under which the keys were added, and the values that they share with their verifier.
    pub(crate) fn registered(&mut self, name: &Arc<str>, clock: &Clock, timeout_ms: u64, has_directory: bool) {
        self.has_directory = has_directory;
        self.name = Arc::clone(name);
        self.clock = clock.clone();
        self.timeout_ms = timeout_ms;
    }

    /// The header whose whole value is the key; `None` for `Authorization: Bearer`.
    #[cfg(feature = "utoipa")]
    pub(crate) fn own_header(&self) -> Option<&str> {
        match &self.shape.place {
            KeyLocation::Header(name) => Some(name),
            KeyLocation::Authorization => None,
        }
    }

    pub(crate) fn prefixes(&self) -> &[String] {
        &self.shape.prefixes
    }

    /// Whether a value begins with a prefix of these keys.
    pub(crate) fn owns(&self, value: &[u8]) -> bool {
        self.shape.owns(value)
    }

    /// What a request has in the location of these keys.
    pub(crate) fn brought<'a>(&self, headers: &'a HeaderMap) -> Brought<'a> {
        self.shape.brought(headers)
    }
}

impl Authenticator for ApiKeys {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        let key = match self.brought(&request.headers) {
            Brought::Nothing => return Ok(None),
            Brought::Other(_) | Brought::Several => return Err(AuthenticationError::Invalid),
            Brought::Key(key) => key,
        };
        match self.user(key, u64::MAX).await {
            Ok(subject) => Ok(Some(Identity::from(&*subject))),
            Err(KeyFault::Invalid) => Err(AuthenticationError::Invalid),
            Err(KeyFault::Unavailable | KeyFault::Throttled) => Err(AuthenticationError::Unavailable),
        }
    }

    fn is_explicit(&self) -> bool {
        true
    }

    fn challenge(&self) -> Option<HeaderValue> {
        Some(HeaderValue::from_static(match self.shape.place {
            KeyLocation::Header(_) => "ApiKey",
            KeyLocation::Authorization => "Bearer",
        }))
    }

    /// The header that keys are read from. Its whole value is removed before a request is passed to a service.
    fn headers(&self) -> Vec<header::HeaderName> {
        match &self.shape.place {
            // Any other header name is refused at start.
            KeyLocation::Header(name) => header::HeaderName::try_from(name.as_str()).into_iter().collect(),
            KeyLocation::Authorization => vec![header::AUTHORIZATION],
        }
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys").field("prefixes", &self.shape.prefixes).finish_non_exhaustive()
    }
}
