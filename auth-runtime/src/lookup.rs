//! Answers of a slow source about secrets, remembered by the SHA-256 of each secret.
//!
//! What was found and what was not are remembered apart, so that no number of wrong secrets drives out good ones. All who
//! ask about the same secret wait for one question. Questions about secrets that were not seen before are limited; those
//! about known ones, whose answer has become old, are not.

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

/// How many answers of each kind are remembered.
const ENTRIES: usize = 10_000;
/// How often a question is put that was overtaken: somebody has forgotten the answer meanwhile.
const TRIES: usize = 3;

/// The SHA-256 of a secret.
pub(crate) type Digest = [u8; 32];

pub(crate) fn digest_of(secret: &[u8]) -> Digest {
    let mut bytes = Digest::default();
    // Both have 32 bytes.
    bytes.copy_from_slice(digest::digest(&digest::SHA256, secret).as_ref());
    bytes
}

/// Whether one of two prefixes begins the other.
pub(crate) fn overlap(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// How long answers count, and how often is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// For an answer that says no shorter time itself.
    pub(crate) found_ms: u64,
    pub(crate) not_found_ms: u64,
    /// Questions about secrets that were not seen before.
    pub(crate) unseen_per_second: u32,
    /// How long one question may take.
    pub(crate) timeout_ms: u64,
}

/// What a source says of a secret.
#[derive(Clone)]
pub(crate) enum Found<A> {
    /// The answer, and for how long it counts at most.
    Yes(A, u64),
    No,
}

/// Why a lookup has no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Failure {
    /// The source cannot be asked, or does not answer.
    Unavailable,
    /// Too many secrets that were not seen before.
    Throttled,
}

/// A question that is under way; `None` if the source could not answer it.
pub(crate) type Question<A> = Pin<Box<dyn Future<Output = Option<Found<A>>> + Send>>;

/// The remembered answers of one source.
pub(crate) struct Lookup<A>(Arc<Shared<A>>);

struct Shared<A> {
    found: Cache<Digest, Kept<A>, UnitWeighter, RandomState>,
    not_found: Cache<Digest, u64, UnitWeighter, RandomState>,
    /// The number of the last question.
    questions: AtomicU64,
    /// Held for a few instructions at a time, and not by a request whose answer is remembered.
    state: Mutex<State<A>>,
}

/// A remembered answer.
#[derive(Clone)]
struct Kept<A> {
    answer: A,
    began: Began,
    until_ms: u64,
}

struct State<A> {
    /// At most one question about each secret.
    under_way: HashMap<Digest, UnderWay<A>>,
    budget: Budget,
    /// Counts what was forgotten: an answer whose question began before does not count.
    forgotten: u64,
}

struct UnderWay<A> {
    began: Began,
    end: watch::Receiver<Option<End<A>>>,
}

impl<A> Clone for UnderWay<A> {
    fn clone(&self) -> Self {
        Self { began: self.began, end: self.end.clone() }
    }
}

/// How a question has ended.
#[derive(Clone)]
enum End<A> {
    Answered(Found<A>),
    Failed,
    Overtaken,
}

impl<A: Clone + Send + Sync + 'static> Lookup<A> {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared {
            found: cache(),
            not_found: cache(),
            questions: AtomicU64::new(0),
            state: Mutex::new(State { under_way: HashMap::new(), budget: Budget::default(), forgotten: 0 }),
        }))
    }

    /// What the source says of a secret: as remembered, or asked now.
    ///
    /// An answer that was found counts only if its question began less than `max_age_ms` ago. If that is zero, the question
    /// begins after this call. It does not limit answers that were not found: they admit no request.
    pub(crate) async fn get(
        &self,
        digest: &Digest,
        max_age_ms: u64,
        pace: Pace,
        clock: &Clock,
        ask: impl Fn() -> Question<A>,
    ) -> Result<Option<A>, Failure> {
        let sequence = self.0.questions.load(Ordering::SeqCst);
        let arrival = Arrival { sequence, now_ms: clock.steady_ms(), max_age_ms };
        let mut tries = TRIES;
        while tries > 0 {
            match self.0.remembered(digest, arrival, clock.steady_ms()) {
                Some(Found::Yes(answer, _)) => return Ok(Some(answer)),
                Some(Found::No) => return Ok(None),
                None => {}
            }
            let UnderWay { began, mut end } = self.0.ask(*digest, pace, clock, &ask)?;
            let ended = end.wait_for(Option::is_some).await.map_err(|_| Failure::Unavailable);
            if !arrival.takes(began) {
                // It began too early for this request. The next question about this secret does not.
                continue;
            }
            match &*ended? {
                Some(End::Answered(Found::Yes(answer, _))) => return Ok(Some(answer.clone())),
                Some(End::Answered(Found::No)) => return Ok(None),
                Some(End::Overtaken) => tries -= 1,
                Some(End::Failed) | None => return Err(Failure::Unavailable),
            }
        }
        Err(Failure::Unavailable)
    }

    /// Forgets these answers, and those to questions that are under way.
    pub(crate) fn forget(&self, is_meant: impl Fn(&A) -> bool) {
        let mut state = self.0.state();
        state.forgotten += 1;
        self.0.found.retain(|_, kept| !is_meant(&kept.answer));
    }
}

fn cache<V: Clone>() -> Cache<Digest, V, UnitWeighter, RandomState> {
    Cache::with(ENTRIES, ENTRIES as u64, UnitWeighter, RandomState::new(), DefaultLifecycle::default())
}

impl<A: Clone + Send + Sync + 'static> Shared<A> {
    fn state(&self) -> MutexGuard<'_, State<A>> {
        // Nothing between lock and unlock can leave half a change behind.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remembered(&self, digest: &Digest, arrival: Arrival, now: u64) -> Option<Found<A>> {
        match self.found.get(digest) {
            Some(Kept { answer, began, until_ms }) => {
                (now < until_ms && arrival.takes(began)).then_some(Found::Yes(answer, until_ms))
            }
            None => self.not_found.get(digest).filter(|until| now < *until).map(|_| Found::No),
        }
    }

    /// Joins the question about this secret, or begins one.
    fn ask(
        self: &Arc<Self>,
        digest: Digest,
        pace: Pace,
        clock: &Clock,
        ask: &impl Fn() -> Question<A>,
    ) -> Result<UnderWay<A>, Failure> {
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
        // A task of its own, so that a client that goes away takes no answer from the others.
        runtime.spawn(asking.run(ask(), pace, clock.clone()));
        Ok(under_way)
    }
}

/// A question in its task.
struct Asking<A: Clone + Send + Sync + 'static> {
    shared: Arc<Shared<A>>,
    digest: Digest,
    ends: watch::Sender<Option<End<A>>>,
    began: Began,
    /// What had been forgotten when it began.
    forgotten: u64,
    has_ended: bool,
}

impl<A: Clone + Send + Sync + 'static> Asking<A> {
    async fn run(mut self, question: Question<A>, pace: Pace, clock: Clock) {
        let found = tokio::select! {
            biased;
            found = question => found,
            () = clock.wait_until(self.began.at_ms.saturating_add(pace.timeout_ms)) => None,
        };
        let end = self.end(found, pace);
        self.ends.send_replace(Some(end));
    }

    /// Remembers an answer, unless it was overtaken. It counts from when its question began.
    fn end(&mut self, found: Option<Found<A>>, pace: Pace) -> End<A> {
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
            Some(Found::No) => {
                yes.remove(&self.digest);
                no.insert(self.digest, self.began.at_ms.saturating_add(pace.not_found_ms));
            }
            None => {}
        }
        found.map_or(End::Failed, End::Answered)
    }
}

impl<A: Clone + Send + Sync + 'static> Drop for Asking<A> {
    /// Also if the question has panicked, or its runtime has ended.
    fn drop(&mut self) {
        if !self.has_ended {
            self.shared.state().under_way.remove(&self.digest);
        }
    }
}

/// As many as come in one second, at most.
#[derive(Default)]
struct Budget {
    /// In thousandths.
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

impl<A> fmt::Debug for Lookup<A> {
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
