//! When keys are fetched, and until when the current keys may be used.
//!
//! Pure: the time and the results of fetches are arguments. Times are in milliseconds of a clock that never goes back.
//! [`fetched`](super::fetched) has the clock, the timer and the network.

use std::time::Duration;

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// In any period of this length, at most [`FETCHES_PER_WINDOW`] fetches begin, whatever their cause and result.
const WINDOW: u64 = 30 * SECOND;
const FETCHES_PER_WINDOW: usize = 2;

/// The longest time of a whole fetch.
pub(super) const FETCH_TIME: u64 = 5 * SECOND;

const SHORTEST_REFRESH: u64 = MINUTE;
/// If a fetch ahead of schedule misses keys, the refresh follows after this time, or earlier if it is due earlier.
const CONFIRM_AFTER: u64 = MINUTE;
const LONGEST_REFRESH: u64 = HOUR;
const DEFAULT_REFRESH: u64 = 5 * MINUTE;

/// The wait before the first retry. Each further retry waits twice as long.
const FIRST_RETRY: u64 = 15 * SECOND;
/// The longest wait before a retry: while the old keys may be used, and while no keys may be used.
const LONGEST_RETRY: u64 = 5 * MINUTE;
const LONGEST_RETRY_WITHOUT_KEYS: u64 = 30 * SECOND;

/// Fetches are numbered from 1.
pub(super) type FetchNumber = u64;

/// The response to a request that needs an unknown key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ask {
    /// Wait for the end of this fetch.
    Wait {
        number: FetchNumber,
        /// The fetch began before the request asked, so a key published since then may be missing from it.
        began_before: bool,
    },
    /// The limit of fetches is reached.
    Throttled {
        /// Whether this is the first throttled request since the last fetch began.
        is_first: bool,
    },
}

/// Whether a fetch was due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Timing {
    /// The fetch was due anyway, even if something else also caused it.
    OnSchedule,
    /// An unverified token caused the fetch, so its sender chose the moment.
    Ahead,
}

#[derive(Debug)]
pub(super) struct Schedule {
    max_stale: u64,
    /// The start times of the fetches that count for the limit, the oldest first.
    counted: [Option<u64>; FETCHES_PER_WINDOW],
    /// When the next fetch is due by itself: the refresh, or a retry.
    due: u64,
    /// When the next refresh is due. Only a fetch on schedule, or a complete set, postpones it.
    refresh: u64,
    /// Whether a request waits for a fetch that has not begun.
    is_asked: bool,
    /// The running fetch or, if no fetch is running, the last one.
    number: FetchNumber,
    began: u64,
    /// `None` if no fetch is running.
    running: Option<Timing>,
    /// The number of failures since the last success.
    failures: u32,
    was_throttled: bool,
    succeeded: Option<u64>,
}

impl Schedule {
    /// The first fetch is due immediately.
    pub(super) fn new(now: u64, max_stale: Duration) -> Self {
        Self {
            max_stale: u64::try_from(max_stale.as_millis()).unwrap_or(u64::MAX),
            counted: [None; FETCHES_PER_WINDOW],
            due: now,
            refresh: now,
            is_asked: false,
            number: 0,
            began: now,
            running: None,
            failures: 0,
            was_throttled: false,
            succeeded: None,
        }
    }

    /// When the next fetch begins.
    pub(super) fn next(&self) -> u64 {
        let wanted = if self.is_asked { self.began } else { self.due };
        wanted.max(self.window_opens())
    }

    /// When the limit allows one more fetch.
    fn window_opens(&self) -> u64 {
        self.counted.first().copied().flatten().map_or(0, |oldest| oldest.saturating_add(WINDOW))
    }

    /// A fetch begins.
    pub(super) fn begin(&mut self, now: u64) -> FetchNumber {
        // The fetch at start does not count: tokens with a new key may arrive right after it.
        if self.number > 0 {
            self.counted.rotate_left(1);
            if let Some(last) = self.counted.last_mut() {
                *last = Some(now);
            }
        }
        self.number += 1;
        self.began = now;
        let is_due = now >= self.due.max(self.refresh);
        self.running = Some(if is_due { Timing::OnSchedule } else { Timing::Ahead });
        self.is_asked = false;
        self.was_throttled = false;
        self.number
    }

    /// A request needs an unknown key.
    pub(super) fn ask(&mut self, now: u64) -> Ask {
        if self.running.is_some() {
            return Ask::Wait { number: self.number, began_before: true };
        }
        if now >= self.window_opens() {
            self.is_asked = true;
            return Ask::Wait { number: self.number + 1, began_before: false };
        }
        Ask::Throttled { is_first: !std::mem::replace(&mut self.was_throttled, true) }
    }

    /// Whether the running fetch was due, so that its set is final: missing keys are gone.
    pub(super) fn is_on_schedule(&self) -> bool {
        self.running == Some(Timing::OnSchedule)
    }

    /// The running fetch brought a set, or the response "not modified". `max_age` is how long the source declares it
    /// fresh. `jitter`, from 0 to 1000, keeps many processes from fetching at the same moment.
    ///
    /// A set is not complete while it has keys whose removal is not confirmed. The refresh then follows within
    /// [`CONFIRM_AFTER`], and another incomplete set does not postpone it.
    pub(super) fn succeed(&mut self, now: u64, max_age: Option<Duration>, jitter: u16, is_whole: bool) {
        let ahead = max_age.map_or(DEFAULT_REFRESH, |age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX) / 5 * 4);
        let held = |wait: u64| wait.clamp(SHORTEST_REFRESH, LONGEST_REFRESH);
        let wait = held(jittered(held(ahead), jitter));
        self.running = None;
        self.failures = 0;
        // Counted from the start of the fetch: later changes are not in its response.
        self.succeeded = Some(self.began);
        self.refresh = if is_whole {
            // Keys with a short `max_stale` are refreshed well before it ends.
            now.saturating_add(wait.min(self.max_stale / 2))
        } else {
            self.refresh.min(self.began.saturating_add(CONFIRM_AFTER))
        };
        self.due = self.refresh;
    }

    /// The running fetch brought no usable keys.
    pub(super) fn fail(&mut self, now: u64, jitter: u16) {
        let longest = if self.serve_until() > now { LONGEST_RETRY } else { LONGEST_RETRY_WITHOUT_KEYS };
        let doubled = FIRST_RETRY.saturating_mul(1 << self.failures.min(16));
        self.running = None;
        self.failures = self.failures.saturating_add(1);
        self.due = now.saturating_add(jittered(doubled.min(longest), jitter).clamp(FIRST_RETRY, longest));
        if self.refresh > now {
            // A fetch ahead of schedule never postpones the refresh.
            self.due = self.due.min(self.refresh);
        }
    }

    /// Until when the current keys may be used.
    pub(super) fn serve_until(&self) -> u64 {
        self.succeeded.map_or(0, |succeeded| succeeded.saturating_add(self.max_stale))
    }

    /// The time of the last success.
    pub(super) fn succeeded(&self) -> Option<u64> {
        self.succeeded
    }

    /// Whether the last fetch failed.
    pub(super) fn has_failed(&self) -> bool {
        self.failures > 0
    }

    /// Whether a request waits for a fetch that has not begun.
    pub(super) fn is_asked(&self) -> bool {
        self.is_asked
    }

    /// The number of fetches that began.
    pub(super) fn fetches(&self) -> u64 {
        self.number
    }
}

/// 90 % to 110 % of `wait`.
fn jittered(wait: u64, jitter: u16) -> u64 {
    (wait - wait / 10).saturating_add(wait / 5 * u64::from(jitter.min(1000)) / 1000)
}

#[cfg(test)]
mod tests;
