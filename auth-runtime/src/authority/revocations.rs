//! Credentials that are taken back before they expire.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_lc_rs::hmac;
use once_cell::sync::OnceCell;

use super::marks::{Digest, Facts, Kind, Marks, digest};
use super::replica::{EVER, Entry, Full, Replica};
use crate::clock::Clock;
use crate::error::ConfigError;

const DEFAULT_TOKEN_LIFE: Duration = Duration::from_hours(24);
const DEFAULT_ENTRIES: usize = 1_000_000;
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
    state: Arc<State>,
}

struct State {
    key: hmac::Key,
    replica: Replica,
    clock: OnceCell<Clock>,
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
}

/// What a request with a revoked credential is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Revoked;

impl Revocations {
    /// Known to this process alone, and gone with it.
    pub fn local() -> Self {
        let mut secret = [0; 32];
        // Without random bytes, digests are made with a known key. They never leave this process.
        let _ = aws_lc_rs::rand::fill(&mut secret);
        let state = State {
            key: hmac::Key::new(hmac::HMAC_SHA256, &secret),
            replica: Replica::default(),
            clock: OnceCell::new(),
        };
        Self { max_token_life: DEFAULT_TOKEN_LIFE, max_entries: DEFAULT_ENTRIES, state: Arc::new(state) }
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
        if !(Duration::from_mins(1)..=Duration::from_hours(30 * 24)).contains(&self.max_token_life) {
            return Err(ConfigError::new("max_token_life", "is not between 1 minute and 30 days"));
        }
        if self.max_entries == 0 {
            return Err(ConfigError::new("max_entries", "is zero: nothing could be revoked"));
        }
        Ok(())
    }

    /// Goes by the verifier's clock from now on.
    pub(crate) fn start(&self, clock: &Clock) {
        let _ = self.state.clock.set(clock.clone());
    }

    /// Whether a token lives no longer than its revocation would.
    pub(crate) fn covers(&self, issued_at: f64, expires: f64) -> bool {
        expires - issued_at <= self.max_token_life.as_secs_f64()
    }

    pub(crate) fn marks(&self, facts: &Facts<'_>) -> Marks {
        Marks::new(&self.state.key, facts)
    }

    /// How long a token may be valid, unless it is the default.
    pub(crate) fn changed_token_life(&self) -> Option<Duration> {
        // A full replica refuses new revocations, and says so.
        let Self { max_token_life, max_entries: _, state: _ } = self;
        Some(*max_token_life).filter(|time| *time != DEFAULT_TOKEN_LIFE)
    }

    /// Whether a credential still counts.
    pub(crate) fn check(&self, marks: &Marks) -> Result<(), Revoked> {
        if self.state.replica.revokes(marks) { Err(Revoked) } else { Ok(()) }
    }

    /// Tells of each change from now on.
    pub(crate) fn subscribe(&self) -> tokio::sync::watch::Receiver<()> {
        self.state.replica.subscribe()
    }

    #[allow(clippy::unused_async)] // others share them over a network
    async fn record(&self, kind: Kind, parts: &[&[u8]], issued_until: u64) -> Result<(), RevocationError> {
        let digest = digest(&self.state.key, kind, parts);
        let now = self.now();
        // The last token that it revokes is issued by then, and expires this long after it.
        let last = if issued_until == EVER { now.saturating_add(LEEWAY) } else { issued_until.max(now) };
        let expires = last.saturating_add(self.max_token_life.as_secs()).saturating_add(LEEWAY);
        self.keep(digest, Entry { issued_until, expires }, now)
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
