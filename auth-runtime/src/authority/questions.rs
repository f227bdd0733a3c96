//! Running lookups of a directory: one for each question, and at most four for one user.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::answers::{Answer, Answers, Key, KeyRef};
use crate::freshness::{Arrival, Began};

/// The maximum number of running lookups about one user. More lookups wait, so that a user with many or slow requests
/// cannot use up the directory.
const OF_ONE_USER: usize = 4;

/// The result of a lookup.
#[derive(Clone)]
pub(super) enum Outcome {
    Open,
    Failed,
    Answered(Arc<Answer>),
}

/// The issuer and the id of a user.
type UserKey = (Box<str>, Box<str>);
type Users = HashMap<UserKey, OfUser>;

/// The running lookups of one directory, and the order of all its events.
#[derive(Default)]
pub(super) struct Questions {
    sequence: AtomicU64,
    users: Mutex<Users>,
}

struct OfUser {
    permits: Arc<Semaphore>,
    open: Vec<Open>,
}

struct Open {
    org: Option<Box<str>>,
    began: Began,
    /// Answers were removed since this lookup began. So no request joins it, and its answer is not cached.
    is_superseded: bool,
    outcome: watch::Receiver<Outcome>,
}

/// The next step of a request.
pub(super) enum Next {
    /// It uses a cached answer.
    Kept(Arc<Answer>),
    /// It waits for a running lookup.
    Join(watch::Receiver<Outcome>),
    /// It starts a lookup.
    Ask(Asked),
    /// It waits until fewer lookups about this user are running.
    Wait(Arc<Semaphore>),
}

/// A running lookup.
pub(super) struct Asked {
    pub(super) key: Key,
    pub(super) began: Began,
    outcome: watch::Sender<Outcome>,
    permit: OwnedSemaphorePermit,
}

impl Asked {
    pub(super) fn outcome(&self) -> watch::Receiver<Outcome> {
        self.outcome.subscribe()
    }
}

impl Questions {
    /// The next position in the order of events.
    pub(super) fn step(&self) -> u64 {
        self.sequence.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Returns the next step of a request that arrived at this time. The cache is read under the lock, because the
    /// answer of a finished lookup moves into the cache under the same lock.
    pub(super) fn next(
        &self,
        answers: &Answers,
        key: KeyRef<'_>,
        arrival: Arrival,
        now_ms: u64,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Next {
        let mut users = self.lock();
        if let Some(kept) = answers.get(key).filter(|kept| arrival.takes(kept.began)) {
            return Next::Kept(kept);
        }
        let of_user = users
            .entry((key.issuer.into(), key.user.into()))
            .or_insert_with(|| OfUser { permits: Arc::new(Semaphore::new(OF_ONE_USER)), open: Vec::new() });
        let joined = of_user
            .open
            .iter()
            .find(|open| open.org.as_deref() == key.org && !open.is_superseded && arrival.takes(open.began));
        if let Some(open) = joined {
            return Next::Join(open.outcome.clone());
        }
        let Some(permit) = permit.or_else(|| Arc::clone(&of_user.permits).try_acquire_owned().ok()) else {
            return Next::Wait(Arc::clone(&of_user.permits));
        };
        let (outcome, receiver) = watch::channel(Outcome::Open);
        let began = Began { sequence: self.step(), at_ms: now_ms };
        of_user.open.push(Open { org: key.org.map(Into::into), began, is_superseded: false, outcome: receiver });
        Next::Ask(Asked { key: key.to_key(), began, outcome, permit })
    }

    /// Ends a lookup that has answered or failed. Its answer is cached unless answers were removed since it began.
    pub(super) fn settle(&self, answers: &Answers, asked: Asked, answer: Option<Arc<Answer>>) {
        let mut users = self.lock();
        let user = (asked.key.issuer.clone(), asked.key.user.clone());
        if let Some(of_user) = users.get_mut(&user) {
            let place = of_user.open.iter().position(|open| open.began.sequence == asked.began.sequence);
            let open = place.map(|place| of_user.open.swap_remove(place));
            if let (Some(answer), Some(Open { is_superseded: false, .. })) = (&answer, open) {
                answers.keep(asked.key, answer);
            }
        }
        drop(users);
        asked.outcome.send_replace(answer.map_or(Outcome::Failed, Outcome::Answered));
        drop(asked.permit);
        self.tidy(&user);
    }

    /// Removes all answers that match `is_of`. Running lookups still answer the requests that already wait for them,
    /// but no new requests.
    pub(super) fn forget(&self, answers: &Answers, is_of: impl Fn(KeyRef<'_>) -> bool) {
        let mut users = self.lock();
        for ((issuer, user), of_user) in users.iter_mut() {
            for open in &mut of_user.open {
                open.is_superseded |= is_of(KeyRef { issuer, user, org: open.org.as_deref() });
            }
        }
        self.step();
        answers.forget(is_of);
    }

    /// Removes the entry of a user without running lookups and waiting requests.
    pub(super) fn tidy(&self, user: &UserKey) {
        let mut users = self.lock();
        // Waiting requests also hold the permits.
        if users.get(user).is_some_and(|of_user| of_user.open.is_empty() && Arc::strong_count(&of_user.permits) == 1) {
            users.remove(user);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Users> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of running lookups, and the number of their users.
    #[cfg(test)]
    pub(super) fn open(&self) -> (usize, usize) {
        let users = self.lock();
        (users.values().map(|of_user| of_user.open.len()).sum(), users.len())
    }
}
