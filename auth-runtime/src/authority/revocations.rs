//! Credentials that are taken back before they expire.

#[cfg(feature = "redis")]
mod redis;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_lc_rs::hmac;
use once_cell::sync::OnceCell;

#[cfg(feature = "redis")]
use super::forgetting::Listeners;
use super::marks::{Digest, Facts, Kind, Marks, digest};
use super::replica::{EVER, Entry, Full, Replica};
#[cfg(feature = "redis")]
use super::shared::{Link, Settings};
use crate::clock::Clock;
use crate::error::ConfigError;

const DEFAULT_TOKEN_LIFE: Duration = Duration::from_hours(24);
const DEFAULT_ENTRIES: usize = 1_000_000;
/// When to ask again while Redis is out of reach.
#[cfg(feature = "redis")]
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// The clock of an issuer may be ahead by this, as the longest leeway allows.
const LEEWAY: u64 = 300;

/// Credentials that are revoked before they expire: asked on every request, also for tokens that were verified before.
/// Clones are one.
///
/// An entry lives as long as the tokens that it revokes. So, with revocations, a token that is valid for longer than
/// [`max_token_life`](Self::max_token_life) is refused.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # let issuer = auth_runtime::testing::TestIssuer::new();
/// use auth_runtime::{Revocations, Verifier};
///
/// let revocations = Revocations::local();
/// let verifier = Verifier::builder().issuer(issuer.issuer()).revocations(revocations.clone()).build().await.unwrap();
/// let token = issuer.token().user("ada").build();
/// let verified = verifier.verify(&token).await.unwrap();
/// // At logout:
/// revocations.revoke(&verified).await.unwrap();
/// assert!(verifier.verify(&token).await.is_err());
/// # })
/// ```
#[derive(Clone)]
#[must_use]
pub struct Revocations {
    max_token_life: Duration,
    max_entries: usize,
    /// The Redis through which they are shared.
    #[cfg(feature = "redis")]
    redis: Option<Arc<Settings>>,
    /// A setting that applies only to shared ones.
    #[cfg(feature = "redis")]
    misplaced: Option<&'static str>,
    state: Arc<State>,
}

struct State {
    key: hmac::Key,
    replica: Arc<Replica>,
    clock: OnceCell<Clock>,
    #[cfg(feature = "redis")]
    link: OnceCell<Link>,
    #[cfg(feature = "redis")]
    listeners: Arc<Listeners>,
}

impl State {
    fn new(key: &[u8]) -> Arc<Self> {
        Arc::new(Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
            replica: Arc::default(),
            clock: OnceCell::new(),
            #[cfg(feature = "redis")]
            link: OnceCell::new(),
            #[cfg(feature = "redis")]
            listeners: Arc::default(),
        })
    }
}

/// Why a revocation does not count.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationError {
    /// There are as many as [`Revocations::max_entries`] allows, and all of them still count.
    #[error("no room for another revocation: all {0} still count")]
    Full(usize),
    /// The credential never expires, and neither would its entry.
    #[error("this credential never expires: end it where it is stored")]
    NeverExpires,
    /// Redis did not confirm it in time (feature `redis`). It counts in this process, and other processes learn of it when
    /// Redis is in reach again, as long as this process runs. Revoke again to be sure.
    #[error("Redis is out of reach: only this process knows the revocation")]
    OutOfReach,
}

/// Why a credential does not count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NotCounted {
    Revoked,
    /// It is not known what other processes have revoked.
    #[cfg(feature = "redis")]
    OutOfReach {
        retry_after: Duration,
    },
}

impl Revocations {
    /// Known to this process alone, and gone with it. `Revocations::redis` shares them (feature `redis`).
    pub fn local() -> Self {
        let mut secret = [0; 32];
        // Without random bytes, digests are made with a known key. They never leave this process.
        let _ = aws_lc_rs::rand::fill(&mut secret);
        Self {
            max_token_life: DEFAULT_TOKEN_LIFE,
            max_entries: DEFAULT_ENTRIES,
            #[cfg(feature = "redis")]
            redis: None,
            #[cfg(feature = "redis")]
            misplaced: None,
            state: State::new(&secret),
        }
    }

    /// Looks up one credential, whatever was found before.
    #[cfg(feature = "testing")]
    pub(crate) fn lookup(&self, facts: &Facts<'_>) -> impl Fn() -> bool + use<> {
        let (state, marks) = (Arc::clone(&self.state), self.marks(facts));
        move || state.replica.holds(&marks)
    }

    /// How long a token may be valid, from `iat` to `exp`: 24 hours by default, from 1 minute to 30 days. A token that is
    /// valid for longer is refused, because it would outlive its revocation.
    pub fn max_token_life(mut self, time: Duration) -> Self {
        self.max_token_life = time;
        self
    }

    /// How many revocations may count at a time: 1,000,000 by default, of about 70 bytes each. One more is an error for its
    /// caller; none is dropped.
    pub fn max_entries(mut self, entries: usize) -> Self {
        self.max_entries = entries;
        self
    }

    /// Revokes the token with this `jti` of this issuer, which is named by its name or its `iss`.
    ///
    /// # Errors
    /// The revocation could not be kept, and does not count.
    pub async fn revoke_token(&self, issuer: &str, jti: &str) -> Result<(), RevocationError> {
        self.record(Kind::Token, &[issuer.as_bytes(), jti.as_bytes()], EVER).await
    }

    /// Revokes all tokens of a session: those with this `sid` (OpenID Connect Front-Channel Logout section 3).
    ///
    /// # Errors
    /// The revocation could not be kept, and does not count.
    pub async fn revoke_session(&self, issuer: &str, sid: &str) -> Result<(), RevocationError> {
        self.record(Kind::Session, &[issuer.as_bytes(), sid.as_bytes()], EVER).await
    }

    /// Revokes all tokens of a user that were issued until now, and those that do not say when they were issued. The user is
    /// known by the `sub`, and by the id that the claim mapping reads. Sessions in which the user acts as another user end too.
    /// The name of an issuer of several tenants means the users with this id in all of them: use
    /// [`User::key`](crate::User::key).
    ///
    /// A token that is issued within the next five minutes may be revoked too: the clock of the issuer may be ahead.
    ///
    /// # Errors
    /// The revocation could not be kept, and does not count.
    pub async fn revoke_user(&self, issuer: &str, id: &str) -> Result<(), RevocationError> {
        let issued_until = self.now().saturating_add(LEEWAY);
        self.record(Kind::User, &[issuer.as_bytes(), id.as_bytes()], issued_until).await
    }

    /// Revokes all tokens of an issuer that were issued until this time, and those that do not say when they were issued: the
    /// answer to a stolen key.
    ///
    /// # Errors
    /// The revocation could not be kept, and does not count.
    pub async fn revoke_issued_before(&self, issuer: &str, time: SystemTime) -> Result<(), RevocationError> {
        let until = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        self.record(Kind::Issuer, &[issuer.as_bytes()], until).await
    }

    /// How many revocations are kept.
    pub fn len(&self) -> usize {
        self.state.replica.len()
    }

    /// Whether nothing is revoked.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Revokes the token of which this is header and payload.
    pub(crate) async fn revoke_text(&self, text: &[u8]) -> Result<(), RevocationError> {
        self.record(Kind::Text, &[text], EVER).await
    }

    pub(crate) fn check_settings(&self) -> Result<(), ConfigError> {
        #[cfg(feature = "redis")]
        {
            if let Some(setting) = self.misplaced {
                return Err(ConfigError::new(setting, "applies only to `Revocations::redis`"));
            }
            if let Some(settings) = &self.redis {
                settings.check()?;
            }
        }
        if !(Duration::from_mins(1)..=Duration::from_hours(30 * 24)).contains(&self.max_token_life) {
            return Err(ConfigError::new("max_token_life", "is not between 1 minute and 30 days"));
        }
        if self.max_entries == 0 {
            return Err(ConfigError::new("max_entries", "is zero: nothing could be revoked"));
        }
        Ok(())
    }

    /// Goes by the verifier's clock from now on. If other processes share the revocations, it waits for what they have
    /// revoked, at most 5 s.
    #[cfg_attr(not(feature = "redis"), allow(clippy::unused_async))]
    pub(crate) async fn start(&self, clock: &Clock) -> Result<(), ConfigError> {
        let _ = self.state.clock.set(clock.clone());
        #[cfg(feature = "redis")]
        if let Some(settings) = &self.redis {
            let State { replica, listeners, link, .. } = &*self.state;
            link.get_or_try_init(|| Link::start(settings, replica, listeners, clock))?.first_reading().await?;
        }
        Ok(())
    }

    /// Whether a token lives no longer than its revocation would.
    pub(crate) fn covers(&self, issued_at: f64, expires: f64) -> bool {
        expires - issued_at <= self.max_token_life.as_secs_f64()
    }

    pub(crate) fn marks(&self, facts: &Facts<'_>) -> Marks {
        Marks::new(&self.state.key, facts)
    }

    /// The settings that decide who is admitted, unless they are the default.
    pub(crate) fn description(&self) -> Vec<String> {
        // A full replica refuses new revocations, and says so.
        let Self { max_token_life, max_entries: _, .. } = self;
        let mut lines = Vec::new();
        #[cfg(feature = "redis")]
        lines.extend(self.redis.as_ref().map(|settings| settings.description()).into_iter().flatten());
        if *max_token_life != DEFAULT_TOKEN_LIFE {
            lines.push(format!("max_token_life({max_token_life:?})"));
        }
        lines
    }

    /// Whether a credential still counts.
    pub(crate) fn check(&self, marks: &Marks) -> Result<(), NotCounted> {
        // Before the entries are looked up: see `Reach::admits`.
        #[cfg(feature = "redis")]
        let is_in_reach = self.is_in_reach();
        if self.state.replica.revokes(marks) {
            return Err(NotCounted::Revoked);
        }
        #[cfg(feature = "redis")]
        if !is_in_reach {
            return Err(NotCounted::OutOfReach { retry_after: RETRY_AFTER });
        }
        Ok(())
    }

    /// Tells of each change from now on.
    pub(crate) fn subscribe(&self) -> tokio::sync::watch::Receiver<()> {
        self.state.replica.subscribe()
    }

    #[cfg_attr(not(feature = "redis"), allow(clippy::unused_async))]
    async fn record(&self, kind: Kind, parts: &[&[u8]], issued_until: u64) -> Result<(), RevocationError> {
        let digest = digest(&self.state.key, kind, parts);
        let now = self.now();
        // The last token that it revokes is issued by then, and expires this long after it.
        let last = if issued_until == EVER { now.saturating_add(LEEWAY) } else { issued_until.max(now) };
        let expires = last.saturating_add(self.max_token_life.as_secs()).saturating_add(LEEWAY);
        let entry = Entry { issued_until, expires };
        // Here it counts at once, whatever becomes of Redis.
        self.keep(digest, entry, now)?;
        #[cfg(feature = "redis")]
        if self.redis.is_some() {
            let is_published = match self.state.link.get() {
                Some(link) => link.publish(&digest, &entry).await,
                None => false,
            };
            return if is_published { Ok(()) } else { Err(RevocationError::OutOfReach) };
        }
        Ok(())
    }

    fn keep(&self, digest: Digest, entry: Entry, now: u64) -> Result<(), RevocationError> {
        self.state
            .replica
            .add(digest, entry, now, self.max_entries)
            .map_err(|Full| RevocationError::Full(self.max_entries))
    }

    fn now(&self) -> u64 {
        self.state.clock.get().unwrap_or(&Clock::System).now_ms() / 1000
    }
}

impl fmt::Debug for Revocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocations").field("entries", &self.len()).finish_non_exhaustive()
    }
}
