//! The keys of one issuer, fetched and refreshed by a background task.
//!
//! Verification reads the current set and does not wait. A request that needs an unknown key asks for a fetch, and
//! wakes when that fetch has ended. [`Schedule`] decides when to fetch. This file has the clock, the timer and the
//! task.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::change::Change;
use super::fetch::{Customize, Fetcher, Origin, PublishedKeys, Update};
use super::fetch_error::FetchError;
use super::report::{self, Cause};
use super::schedule::{Ask, FETCH_TIME, FetchNumber, Schedule};
use crate::clock::Clock;
use crate::error::{InvalidTokenReason, VerifyError};
use crate::keys::lease::Lease;
use crate::keys::set_builder::Skipped;
use crate::keys::{FetchErrorKind, IssuerHealth, Key, KeySet, KeySetBuilder, KeyState};
use crate::token::{Algorithm, Header};

/// The settings of a fetch.
pub(crate) struct FetchSettings {
    /// The name of the issuer in messages.
    pub(crate) label: String,
    pub(crate) origin: Origin,
    pub(crate) algorithms: Option<Vec<Algorithm>>,
    pub(crate) max_stale: Duration,
    pub(crate) customize: Option<Customize>,
    /// The hosts for which plain http is allowed.
    pub(crate) plain_hosts: Vec<String>,
    pub(crate) clock: Clock,
}

/// Why an issuer has no keys at start.
#[derive(Debug)]
pub(crate) enum StartError {
    /// There is no tokio runtime, or it has ended.
    NoRuntime,
    /// The HTTP client could not be built.
    Client(String),
    /// The first fetch failed.
    Fetch {
        status: Option<u16>,
        /// The URL and the cause.
        error: String,
    },
    /// The fetch succeeded, but brought no usable key.
    NoKeys(&'static str),
}

/// The keys of one issuer. Dropping this ends the task that refreshes them.
pub(crate) struct FetchedKeys {
    shared: Arc<Shared>,
    /// The number of the last fetch that ended.
    ended: watch::Receiver<FetchNumber>,
    task: JoinHandle<()>,
}

impl Drop for FetchedKeys {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Shared {
    label: String,
    algorithms: Option<Vec<Algorithm>>,
    clock: Clock,
    lease: Arc<Lease>,
    /// Locked only to copy or replace the pointer.
    keys: RwLock<Arc<KeySet>>,
    /// Locked for a few instructions at a time, and never by a request whose key is in the set.
    state: Mutex<State>,
    asked: Notify,
}

struct State {
    schedule: Schedule,
    last_error: Option<FetchError>,
    /// In seconds since 1970.
    last_success: Option<u64>,
    throttled: u64,
    /// The keys that were skipped in the last set, so that each is reported once.
    skipped: Vec<Skipped>,
}

impl FetchedKeys {
    /// Starts to fetch. Fails without a runtime, or if the client cannot be built.
    pub(crate) fn start(settings: FetchSettings) -> Result<Self, StartError> {
        let FetchSettings { label, origin, algorithms, max_stale, customize, plain_hosts, clock } = settings;
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| StartError::NoRuntime)?;
        let fetcher = Fetcher::new(origin, plain_hosts, customize.as_ref()).map_err(StartError::Client)?;
        let schedule = Schedule::new(clock.steady_ms(), max_stale);
        let shared = Arc::new(Shared {
            label,
            algorithms,
            clock,
            lease: Lease::for_fetched(),
            keys: RwLock::new(Arc::new(KeySet::empty())),
            state: Mutex::new(State {
                schedule,
                last_error: None,
                last_success: None,
                throttled: 0,
                skipped: Vec::new(),
            }),
            asked: Notify::new(),
        });
        let (ends, ended) = watch::channel(0);
        let task = runtime.spawn(keep_fresh(Arc::clone(&shared), fetcher, ends));
        Ok(Self { shared, ended, task })
    }

    /// Waits for the end of the first fetch.
    pub(crate) async fn first(&self) -> Result<(), StartError> {
        self.wait_for_end(1).await.map_err(|_| StartError::NoRuntime)?;
        let state = self.shared.state();
        if let Some(error) = &state.last_error {
            return Err(StartError::Fetch { status: error.status, error: error.to_string() });
        }
        if self.shared.keys().is_empty() {
            let why = state.skipped.first().map_or("the key set is empty", |first| first.fault);
            return Err(StartError::NoKeys(why));
        }
        Ok(())
    }

    /// The one key that matches the header, if it is in the set; `None` if waiting may bring it. Never waits. Returns
    /// no key while the keys may not be used.
    ///
    /// If the signature did not verify with `failed`, returns another key: a missing key that is still trusted or, if
    /// the token has no `kid`, a key that may have replaced `failed`.
    pub(crate) fn find_now(
        &self,
        header: &Header<'_>,
        failed: Option<&Arc<Key>>,
    ) -> Result<Option<Arc<Key>>, VerifyError> {
        self.shared.lease.check(self.shared.clock.moment())?;
        match self.shared.find(header, failed) {
            Ok(key) => Ok(Some(key)),
            Err(fault) if failed.is_some_and(|failed| failed.is_named_by(header)) => Err(fault.into()),
            Err(_) => Ok(None),
        }
    }

    /// Like [`find_now`](Self::find_now), but waits for a fetch if the key is not in the set.
    pub(crate) async fn find(&self, header: &Header<'_>, failed: Option<&Arc<Key>>) -> Result<Arc<Key>, VerifyError> {
        match self.find_now(header, failed)? {
            Some(key) => Ok(key),
            None => self.fetch_for(header, failed).await,
        }
    }

    async fn fetch_for(&self, header: &Header<'_>, failed: Option<&Arc<Key>>) -> Result<Arc<Key>, VerifyError> {
        // Two rounds at most: a fetch that was already running may have missed a new key; the next fetch cannot.
        for _ in 0..2 {
            let ask = {
                let mut state = self.shared.state();
                // A new set is published under the same lock, so no set can be published between this look and the
                // request for a fetch.
                if let Ok(key) = self.shared.find(header, failed) {
                    return Ok(key);
                }
                let ask = state.schedule.ask(self.shared.clock.steady_ms());
                if matches!(ask, Ask::Throttled { .. }) {
                    state.throttled += 1;
                }
                ask
            };
            match ask {
                Ask::Throttled { is_first } => {
                    report::throttled(&self.shared.label, is_first);
                    break;
                }
                Ask::Wait { number, began_before } => {
                    self.shared.asked.notify_one();
                    self.wait_for_end(number).await?;
                    if !began_before {
                        break;
                    }
                }
            }
        }
        Ok(self.shared.find(header, failed)?)
    }

    async fn wait_for_end(&self, number: FetchNumber) -> Result<(), VerifyError> {
        let ended = self.ended.clone().wait_for(|ended| *ended >= number).await.map(|_| ());
        ended.map_err(|_| {
            report::stopped(&self.shared.label);
            VerifyError::KeysUnavailable { retry_after: Duration::from_mins(1) }
        })
    }

    /// The algorithm and the `kid` of each key.
    #[cfg(feature = "testing")]
    pub(crate) fn names(&self) -> Vec<(Algorithm, Option<String>)> {
        self.shared.keys().names()
    }

    pub(crate) fn health(&self) -> IssuerHealth {
        let state = self.shared.state();
        let now = self.shared.clock.steady_ms();
        let schedule = &state.schedule;
        IssuerHealth {
            issuer: self.shared.label.clone(),
            state: match () {
                () if now >= schedule.serve_until() => KeyState::Unavailable,
                () if schedule.has_failed() => KeyState::Stale,
                () => KeyState::Fresh,
            },
            age: schedule.succeeded().map(|succeeded| now.saturating_sub(succeeded) / 1000),
            last_success: state.last_success,
            last_error: state.last_error.as_ref().map(|error| error.kind),
            key_count: self.shared.keys().len(),
            fetches: schedule.fetches(),
            throttled: state.throttled,
            also_secret_until: None,
        }
    }
}

/// Fetches whenever a fetch is due, until it is dropped.
async fn keep_fresh(shared: Arc<Shared>, mut fetcher: Fetcher, ends: watch::Sender<FetchNumber>) {
    loop {
        shared.wait_for_turn().await;
        let (number, began) = shared.begin();
        let result = tokio::select! {
            biased;
            result = fetcher.fetch() => result,
            () = shared.clock.wait_until(began.saturating_add(FETCH_TIME)) => Err(FetchError::new(
                FetchErrorKind::TimedOut,
                &fetcher.address(),
                "no complete response within 5 s",
            )),
        };
        let outcome = shared.end(result);
        ends.send_replace(number);
        shared.tell(number, outcome);
    }
}

/// The result of a fetch, reported after the waiting requests have been woken.
enum Outcome {
    Answered { is_unchanged: bool, change: Change, skipped: Vec<Skipped>, refresh_in: u64 },
    Failed { error: FetchError, retry_in: u64, serves_on: u64 },
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code between lock and unlock can panic and leave a partial change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys(&self) -> Arc<KeySet> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn find(&self, header: &Header<'_>, failed: Option<&Arc<Key>>) -> Result<Arc<Key>, InvalidTokenReason> {
        self.keys().find(header, failed).map(Arc::clone)
    }

    async fn wait_for_turn(&self) {
        loop {
            let next = self.state().schedule.next();
            if self.clock.steady_ms() >= next {
                return;
            }
            tokio::select! {
                () = self.clock.wait_until(next) => return,
                () = self.asked.notified() => {}
            }
        }
    }

    fn begin(&self) -> (FetchNumber, u64) {
        let now = self.clock.steady_ms();
        let (number, cause) = {
            let mut state = self.state();
            let schedule = &mut state.schedule;
            let cause = match () {
                () if schedule.fetches() == 0 => Cause::Start,
                () if schedule.is_asked() => Cause::UnknownKey,
                () if schedule.has_failed() => Cause::Retry,
                () => Cause::Refresh,
            };
            (schedule.begin(now), cause)
        };
        report::fetching(&self.label, number, cause);
        (number, now)
    }

    /// Stores the result of a fetch.
    fn end(&self, result: Result<Update, FetchError>) -> Outcome {
        let result = result.map(|Update { keys, max_age }| (keys.map(|keys| self.read(keys)), max_age));
        let now = self.clock.steady_ms();
        let mut state = self.state();
        let (read, max_age) = match result {
            Ok(brought) => brought,
            Err(error) => {
                state.schedule.fail(now, jitter());
                let (serve_until, next) = (state.schedule.serve_until(), state.schedule.next());
                state.last_error = Some(error.clone());
                self.lease.set(serve_until, next);
                let (retry_in, serves_on) = (next.saturating_sub(now), serve_until.saturating_sub(now));
                return Outcome::Failed { error, retry_in, serves_on };
            }
        };
        state.last_error = None;
        state.last_success = Some(self.clock.now_ms() / 1000);
        let before = self.keys();
        let is_unchanged = read.is_none();
        // A response "not modified" confirms that the keys missing from the last set are gone.
        let (set, skipped) = read.unwrap_or_else(|| (before.as_published(), state.skipped.clone()));
        let (set, change) = set.replace(&before, state.schedule.is_on_schedule());
        state.schedule.succeed(now, max_age, jitter(), set.is_whole());
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(set);
        let news = skipped.iter().filter(|one| !state.skipped.contains(one)).cloned().collect();
        state.skipped = skipped;
        let next = state.schedule.next();
        self.lease.set(state.schedule.serve_until(), next);
        Outcome::Answered { is_unchanged, change, skipped: news, refresh_in: next.saturating_sub(now) }
    }

    /// Builds a set from the published keys. Keys of the previous set are kept.
    fn read(&self, published: PublishedKeys) -> (KeySet, Vec<Skipped>) {
        let before = self.keys();
        let builder = KeySetBuilder::following(&before, self.algorithms.as_deref(), Arc::clone(&self.lease));
        match published {
            PublishedKeys::Jwks(keys) => builder.jwks(&keys),
            PublishedKeys::PublicKey(material) => match builder.public_key(&material) {
                Some(set) if !set.is_empty() => (set, Vec::new()),
                Some(set) => (set, vec![Skipped::faulty(None, "it does not fit any allowed algorithm")]),
                None => (KeySet::empty(), vec![Skipped::faulty(None, "it is not a valid key of its type")]),
            },
        }
    }

    fn tell(&self, number: FetchNumber, outcome: Outcome) {
        match outcome {
            Outcome::Answered { is_unchanged, change, skipped, refresh_in } => {
                for one in &skipped {
                    report::skipped(&self.label, one);
                }
                if is_unchanged {
                    report::unchanged(&self.label, number);
                } else {
                    report::fetched(&self.label, number, change);
                }
                report::changed(&self.label, change, refresh_in);
            }
            Outcome::Failed { error, retry_in, serves_on } => {
                report::failed(&self.label, number, &error, retry_in, serves_on);
            }
        }
    }
}

/// A random number from 0 to 1000, so that processes that started together do not fetch together.
fn jitter() -> u16 {
    let mut bytes = [0; 2];
    match aws_lc_rs::rand::fill(&mut bytes) {
        Ok(()) => u16::from_le_bytes(bytes) % 1001,
        Err(_) => 500,
    }
}
