//! Revoked credentials.

#[cfg(feature = "redis")]
mod redis;

use std::error::Error;
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
/// The `Retry-After` while Redis is not reachable.
#[cfg(feature = "redis")]
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How far the clock of an issuer may be ahead: the longest leeway.
const LEEWAY: u64 = 300;

/// Credentials that are revoked before they expire. Every request checks them, including requests with cached tokens.
/// Clones share one list.
///
/// An entry is kept as long as the tokens that it revokes could be valid. So, with revocations, a token that is valid
/// for longer than [`max_token_life`](Self::max_token_life) is refused.
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
    /// The Redis through which revocations are shared.
    #[cfg(feature = "redis")]
    redis: Option<Arc<Settings>>,
    /// A setting that applies only to shared revocations, but was made for local ones.
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

/// Why a revocation failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RevocationError {
    /// There are already as many revocations as [`Revocations::max_entries`] allows, and none of them has expired.
    Full(usize),
    /// The credential never expires, so its entry would have to be kept forever.
    NeverExpires,
    /// Redis did not confirm it in time (feature `redis`). The revocation applies in this process. Other processes get
    /// it when Redis is reachable again, if this process still runs then. Revoke again to be sure.
    OutOfReach,
}

impl fmt::Display for RevocationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(limit) => return write!(f, "no room for another revocation: none of the {limit} has expired"),
            Self::NeverExpires => "this credential never expires: delete it where it is stored",
            Self::OutOfReach => "Redis is not reachable: only this process knows the revocation",
        })
    }
}

impl Error for RevocationError {}

/// Why a credential is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NotCounted {
    Revoked,
    /// The revocations of other processes are not known.
    #[cfg(feature = "redis")]
    OutOfReach {
        retry_after: Duration,
    },
}

impl Revocations {
    /// Revocations that only this process knows, until it ends. `Revocations::redis` shares them (feature `redis`).
    pub fn local() -> Self {
        let mut secret = [0; 32];
        // Without random bytes, digests are made with a known key. This is safe, because they never leave this process.
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

    /// Looks up one credential, without using an earlier result.
    #[cfg(feature = "testing")]
    pub(crate) fn lookup(&self, facts: &Facts<'_>) -> impl Fn() -> bool + use<> {
        let (state, marks) = (Arc::clone(&self.state), self.marks(facts));
        move || state.replica.holds(&marks)
    }

    /// How long a token may be valid, from `iat` to `exp`: 24 hours by default, from 1 minute to 30 days. A token that
    /// is valid for longer is refused, because it could still be valid when its revocation has expired.
    pub fn max_token_life(mut self, time: Duration) -> Self {
        self.max_token_life = time;
        self
    }

    /// The maximum number of current revocations: 1,000,000 by default, with about 70 bytes each. Above that, revoking
    /// returns an error; no revocation is dropped.
    pub fn max_entries(mut self, entries: usize) -> Self {
        self.max_entries = entries;
        self
    }

    /// Revokes the token with this `jti` from this issuer. The issuer is given by its name or its `iss`.
    ///
    /// # Errors
    /// The revocation could not be stored, and has no effect.
    pub async fn revoke_token(&self, issuer: &str, jti: &str) -> Result<(), RevocationError> {
        self.record(Kind::Token, &[issuer.as_bytes(), jti.as_bytes()], EVER).await
    }

    /// Revokes all tokens of a session: those with this `sid` (OpenID Connect Front-Channel Logout section 3).
    ///
    /// # Errors
    /// The revocation could not be stored, and has no effect.
    pub async fn revoke_session(&self, issuer: &str, sid: &str) -> Result<(), RevocationError> {
        self.record(Kind::Session, &[issuer.as_bytes(), sid.as_bytes()], EVER).await
    }

    /// Revokes all tokens of a user that were issued until now, and those without a time of issue (`iat`). The id can
    /// be the `sub` or the id that the claim mapping reads. Sessions in which the user acts as another user end too. If
    /// `issuer` is the name of an issuer with several tenants, this applies to the users with this id in all tenants.
    /// For one tenant, pass its `iss`, which [`User::key`](crate::User::key) contains.
    ///
    /// Tokens that are issued within the next five minutes may be revoked too, because the issuer's clock may be ahead.
    ///
    /// # Errors
    /// The revocation could not be stored, and has no effect.
    pub async fn revoke_user(&self, issuer: &str, id: &str) -> Result<(), RevocationError> {
        let issued_until = self.now().saturating_add(LEEWAY);
        self.record(Kind::User, &[issuer.as_bytes(), id.as_bytes()], issued_until).await
    }

    /// Revokes all tokens of an issuer that were issued until this time, and those without a time of issue (`iat`).
    /// Call this if a signing key was stolen.
    ///
    /// # Errors
    /// The revocation could not be stored, and has no effect.
    pub async fn revoke_issued_before(&self, issuer: &str, time: SystemTime) -> Result<(), RevocationError> {
        let until = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        self.record(Kind::Issuer, &[issuer.as_bytes()], until).await
    }

    /// The number of stored revocations.
    pub fn len(&self) -> usize {
        self.state.replica.len()
    }

    /// Whether nothing is revoked.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Revokes the token with this header and payload.
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

    /// Uses the verifier's clock from now on. If the revocations are shared, it waits up to 5 s for those of other
    /// processes.
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

    /// Whether other processes are asked too, so that they can be out of reach.
    #[cfg(any(feature = "aide", feature = "utoipa"))]
    pub(crate) fn are_shared(&self) -> bool {
        #[cfg(feature = "redis")]
        return self.redis.is_some();
        #[cfg(not(feature = "redis"))]
        false
    }

    /// Whether a revocation of this token would last until the token expires.
    pub(crate) fn covers(&self, issued_at: f64, expires: f64) -> bool {
        expires - issued_at <= self.max_token_life.as_secs_f64()
    }

    pub(crate) fn marks(&self, facts: &Facts<'_>) -> Marks {
        Marks::new(&self.state.key, facts)
    }

    /// The settings that decide who is admitted and are not the default.
    pub(crate) fn description(&self) -> Vec<String> {
        // `max_entries` is left out: if the replica is full, revoking returns an error.
        let Self { max_token_life, max_entries: _, .. } = self;
        let mut lines = Vec::new();
        #[cfg(feature = "redis")]
        lines.extend(self.redis.as_ref().map(|settings| settings.description()).into_iter().flatten());
        if *max_token_life != DEFAULT_TOKEN_LIFE {
            lines.push(format!("max_token_life({max_token_life:?})"));
        }
        lines
    }

    /// Whether a credential is not revoked.
    pub(crate) fn check(&self, marks: &Marks) -> Result<(), NotCounted> {
        // This must be called before the entries are looked up: see `Reach::admits`.
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

    /// A receiver that is notified of each change from now on.
    pub(crate) fn subscribe(&self) -> tokio::sync::watch::Receiver<()> {
        self.state.replica.subscribe()
    }

    #[cfg_attr(not(feature = "redis"), allow(clippy::unused_async))]
    async fn record(&self, kind: Kind, parts: &[&[u8]], issued_until: u64) -> Result<(), RevocationError> {
        let digest = digest(&self.state.key, kind, parts);
        let now = self.now();
        // The last revoked token is issued at `last` at the latest. It expires within `max_token_life` and the leeway.
        let last = if issued_until == EVER { now.saturating_add(LEEWAY) } else { issued_until.max(now) };
        let expires = last.saturating_add(self.max_token_life.as_secs()).saturating_add(LEEWAY);
        let entry = Entry { issued_until, expires };
        // In this process, the revocation applies immediately, even if Redis does not confirm it.
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
