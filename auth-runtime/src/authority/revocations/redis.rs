//! Revocations that all processes of an application share.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::{Revocations, State};
use crate::authority::forgetting::Forgotten;
use crate::authority::lookups::Lookups;
use crate::authority::reach::Recency;
use crate::authority::shared::{Settings, derived};
use crate::clock::Clock;

/// The label from which the key of shared digests is derived.
const DIGESTS: &str = "digests";

impl Revocations {
    /// Shared by all processes that use this Redis (feature `redis`): Redis 6.2 or later, or Valkey. If one process
    /// revokes a credential, all processes refuse it within a second.
    ///
    /// A process admits no caller before it has read all revocations once. After that, it reads new ones five times a
    /// second. If it cannot read for longer than [`max_stale`](Self::max_stale), guarded requests get 503. If Redis
    /// loses data, the running processes write back what they know.
    ///
    /// The URL is `redis://127.0.0.1:6379`, `redis+unix:///run/redis.sock`, or `rediss://user:password@host:6379/0` for
    /// a Redis on another machine. Such a Redis needs a [`secret`](Self::secret) too. All processes must have the same
    /// `secret`, [`stream_name`](Self::stream_name) and [`max_token_life`](Self::max_token_life).
    ///
    /// [`VerifierBuilder::build`](crate::VerifierBuilder::build) refuses an invalid URL. It waits for the first read,
    /// at most 5 s, and starts without it if Redis is not reachable. It needs a tokio runtime, which must live as long
    /// as the verifier.
    ///
    /// ```no_run
    /// # async fn start(issuer: auth_runtime::Issuer, url: &str, secret: &str) -> Result<(), auth_runtime::ConfigError> {
    /// use auth_runtime::{Revocations, Verifier};
    ///
    /// let revocations = Revocations::redis(url).secret(secret);
    /// let verifier = Verifier::builder().issuer(issuer).revocations(revocations.clone()).build().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn redis(url: &str) -> Self {
        let settings = Settings::new(url);
        let state = State::new(&derived(settings.secret(), DIGESTS));
        Self { redis: Some(Arc::new(settings)), state, ..Self::local() }
    }

    /// The secret that protects entries in Redis: at least 32 random bytes, the same in all processes. A program
    /// without it cannot revoke a token, even if it can write to Redis, and cannot read an id. Required unless Redis is
    /// on this machine.
    ///
    /// Call it before you clone the revocations: clones with different secrets do not share entries.
    pub fn secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self = self.set("secret", |settings| settings.secret = Some(secret.as_ref().to_vec()));
        if let Some(settings) = &self.redis {
            self.state = State::new(&derived(settings.secret(), DIGESTS));
        }
        self
    }

    /// How long requests are admitted while Redis is not reachable: 60 s by default, from 1 s to 1 hour. During this
    /// time, a token that another process revokes may still be admitted here. After that, guarded requests get 503 with
    /// `Retry-After`.
    pub fn max_stale(self, time: Duration) -> Self {
        self.set("max_stale", |settings| settings.max_stale = time)
    }

    /// Admits requests without a time limit while Redis is not reachable. Meanwhile, revocations of other processes
    /// have no effect here. A process that has never reached Redis still responds 503.
    pub fn danger_serve_while_out(self) -> Self {
        self.set("danger_serve_while_out", |settings| settings.serves_while_out = true)
    }

    /// Allows a connection to another machine without TLS, for a private network. Anyone who can change the traffic can
    /// keep revocations away from this process, and anyone who can read it gets the password of Redis.
    pub fn danger_plain_redis(self) -> Self {
        self.set("danger_plain_redis", |settings| settings.allows_plain = true)
    }

    /// The name of the stream in Redis, and the prefix of the names of the other keys: `auth:revocations` by default.
    /// Applications that share a Redis need different names.
    pub fn stream_name(self, name: &str) -> Self {
        self.set("stream_name", |settings| name.clone_into(&mut settings.name))
    }

    fn set(mut self, setting: &'static str, change: impl FnOnce(&mut Settings)) -> Self {
        match &mut self.redis {
            Some(settings) => change(Arc::make_mut(settings)),
            None => self.misplaced = Some(setting),
        }
        self
    }

    pub(super) fn is_in_reach(&self) -> bool {
        self.redis.is_none() || self.state.link.get().is_some_and(|link| link.reach().admits(self.steady_ms()))
    }

    /// How recently the revocations of other processes were read, if revocations are shared.
    pub(crate) fn recency(&self) -> Option<Recency> {
        self.redis.as_ref()?;
        Some(self.state.link.get().map_or(Recency::Out, |link| link.reach().recency(self.steady_ms())))
    }

    /// Adds a cache. From then on, messages of other processes can remove answers from it.
    pub(crate) fn tell(&self, lookups: &Arc<Lookups>) {
        let listener: Weak<Lookups> = Arc::downgrade(lookups);
        self.state.listeners.add(listener);
    }

    /// Tells other processes which answers to forget.
    pub(crate) fn forget_elsewhere(&self, what: Forgotten) {
        if let Some(link) = self.state.link.get() {
            link.forget(what);
        }
    }

    fn steady_ms(&self) -> u64 {
        self.state.clock.get().unwrap_or(&Clock::System).steady_ms()
    }
}
