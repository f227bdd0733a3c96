//! When keys are fetched, and until when the present keys may be used.
//!
//! Pure: the time and the results of fetches are arguments, in milliseconds of a clock that never goes back. The shell
//! around it, [`fetched`](super::fetched), has the clock, the timer and the network.

use std::time::Duration;

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// At most [`FETCHES_PER_WINDOW`] fetches begin in any span of this length, whatever causes them and however they end.
const WINDOW: u64 = 30 * SECOND;
const FETCHES_PER_WINDOW: usize = 2;

/// How long a fetch may take in all.
pub(super) const FETCH_TIME: u64 = 5 * SECOND;

const SHORTEST_REFRESH: u64 = MINUTE;
/// If a fetch ahead of schedule misses keys, the refresh comes this long after it, or earlier if it was due earlier.
const CONFIRM_AFTER: u64 = MINUTE;
const LONGEST_REFRESH: u64 = HOUR;
const DEFAULT_REFRESH: u64 = 5 * MINUTE;

/// The first retry; each further one waits twice as long.
const FIRST_RETRY: u64 = 15 * SECOND;
/// The longest wait while the old keys may still be used, and while no keys may be used.
const LONGEST_RETRY: u64 = 5 * MINUTE;
const LONGEST_RETRY_WITHOUT_KEYS: u64 = 30 * SECOND;

/// A number that fetches are counted by; the first is 1.
pub(super) type FetchNumber = u64;

/// The answer to a request that needs an unknown key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ask {
    /// Wait for the end of this fetch.
    Wait {
        number: FetchNumber,
        /// It began before the request asked, so a key published since may be missing from its answer.
        began_before: bool,
    },
    /// The fetches of these seconds are used up.
    Throttled {
        /// No other request was told so since the last fetch began.
        is_first: bool,
    },
}

/// When a fetch began.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Timing {
    /// It was due of itself, whatever else caused it.
    OnSchedule,
    /// A token caused it that was not verified, so its sender chose the moment.
    Ahead,
}

#[derive(Debug)]
pub(super) struct Schedule {
    max_stale: u64,
    /// When the fetches that count against the window began, the oldest first.
    counted: [Option<u64>; FETCHES_PER_WINDOW],
    /// When the next fetch is due of itself: the refresh, or a retry.
    due: u64,
    /// When the next refresh is due. Only fetches on schedule and sets that are whole put it off.
    refresh: u64,
    /// A request waits for a fetch that has not begun.
    is_asked: bool,
    /// The fetch that runs or, if no fetch runs, the last that ran.
    number: FetchNumber,
    began: u64,
    /// `None` while no fetch runs.
    running: Option<Timing>,
    /// Failures since the last success.
    failures: u32,
    was_throttled: bool,
    succeeded: Option<u64>,
}

impl Schedule {
    /// The first fetch is due at once.
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

    /// When the next fetch is to begin.
    pub(super) fn next(&self) -> u64 {
        let wanted = if self.is_asked { self.began } else { self.due };
        wanted.max(self.window_opens())
    }

    /// From when on the window has room for one more fetch.
    fn window_opens(&self) -> u64 {
        self.counted.first().copied().flatten().map_or(0, |oldest| oldest.saturating_add(WINDOW))
    }

    /// A fetch begins.
    pub(super) fn begin(&mut self, now: u64) -> FetchNumber {
        // The one at start does not count: tokens with a new key may arrive right after it.
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

    /// Whether a fetch runs that was due of itself, so that a set that lacks keys is final.
    pub(super) fn is_on_schedule(&self) -> bool {
        self.running == Some(Timing::OnSchedule)
    }

    /// The running fetch brought a set, or the word that nothing has changed. `max_age` is how long its source calls it
    /// fresh; `jitter`, from 0 to 1000, keeps many processes from asking at the same moment. If the set is not whole,
    /// because it lacks keys whose removal is not confirmed, the refresh comes within [`CONFIRM_AFTER`], and no further
    /// such fetch puts it off.
    pub(super) fn succeed(&mut self, now: u64, max_age: Option<Duration>, jitter: u16, is_whole: bool) {
        let ahead = max_age.map_or(DEFAULT_REFRESH, |age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX) / 5 * 4);
        let held = |wait: u64| wait.clamp(SHORTEST_REFRESH, LONGEST_REFRESH);
        let wait = held(jittered(held(ahead), jitter));
        self.running = None;
        self.failures = 0;
        // As of its beginning: what came later is not in it.
        self.succeeded = Some(self.began);
        self.refresh = if is_whole {
            // Keys with a short `max_stale` are refreshed well within it.
            now.saturating_add(wait.min(self.max_stale / 2))
        } else {
            self.refresh.min(self.began.saturating_add(CONFIRM_AFTER))
        };
        self.due = self.refresh;
    }

    /// The running fetch brought nothing that can be used.
    pub(super) fn fail(&mut self, now: u64, jitter: u16) {
        let longest = if self.serve_until() > now { LONGEST_RETRY } else { LONGEST_RETRY_WITHOUT_KEYS };
        let doubled = FIRST_RETRY.saturating_mul(1 << self.failures.min(16));
        self.running = None;
        self.failures = self.failures.saturating_add(1);
        self.due = now.saturating_add(jittered(doubled.min(longest), jitter).clamp(FIRST_RETRY, longest));
        if self.refresh > now {
            // A fetch ahead of schedule does not put the refresh off, however it ends.
            self.due = self.due.min(self.refresh);
        }
    }

    /// Until when the present keys may be used.
    pub(super) fn serve_until(&self) -> u64 {
        self.succeeded.map_or(0, |succeeded| succeeded.saturating_add(self.max_stale))
    }

    /// When the last success was.
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

    /// How many fetches began.
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
