//! Looks up secrets at a slow source, and caches its answers by the SHA-256 of each secret.
//!
//! Found and unknown secrets have separate caches, so a flood of wrong secrets does not evict valid ones. All requests
//! with the same secret wait for one lookup. Lookups of new secrets are limited. There is no limit for a known secret
//! whose answer has expired.

use std::collections::HashMap;
use std::fmt;
use std::hash::RandomState;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest;
use quick_cache::UnitWeighter;
use quick_cache::sync::{Cache, DefaultLifecycle};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::freshness::{Arrival, Began};

/// The number of cached answers of each kind.
const ENTRIES: usize = 10_000;
/// How often a lookup is repeated if `forget` was called while it was running.
const TRIES: usize = 3;

/// The SHA-256 of a secret.
pub(crate) type Digest = [u8; 32];

pub(crate) fn digest_of(secret: &[u8]) -> Digest {
    let mut bytes = Digest::default();
    // Both have 32 bytes.
    bytes.copy_from_slice(digest::digest(&digest::SHA256, secret).as_ref());
    bytes
}

/// Whether one of two prefixes is a prefix of the other.
pub(crate) fn overlap(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// How long answers are used, and how many lookups are allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// For answers that do not state a shorter time themselves.
    pub(crate) found_ms: u64,
    pub(crate) not_found_ms: u64,
    /// The maximum number of lookups of new secrets per second.
    pub(crate) unseen_per_second: u32,
    /// The time limit of one lookup.
    pub(crate) timeout_ms: u64,
}

/// The source's answer about a secret.
#[derive(Clone)]
pub(crate) enum Found<A, R> {
    /// The answer, and the longest time for which it is used.
    Yes(A, u64),
    /// The secret admits no request, for this reason.
    No(R),
}

/// Why a lookup has no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Failure {
    /// The source is not reachable or does not answer.
    Unavailable,
    /// There were too many lookups of new secrets.
    Throttled,
}

/// A running lookup; `None` if the source could not answer.
pub(crate) type Question<A, R> = Pin<Box<dyn Future<Output = Option<Found<A, R>>> + Send>>;

/// What can be cached.
pub(crate) trait Answer: Clone + Send + Sync + 'static {}

impl<T: Clone + Send + Sync + 'static> Answer for T {}

/// The cached answers of one source: the owner of a secret, or the reason why the secret admits no request.
pub(crate) struct Lookup<A, R>(Arc<Shared<A, R>>);

struct Shared<A, R> {
    found: Cache<Digest, Kept<A>, UnitWeighter, RandomState>,
    /// The reason, and the time until which it is used.
    not_found: Cache<Digest, (R, u64), UnitWeighter, RandomState>,
    /// The number of the last lookup.
    questions: AtomicU64,
    /// It is locked only for a few instructions at a time. A request whose answer is cached does not lock it.
    state: Mutex<State<A, R>>,
}

/// A cached answer.
#[derive(Clone)]
struct Kept<A> {
    answer: A,
    began: Began,
    until_ms: u64,
}

struct State<A, R> {
    /// The running lookups: at most one for each secret.
    under_way: HashMap<Digest, UnderWay<A, R>>,
    budget: Budget,
    /// Counts the calls of `forget`. An answer is discarded if its lookup began before the last call.
    forgotten: u64,
}

struct UnderWay<A, R> {
    began: Began,
    end: watch::Receiver<Option<End<A, R>>>,
}

impl<A, R> Clone for UnderWay<A, R> {
    fn clone(&self) -> Self {
        Self { began: self.began, end: self.end.clone() }
    }
}

/// How a lookup ended.
#[derive(Clone)]
enum End<A, R> {
    Answered(Found<A, R>),
    Failed,
    Overtaken,
}

impl<A: Answer, R: Answer> Lookup<A, R> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared {
            found: cache(),
            not_found: cache(),
            questions: AtomicU64::new(0),
            state: Mutex::new(State { under_way: HashMap::new(), budget: Budget::default(), forgotten: 0 }),
        }))
    }

    /// The source's answer about a secret, from the cache or from a new lookup.
    ///
    /// A found answer is used only if its lookup began less than `max_age_ms` ago. If `max_age_ms` is zero, the lookup
    /// begins after this call. Refused secrets are not affected, because they admit no request.
    pub(crate) async fn get(
        &self,
        digest: &Digest,
        max_age_ms: u64,
        pace: Pace,
        clock: &Clock,
        ask: impl Fn() -> Question<A, R>,
    ) -> Result<Result<A, R>, Failure> {
        let sequence = self.0.questions.load(Ordering::SeqCst);
        let arrival = Arrival { sequence, now_ms: clock.steady_ms(), max_age_ms };
        let mut tries = TRIES;
        while tries > 0 {
            match self.0.cached(digest, arrival, clock.steady_ms()) {
                Some(Found::Yes(answer, _)) => return Ok(Ok(answer)),
                Some(Found::No(reason)) => return Ok(Err(reason)),
                None => {}
            }
            let UnderWay { began, mut end } = self.0.ask(*digest, pace, clock, &ask)?;
            let ended = end.wait_for(Option::is_some).await.map_err(|_| Failure::Unavailable);
            if !arrival.takes(began) {
                // This lookup began too early for the request. The next lookup begins late enough.
                continue;
            }
            match &*ended? {
                Some(End::Answered(Found::Yes(answer, _))) => return Ok(Ok(answer.clone())),
                Some(End::Answered(Found::No(reason))) => return Ok(Err(reason.clone())),
                Some(End::Overtaken) => tries -= 1,
                Some(End::Failed) | None => return Err(Failure::Unavailable),
            }
        }
        Err(Failure::Unavailable)
    }

    /// Removes these answers from the cache, and discards the answers of running lookups.
    pub(crate) fn forget(&self, is_meant: impl Fn(&A) -> bool) {
        let mut state = self.0.state();
        state.forgotten += 1;
        self.0.found.retain(|_, kept| !is_meant(&kept.answer));
    }
}

fn cache<V: Clone>() -> Cache<Digest, V, UnitWeighter, RandomState> {
    Cache::with(ENTRIES, ENTRIES as u64, UnitWeighter, RandomState::new(), DefaultLifecycle::default())
}

impl<A: Answer, R: Answer> Shared<A, R> {
    fn state(&self) -> MutexGuard<'_, State<A, R>> {
        // A poisoned lock is used: no code between lock and unlock can panic and leave a partial change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cached(&self, digest: &Digest, arrival: Arrival, now: u64) -> Option<Found<A, R>> {
        if let Some(Kept { answer, began, until_ms }) = self.found.get(digest) {
            (now < until_ms && arrival.takes(began)).then_some(Found::Yes(answer, until_ms))
        } else {
            let (reason, until_ms) = self.not_found.get(digest)?;
            (now < until_ms).then_some(Found::No(reason))
        }
    }

    /// Joins the lookup of this secret, or begins one.
    fn ask(
        self: &Arc<Self>,
        digest: Digest,
        pace: Pace,
        clock: &Clock,
        ask: &impl Fn() -> Question<A, R>,
    ) -> Result<UnderWay<A, R>, Failure> {
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| Failure::Unavailable)?;
        let mut state = self.state();
        if let Some(under_way) = state.under_way.get(&digest) {
            return Ok(under_way.clone());
        }
        let now = clock.steady_ms();
        if self.found.peek(&digest).is_none() && !state.budget.take(now, pace.unseen_per_second) {
            return Err(Failure::Throttled);
        }
        let began = Began { sequence: self.questions.fetch_add(1, Ordering::SeqCst) + 1, at_ms: now };
        let (ends, end) = watch::channel(None);
        let under_way = UnderWay { began, end };
        state.under_way.insert(digest, under_way.clone());
        let shared = Arc::clone(self);
        let asking = Asking { shared, digest, ends, began, forgotten: state.forgotten, has_ended: false };
        drop(state);
        // A separate task, so that the other requests get the answer even if this client disconnects.
        runtime.spawn(asking.run(ask(), pace, clock.clone()));
        Ok(under_way)
    }
}

/// A lookup in its task.
struct Asking<A: Answer, R: Answer> {
    shared: Arc<Shared<A, R>>,
    digest: Digest,
    ends: watch::Sender<Option<End<A, R>>>,
    began: Began,
    /// The number of calls of `forget` when the lookup began.
    forgotten: u64,
    has_ended: bool,
}

impl<A: Answer, R: Answer> Asking<A, R> {
    async fn run(mut self, question: Question<A, R>, pace: Pace, clock: Clock) {
        let found = tokio::select! {
            biased;
            found = question => found,
            () = clock.wait_until(self.began.at_ms.saturating_add(pace.timeout_ms)) => None,
        };
        let end = self.end(found, pace);
        self.ends.send_replace(Some(end));
    }

    /// Caches an answer, unless `forget` was called since the lookup began. The age of an answer is measured from the
    /// start of its lookup.
    fn end(&mut self, found: Option<Found<A, R>>, pace: Pace) -> End<A, R> {
        let mut state = self.shared.state();
        state.under_way.remove(&self.digest);
        self.has_ended = true;
        if state.forgotten != self.forgotten {
            return End::Overtaken;
        }
        let Shared { found: yes, not_found: no, .. } = &*self.shared;
        match &found {
            Some(Found::Yes(answer, for_ms)) => {
                let until_ms = self.began.at_ms.saturating_add((*for_ms).min(pace.found_ms));
                yes.insert(self.digest, Kept { answer: answer.clone(), began: self.began, until_ms });
                no.remove(&self.digest);
            }
            Some(Found::No(reason)) => {
                yes.remove(&self.digest);
                no.insert(self.digest, (reason.clone(), self.began.at_ms.saturating_add(pace.not_found_ms)));
            }
            None => {}
        }
        found.map_or(End::Failed, End::Answered)
    }
}

impl<A: Answer, R: Answer> Drop for Asking<A, R> {
    /// This also runs if the lookup panicked, or its runtime has ended.
    fn drop(&mut self) {
        if !self.has_ended {
            self.shared.state().under_way.remove(&self.digest);
        }
    }
}

/// Limits the number of lookups per second.
#[derive(Default)]
struct Budget {
    /// The used part of the budget, in thousandths of a lookup.
    used: u64,
    at_ms: u64,
}

impl Budget {
    fn take(&mut self, now_ms: u64, per_second: u32) -> bool {
        let per_second = u64::from(per_second);
        let given_back = now_ms.saturating_sub(self.at_ms).saturating_mul(per_second);
        self.used = self.used.saturating_sub(given_back);
        self.at_ms = now_ms.max(self.at_ms);
        let is_left = self.used.saturating_add(1000) <= per_second.saturating_mul(1000);
        if is_left {
            self.used += 1000;
        }
        is_left
    }
}

impl<A, R> fmt::Debug for Lookup<A, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lookup")
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn a_second_has_as_many_questions_as_it_may() {
        let mut budget = Budget::default();
        let mut taken = |now: u64| (0..1_000).filter(|_| budget.take(now, 300)).count();
        assert_eq!((taken(5_000), taken(5_000), taken(5_010), taken(4_000)), (300, 0, 3, 0));
        assert_eq!((taken(6_010), taken(60_000)), (300, 300));
    }
}
