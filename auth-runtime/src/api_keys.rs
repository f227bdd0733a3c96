//! API keys: long-lived secrets that an application gives out, stored by their digest.

mod minted;

use std::collections::BTreeSet;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::header::{self, HeaderMap, HeaderValue};
use http::request::Parts;

pub use minted::GeneratedApiKey;

use crate::authenticator::{AuthenticationError, Authenticator, accepted};
use crate::bounded::bounded;
use crate::clock::Clock;
use crate::error::ConfigError;
use crate::id::{Identity, Limit, Subject};
use crate::lookup::{Failure, Found, Lookup, Pace, Question, digest_of, overlap};

const DEFAULT_FRESH_FOR: Duration = Duration::from_secs(5);
const LONGEST_FRESH_FOR: Duration = Duration::from_mins(5);
/// A key that was made a moment ago must not be refused for long because somebody tried it before.
const NOT_FOUND_MS: u64 = 1_000;
const DEFAULT_LOOKUPS: u32 = 300;
const DEFAULT_TIMEOUT_MS: u64 = 5_000;
const MAX_KEY_BYTES: usize = 256;
const MAX_PREFIX_BYTES: usize = 64;
/// 128 bits in base64.
const FOREIGN_CHARS: usize = 22;

/// What a lookup finds of an API key.
///
/// ```
/// use auth_runtime::{ApiKey, Identity, Limit};
/// let read_only = ApiKey::new("key-7", Identity::new("ada"), Limit::permissions(["invoices:read"]));
/// ```
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// The id of the key, for [`User::credential_id`](crate::User::credential_id) and
    /// [`Verifier::forget_key`](crate::Verifier::forget_key): of its row, say; not a secret.
    pub id: String,
    /// Whose key it is.
    pub identity: Identity,
    /// What the key can be used for at most, whatever its owner may do. [`Limit::none`] must be written.
    pub limit: Limit,
    /// When it expires, if it does.
    pub expires: Option<SystemTime>,
}

impl ApiKey {
    /// A key of this id that does not expire.
    pub fn new(id: impl Into<String>, identity: Identity, limit: Limit) -> Self {
        Self { id: id.into(), identity, limit, expires: None }
    }

    /// Sets when it expires.
    #[must_use]
    pub fn expires_at(mut self, time: SystemTime) -> Self {
        self.expires = Some(time);
        self
    }

    /// Makes a new key that begins with this prefix: 256 random bits, and a checksum by which [`ApiKeys`] tells a mistyped
    /// key without a lookup.
    ///
    /// # Panics
    /// If the operating system gives no random numbers.
    pub fn generate(prefix: &str) -> GeneratedApiKey {
        GeneratedApiKey::new(prefix)
    }

    /// Whose key it is, within its limit and until it expires.
    fn into_identity(self) -> Identity {
        let Self { id, identity, limit, expires } = self;
        let expires = [expires, identity.expires_at].into_iter().flatten().min();
        let mut identity = identity.credential_id(id).limit(limit);
        identity.expires_at = expires;
        identity
    }
}

/// Reads API keys, and has them looked up by their SHA-256: an authenticator for
/// [`VerifierBuilder::authenticator`](crate::VerifierBuilder::authenticator).
///
/// A key is looked up once for all requests that bring it at the same time. Its answer counts for
/// [`fresh_for`](Self::fresh_for), and "no such key" for 1 s. What was found and what was not is remembered apart, 10,000
/// keys of each. At most [`lookups_per_second`](Self::lookups_per_second) are made for keys that were not seen before; past
/// that, such a key is answered with 503, and keys that are known go on counting. A key without the prefix, or whose
/// checksum is wrong, is not looked up.
///
/// A value that begins with a prefix of these keys is never taken for a token, wherever it is found in a request.
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
    place: Place,
    prefixes: Vec<String>,
    has_checksum: bool,
    /// Whether a key is told by its prefix, and not by its place alone.
    needs_prefix: bool,
    fresh_for: Duration,
    lookups_per_second: u32,
    find: Option<Result<Find, ConfigError>>,
    timeout_ms: u64,
    clock: Clock,
    has_directory: bool,
    name: Arc<str>,
    lookup: Lookup<Arc<Subject>>,
}

enum Place {
    Header(String),
    Authorization,
}

/// Looks a key up; the fault is for the log. The second text is an id for a key that has no other.
type Find = Arc<dyn Fn(&str, String) -> Finding + Send + Sync>;
pub(crate) type Finding = Pin<Box<dyn Future<Output = Result<Option<ApiKey>, String>> + Send>>;

/// What a request brings.
pub(crate) enum Brought<'a> {
    Nothing,
    Key(&'a [u8]),
    /// Something where keys are, which is not one of these.
    Other(&'a [u8]),
    /// Two that differ.
    Several,
}

/// What became of a key.
pub(crate) enum KeyFault {
    Invalid,
    Unavailable,
    /// Too many keys that were not seen before.
    Throttled,
}

impl ApiKeys {
    /// Keys that are the whole value of a header of this name.
    pub fn header(name: impl Into<String>) -> Self {
        Self::at(Place::Header(name.into()))
    }

    /// Keys in `Authorization: Bearer KEY`, beside tokens: the prefix tells them apart.
    pub fn authorization() -> Self {
        Self::at(Place::Authorization)
    }

    fn at(place: Place) -> Self {
        Self {
            place,
            prefixes: Vec::new(),
            has_checksum: true,
            needs_prefix: true,
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

    /// What each key begins with, such as `sk_`. Can be said several times. No prefix may begin another one.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefixes.push(prefix.into());
        self
    }

    /// Takes keys that [`ApiKey::generate`] did not make: without its checksum, so that each wrong key costs a lookup
    /// within the limits. They must have 22 characters after the prefix, which is 128 bits, and must be random: a digest
    /// does not protect what can be guessed.
    #[must_use]
    pub fn minted_elsewhere(mut self) -> Self {
        self.has_checksum = false;
        self
    }

    /// For how long a key that was found counts before it is looked up again: 5 s by default, at most 5 minutes. A key that
    /// is taken back counts for this long at most; [`Verifier::forget_key`](crate::Verifier::forget_key) ends it at once.
    #[must_use]
    pub fn fresh_for(mut self, time: Duration) -> Self {
        self.fresh_for = time;
        self
    }

    /// How many keys that were not seen before are looked up in a second: 300 by default.
    #[must_use]
    pub fn lookups_per_second(mut self, lookups: u32) -> Self {
        self.lookups_per_second = lookups;
        self
    }

    /// Looks a key up by the SHA-256 of the whole key, prefix included. `Ok(None)` is no key: 401. An error is logged, and
    /// answered with 503.
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

    /// Has whole keys validated by a service that made them: they have no prefix and no checksum.
    #[cfg(feature = "http-client")]
    pub(crate) fn validated_by(self, find: Result<Find, ConfigError>) -> Self {
        Self { find: Some(find), has_checksum: false, needs_prefix: false, ..self }
    }

    /// Where keys are read, which values are keys, and each other setting that is not the default: by the name of the
    /// method, with its values.
    pub(crate) fn settings(&self) -> Vec<(&'static str, Vec<String>)> {
        let Self {
            place,
            prefixes,
            has_checksum,
            // It depends on the constructor alone, as do the values that are keys.
            needs_prefix: _,
            fresh_for,
            // Fewer lookups and a shorter time deny.
            lookups_per_second: _,
            timeout_ms: _,
            find: _,
            clock: _,
            has_directory: _,
            name: _,
            lookup: _,
        } = self;
        let place = match place {
            Place::Header(name) => ("header", vec![name.to_ascii_lowercase()]),
            Place::Authorization => ("authorization", Vec::new()),
        };
        let mut settings = vec![place];
        if !prefixes.is_empty() {
            let sorted: BTreeSet<_> = prefixes.iter().cloned().collect();
            settings.push(("prefix", sorted.into_iter().collect()));
        }
        if !has_checksum {
            settings.push(("minted_elsewhere", Vec::new()));
        }
        if *fresh_for != DEFAULT_FRESH_FOR {
            settings.push(("fresh_for", vec![format!("{fresh_for:?}")]));
        }
        settings
    }

    /// The name that it is registered under, and what else it shares with its verifier.
    pub(crate) fn registered(&mut self, name: &Arc<str>, clock: &Clock, timeout_ms: u64, has_directory: bool) {
        self.has_directory = has_directory;
        self.name = Arc::clone(name);
        self.clock = clock.clone();
        self.timeout_ms = timeout_ms;
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let refused = |setting: &'static str, fault: String| Err(ConfigError::new(setting, fault));
        let name = &self.name;
        if let Place::Header(header) = &self.place {
            let is_name = header::HeaderName::try_from(header.as_str()).is_ok();
            if !is_name || ["authorization", "cookie"].iter().any(|other| header.eq_ignore_ascii_case(other)) {
                return refused("authenticator", format!("`{name}`: `{header}` is not a header for API keys"));
            }
        }
        match &self.find {
            None => return refused("find", format!("is missing for `{name}`: no key could ever be accepted")),
            Some(Err(fault)) => return Err(fault.clone()),
            Some(Ok(_)) => {}
        }
        if self.prefixes.is_empty() && (self.needs_prefix || matches!(self.place, Place::Authorization)) {
            return refused("prefix", format!("is missing for `{name}`: a key could not be told from a token"));
        }
        for prefix in &self.prefixes {
            if prefix.is_empty() {
                return refused("prefix", format!("of `{name}` is empty: a key could not be told from a token"));
            }
            if prefix.len() > MAX_PREFIX_BYTES || !prefix.bytes().all(|byte| byte.is_ascii_graphic()) {
                return refused("prefix", format!("`{prefix}` of `{name}` is not up to 64 visible ASCII characters"));
            }
            if overlap(prefix, JSON_OBJECT) {
                return refused("prefix", format!("`{prefix}` of `{name}`: every token begins so"));
            }
        }
        if self.fresh_for > LONGEST_FRESH_FOR {
            return refused("fresh_for", format!("of `{name}` is longer than 5 minutes"));
        }
        if self.lookups_per_second == 0 {
            return refused("lookups_per_second", format!("of `{name}` is zero: no key could ever be accepted"));
        }
        Ok(())
    }

    pub(crate) fn prefixes(&self) -> &[String] {
        &self.prefixes
    }

    /// Whether a value is one of these keys, or would be one.
    pub(crate) fn owns(&self, value: &[u8]) -> bool {
        self.prefix_of(value).is_some()
    }

    /// Whether all that is where its keys are is one.
    fn takes_any(&self) -> bool {
        !self.needs_prefix && self.prefixes.is_empty()
    }

    fn prefix_of(&self, value: &[u8]) -> Option<&str> {
        self.prefixes.iter().map(String::as_str).find(|prefix| value.starts_with(prefix.as_bytes()))
    }

    /// What a request brings where these keys are.
    pub(crate) fn brought<'a>(&self, headers: &'a HeaderMap) -> Brought<'a> {
        let mut values = match &self.place {
            Place::Header(name) => headers.get_all(name.as_str()).iter(),
            Place::Authorization => headers.get_all(header::AUTHORIZATION).iter(),
        };
        let Some(first) = values.next() else { return Brought::Nothing };
        let is_one = values.all(|other| other == first);
        let value = match &self.place {
            Place::Header(_) => first.as_bytes().trim_ascii(),
            Place::Authorization => match bearer(first.as_bytes()) {
                Some(value) if self.owns(value) => value,
                _ => return Brought::Nothing,
            },
        };
        match self.owns(value) || self.takes_any() {
            _ if !is_one => Brought::Several,
            true => Brought::Key(value),
            false => Brought::Other(value),
        }
    }

    /// Whose key this is: one that [`brought`](Self::brought) gave. An older answer is not used.
    pub(crate) async fn user(&self, key: &[u8], max_age_ms: u64) -> Result<Arc<Subject>, KeyFault> {
        let key = self.well_formed(key).ok_or(KeyFault::Invalid)?;
        let pace = Pace {
            found_ms: u64::try_from(self.fresh_for.as_millis()).unwrap_or(u64::MAX),
            not_found_ms: NOT_FOUND_MS,
            unseen_per_second: self.lookups_per_second,
            timeout_ms: self.timeout_ms,
        };
        let found = self.lookup.get(&digest_of(key.as_bytes()), max_age_ms, pace, &self.clock, || self.ask(key)).await;
        match found {
            Ok(Some(subject)) => Ok(subject),
            Ok(None) => Err(KeyFault::Invalid),
            Err(Failure::Unavailable) => Err(KeyFault::Unavailable),
            Err(Failure::Throttled) => Err(KeyFault::Throttled),
        }
    }

    /// The key, if it has the form of one. No lookup is made for another.
    fn well_formed<'k>(&self, key: &'k [u8]) -> Option<&'k str> {
        let prefix = if self.takes_any() { "" } else { self.prefix_of(key)? };
        let is_sound = if self.has_checksum {
            minted::is_well_formed(key, prefix)
        } else {
            key.len() >= prefix.len() + FOREIGN_CHARS
        };
        let is_key = is_sound && key.len() <= MAX_KEY_BYTES && key.iter().all(u8::is_ascii_graphic);
        if is_key { std::str::from_utf8(key).ok() } else { None }
    }

    fn ask(&self, key: &str) -> Question<Arc<Subject>> {
        let Some(Ok(find)) = &self.find else { return Box::pin(async { None }) };
        let id = short_id(key);
        let (finding, name, has_directory) = (find(key, id), Arc::clone(&self.name), self.has_directory);
        Box::pin(async move {
            let found = match finding.await {
                Ok(found) => found,
                Err(error) => {
                    tracing::error!(authenticator = &*name, error = %bounded(&error), "API keys cannot be looked up");
                    return None;
                }
            };
            let Some(key) = found else { return Some(Found::No) };
            match accepted(key.into_identity(), &name, has_directory) {
                Ok(mut subject) => {
                    subject.set_without_login();
                    Some(Found::Yes(Arc::new(subject), u64::MAX))
                }
                Err(fault) => {
                    tracing::error!(authenticator = &*name, fault, "the identity of an API key is refused");
                    Some(Found::No)
                }
            }
        })
    }

    /// Forgets the key of this id.
    pub(crate) fn forget(&self, id: &str) {
        self.lookup.forget(|subject| subject.credential_id() == Some(id));
    }
}

/// What every token begins with: `{` and a space or a quotation mark, encoded.
const JSON_OBJECT: &str = "ey";

/// An id for a key that has no other: a part of its SHA-256, from which no one gets back to the key.
fn short_id(key: &str) -> String {
    let digest = digest_of(key.as_bytes());
    let half = digest.iter().take(16).fold(0_u128, |sum, byte| sum << 8 | u128::from(*byte));
    format!("{half:032x}")
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| token.trim_ascii_start())
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
        Some(HeaderValue::from_static(match self.place {
            Place::Header(_) => "ApiKey",
            Place::Authorization => "Bearer",
        }))
    }

    /// The header that keys are read from. Its whole value is removed for a service.
    fn headers(&self) -> Vec<header::HeaderName> {
        match &self.place {
            // Another is refused at start.
            Place::Header(name) => header::HeaderName::try_from(name.as_str()).into_iter().collect(),
            Place::Authorization => vec![header::AUTHORIZATION],
        }
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeys").field("prefixes", &self.prefixes).finish_non_exhaustive()
    }
}
