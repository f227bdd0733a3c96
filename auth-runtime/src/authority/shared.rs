//! Revocations that processes share through Redis (feature `redis`).

mod address;
mod fault;
mod follower;
mod message;
mod stream;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use address::Address;
use follower::{Follower, Log, Progress};
use message::Keys;
use stream::Connection;

use super::forgetting::{Forgotten, Listeners};
use super::marks::Digest;
use super::reach::Reach;
use super::replica::{Entry, Replica};
use crate::clock::Clock;
use crate::error::ConfigError;

pub(super) use message::derived;
#[cfg(feature = "testing")]
pub(crate) use message::read_messages;

const DEFAULT_NAME: &str = "auth:revocations";
const DEFAULT_MAX_STALE: Duration = Duration::from_mins(1);
const SHORTEST_MAX_STALE: Duration = Duration::from_secs(1);
const LONGEST_MAX_STALE: Duration = Duration::from_hours(1);
const LEAST_SECRET_BYTES: usize = 32;
/// The key that is used without a `secret`. Every program that can reach the Redis on this machine can then write
/// revocations.
const NO_SECRET: &[u8] = b"revocations in a Redis on this machine, without a secret";
/// How long a start waits for the first read.
const START: Duration = Duration::from_secs(5);
/// How long a revocation waits for Redis.
const PATIENCE: Duration = Duration::from_secs(3);
/// The maximum number of waiting messages about answers to forget.
const MESSAGES: usize = 10_000;

/// The settings of Redis, and of the time while it is not reachable. There is no `Debug`, because it contains secrets.
#[derive(Clone)]
pub(super) struct Settings {
    url: String,
    pub(super) secret: Option<Vec<u8>>,
    pub(super) name: String,
    pub(super) max_stale: Duration,
    pub(super) serves_while_out: bool,
    pub(super) allows_plain: bool,
}

impl Settings {
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            secret: None,
            name: DEFAULT_NAME.to_owned(),
            max_stale: DEFAULT_MAX_STALE,
            serves_while_out: false,
            allows_plain: false,
        }
    }

    pub(super) fn secret(&self) -> &[u8] {
        self.secret.as_deref().unwrap_or(NO_SECRET)
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.address().map(drop)
    }

    fn address(&self) -> Result<Address, ConfigError> {
        let address = Address::parse(&self.url)?;
        if !address.is_local() {
            if !address.is_tls && !self.allows_plain {
                let fault = "is not on this machine, so the connection must be encrypted: use `rediss://`, or a \
                             tunnel that begins on this machine; `danger_plain_redis` allows it";
                return Err(ConfigError::new("redis", fault));
            }
            if self.secret.is_none() {
                let fault = "is missing: without it, a program that can write to this Redis could revoke all tokens; \
                             set at least 32 random bytes, the same in all processes";
                return Err(ConfigError::new("secret", fault));
            }
        }
        if self.secret.as_ref().is_some_and(|secret| secret.len() < LEAST_SECRET_BYTES) {
            return Err(ConfigError::new("secret", "is shorter than 32 bytes"));
        }
        if self.name.is_empty() || self.name.len() > 256 {
            return Err(ConfigError::new("stream_name", "is not between 1 and 256 bytes long"));
        }
        if !(SHORTEST_MAX_STALE..=LONGEST_MAX_STALE).contains(&self.max_stale) {
            return Err(ConfigError::new("max_stale", "is not between 1 second and 1 hour"));
        }
        Ok(address)
    }

    /// The settings that decide who is admitted and are not the default, for a table of routes.
    pub(super) fn description(&self) -> Vec<String> {
        // The URL and `danger_plain_redis` are left out: they do not decide who is admitted, and the URL may contain a
        // password.
        let Self { url: _, secret: _, name: _, max_stale, serves_while_out, allows_plain } = self;
        let mut lines = vec!["redis".to_owned()];
        if *max_stale != DEFAULT_MAX_STALE {
            lines.push(format!("max_stale({max_stale:?})"));
        }
        lines.extend(serves_while_out.then(|| "danger_serve_while_out".to_owned()));
        lines.extend(allows_plain.then(|| "danger_plain_redis".to_owned()));
        lines
    }
}

/// The connection to Redis: the task that follows it, and its shared state. Dropping it ends the task.
pub(super) struct Link {
    keys: Arc<Keys>,
    reach: Arc<Reach>,
    connection: watch::Receiver<Option<Connection>>,
    progress: watch::Receiver<Progress>,
    messages: mpsc::Sender<Forgotten>,
    runtime: Handle,
    task: AbortHandle,
}

impl Link {
    pub(super) fn start(
        settings: &Settings,
        replica: &Arc<Replica>,
        listeners: &Arc<Listeners>,
        clock: &Clock,
    ) -> Result<Self, ConfigError> {
        let address = settings.address()?;
        let runtime = Handle::try_current().map_err(|_| ConfigError::new("redis", "needs a tokio runtime"))?;
        if settings.secret.is_none() {
            tracing::warn!(
                "revocations without a `secret`: any program that can write to this Redis can revoke tokens"
            );
        }
        let keys = Arc::new(Keys::new(settings.secret()));
        let max_stale_ms = u64::try_from(settings.max_stale.as_millis()).unwrap_or(u64::MAX);
        let reach = Arc::new(Reach::new(max_stale_ms, settings.serves_while_out));
        let (connections, connection) = watch::channel(None);
        let (progresses, progress) = watch::channel(Progress::Begun);
        let (messages, received) = mpsc::channel(MESSAGES);
        let follower = Follower {
            address,
            name: settings.name.clone(),
            keys: Arc::clone(&keys),
            replica: Arc::clone(replica),
            reach: Arc::clone(&reach),
            clock: clock.clone(),
            listeners: Arc::clone(listeners),
            messages: received,
            progress: progresses,
            connection: connections,
            log: Log::default(),
        };
        let task = runtime.spawn(follower.run()).abort_handle();
        Ok(Self { keys, reach, connection, progress, messages, runtime, task })
    }

    pub(super) fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Waits for the first read. If Redis is not reachable, it does not wait.
    pub(super) async fn first_reading(&self) -> Result<(), ConfigError> {
        let mut progress = self.progress.clone();
        let waiting = progress.wait_for(|progress| *progress != Progress::Begun);
        let reached = timeout(START, waiting).await.ok().and_then(Result::ok).map(|progress| *progress);
        match reached {
            Some(Progress::Read) => {}
            Some(Progress::OtherSecret) => {
                let fault = "is not the secret of the other processes that share this Redis. To change the secret, \
                             also change `stream_name`";
                return Err(ConfigError::new("secret", fault));
            }
            _ => {
                tracing::warn!(
                    "started without the revocations in Redis: guarded requests get 503 until they are read"
                );
            }
        }
        Ok(())
    }

    /// Adds a revocation to Redis, and returns whether Redis confirmed it. It continues even if the caller is canceled.
    pub(super) async fn publish(&self, digest: &Digest, entry: &Entry) -> bool {
        let written = self.keys.write_entry(digest, entry);
        let mut connection = self.connection.clone();
        let publishing = async move {
            loop {
                let current = connection.wait_for(Option::is_some).await.ok()?.clone();
                if let Ok(true) = current?.add(&written).await {
                    return Some(());
                }
                // The follower gets the same error, and reconnects.
                connection.changed().await.ok()?;
            }
        };
        let published = self.runtime.spawn(async move { timeout(PATIENCE, publishing).await }).await;
        matches!(published, Ok(Ok(Some(()))))
    }

    /// Sends a message about answers to forget to other processes, as soon as possible. If that fails, these answers
    /// are used until they expire.
    pub(super) fn forget(&self, what: Forgotten) {
        if self.messages.try_send(what).is_err() {
            tracing::warn!("other processes are not told what to forget: too many messages wait for Redis");
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}
