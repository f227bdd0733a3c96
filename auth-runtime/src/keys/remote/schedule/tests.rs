//! The schedule, tested with times as numbers and results as calls.

#![allow(clippy::indexing_slicing)]

use std::time::Duration;

use super::*;

const MAX_STALE: Duration = Duration::from_hours(12);
/// No jitter.
const NO_JITTER: u16 = 500;

/// The schedule after a first fetch that began at 0, took no time and succeeded.
fn started() -> Schedule {
    let mut schedule = Schedule::new(0, MAX_STALE);
    assert_eq!(schedule.next(), 0);
    assert_eq!(schedule.begin(0), 1);
    schedule.succeed(0, None, NO_JITTER, true);
    schedule
}

#[test]
fn refreshes_follow_max_age_within_bounds() {
    for (max_age, expected) in [
        (None, 5 * MINUTE),
        (Some(0), MINUTE),
        (Some(60), MINUTE),
        (Some(100), 80 * SECOND),
        (Some(600), 8 * MINUTE),
        (Some(7200), HOUR),
        (Some(u64::MAX), HOUR),
    ] {
        let mut schedule = Schedule::new(0, MAX_STALE);
        schedule.begin(0);
        schedule.succeed(0, max_age.map(Duration::from_secs), NO_JITTER, true);
        assert_eq!(schedule.next(), expected, "{max_age:?}");
    }
}

#[test]
fn jitter_stays_within_a_tenth_and_within_the_bounds() {
    for (max_age, jitter, expected) in [
        (None, 0, 270 * SECOND),
        (None, 1000, 330 * SECOND),
        (None, u16::MAX, 330 * SECOND),
        (Some(0), 0, MINUTE),
        (Some(0), 1000, 66 * SECOND),
        (Some(9999), 1000, HOUR),
        (Some(9999), 0, 54 * MINUTE),
    ] {
        let mut schedule = Schedule::new(0, MAX_STALE);
        schedule.begin(0);
        schedule.succeed(0, max_age.map(Duration::from_secs), jitter, true);
        assert_eq!(schedule.next(), expected, "{max_age:?} {jitter}");
    }
}

#[test]
fn a_short_max_stale_shortens_the_refresh() {
    let mut schedule = Schedule::new(0, Duration::from_mins(1));
    schedule.begin(0);
    schedule.succeed(0, Some(Duration::from_hours(1)), NO_JITTER, true);
    assert_eq!((schedule.next(), schedule.serve_until()), (30 * SECOND, MINUTE));
}

#[test]
fn waiting_requests_share_one_fetch() {
    let mut schedule = started();
    let waiting = Ask::Wait { number: 2, began_before: false };
    assert_eq!((schedule.ask(10), schedule.ask(11)), (waiting, waiting));
    assert!(schedule.next() <= 11, "it is due at once");
    assert_eq!(schedule.begin(12), 2);
    assert_eq!(schedule.ask(13), Ask::Wait { number: 2, began_before: true });
    schedule.succeed(20, None, NO_JITTER, true);
    assert_eq!(schedule.next(), 20 + 5 * MINUTE, "no request waits any more");
}

#[test]
fn at_most_two_fetches_begin_in_any_30_s() {
    for does_succeed in [true, false] {
        let mut schedule = started();
        let mut began = Vec::new();
        // A token asks every 100 ms for ten minutes.
        for now in (0..10 * MINUTE).step_by(100) {
            let ask = schedule.ask(now);
            assert!(!matches!(ask, Ask::Wait { began_before: true, .. }));
            if now >= schedule.next() {
                schedule.begin(now);
                began.push(now);
                if does_succeed { schedule.succeed(now, Some(Duration::ZERO), 0, true) } else { schedule.fail(now, 0) }
            } else {
                assert!(matches!(ask, Ask::Throttled { .. }), "{now}");
            }
        }
        // The fetch at start does not count. After it, two fetches begin immediately every 30 s.
        assert_eq!(began.len(), 40);
        for window in began.windows(3) {
            assert!(window[2] - window[0] >= WINDOW, "{window:?}");
        }
    }
}

#[test]
fn the_first_throttled_request_is_marked() {
    let mut schedule = started();
    for now in [1, 2] {
        schedule.ask(now);
        schedule.begin(now);
        schedule.succeed(now, None, NO_JITTER, true);
    }
    let told: Vec<Ask> = (3..6).map(|now| schedule.ask(now)).collect();
    assert_eq!(told[0], Ask::Throttled { is_first: true });
    assert_eq!(told[1..], [Ask::Throttled { is_first: false }; 2]);
    assert_eq!(schedule.ask(1 + WINDOW), Ask::Wait { number: 4, began_before: false });
}

#[test]
fn retries_start_at_15_s_and_back_off() {
    let mut schedule = started();
    let mut now = schedule.next();
    let mut waits = Vec::new();
    for _ in 0..8 {
        schedule.begin(now);
        schedule.fail(now, NO_JITTER);
        waits.push((schedule.next() - now) / SECOND);
        now = schedule.next();
    }
    assert_eq!(waits, [15, 30, 60, 120, 240, 300, 300, 300]);
    schedule.begin(now);
    schedule.succeed(now, None, NO_JITTER, true);
    assert!(!schedule.has_failed());
    now = schedule.next();
    schedule.begin(now);
    schedule.fail(now, NO_JITTER);
    assert_eq!(schedule.next() - now, 15 * SECOND, "the count begins anew");
}

#[test]
fn retries_are_frequent_without_keys() {
    let mut schedule = Schedule::new(0, MAX_STALE);
    let mut now = 0;
    for expected in [15, 30, 30, 30] {
        assert_eq!(schedule.serve_until(), 0);
        schedule.begin(now);
        schedule.fail(now, NO_JITTER);
        assert_eq!(schedule.next() - now, expected * SECOND);
        now = schedule.next();
    }
    // The same is true once the old keys are too old.
    let mut schedule = started();
    let late = schedule.serve_until();
    schedule.begin(late);
    for _ in 0..6 {
        schedule.fail(late, 1000);
    }
    assert_eq!(schedule.next() - late, 30 * SECOND);
}

#[test]
fn old_keys_are_used_for_max_stale_after_the_last_success() {
    let mut schedule = started();
    assert_eq!(schedule.serve_until(), 12 * HOUR);
    schedule.begin(HOUR);
    schedule.succeed(HOUR + 4 * SECOND, None, NO_JITTER, true);
    assert_eq!(schedule.serve_until(), 13 * HOUR);
    schedule.begin(2 * HOUR);
    schedule.fail(2 * HOUR, NO_JITTER);
    assert_eq!(schedule.serve_until(), 13 * HOUR);
    assert_eq!(schedule.succeeded(), Some(HOUR));
}

#[test]
fn any_numbers_are_handled() {
    let mut schedule = Schedule::new(u64::MAX, Duration::MAX);
    for jitter in [0, 1000, u16::MAX] {
        schedule.begin(u64::MAX);
        schedule.ask(u64::MAX);
        schedule.fail(u64::MAX, jitter);
        schedule.begin(0);
        schedule.succeed(u64::MAX, Some(Duration::MAX), jitter, true);
    }
    assert_eq!(schedule.serve_until(), u64::MAX);
}

#[test]
fn a_fetch_that_a_token_causes_is_ahead_of_schedule() {
    let mut schedule = Schedule::new(0, MAX_STALE);
    schedule.begin(0);
    assert!(schedule.is_on_schedule(), "the first");
    schedule.succeed(0, None, NO_JITTER, true);
    schedule.ask(10);
    schedule.begin(10);
    assert!(!schedule.is_on_schedule());
    // A failed fetch is retried by itself, and the retry is still ahead of schedule.
    schedule.fail(10, NO_JITTER);
    let retry = schedule.next();
    assert_eq!(retry, 10 + 15 * SECOND);
    schedule.begin(retry);
    assert!(!schedule.is_on_schedule());
    schedule.succeed(retry, None, NO_JITTER, true);
    // A refresh is on schedule, even if a token asks for it at that moment. So is a retry of a refresh when it is due.
    let refresh = schedule.next();
    assert_eq!(refresh, retry + 5 * MINUTE);
    schedule.ask(refresh);
    schedule.begin(refresh);
    assert!(schedule.is_on_schedule());
    schedule.fail(refresh, NO_JITTER);
    schedule.ask(refresh + 1);
    schedule.begin(refresh + 1);
    assert!(!schedule.is_on_schedule());
    schedule.succeed(refresh + 1, None, NO_JITTER, false);
    // The set lacks a key, and the refresh that confirms its removal is overdue. So the refresh begins as soon as the
    // limit allows a fetch.
    assert_eq!(schedule.next(), refresh + WINDOW);
    schedule.begin(refresh + WINDOW);
    assert!(schedule.is_on_schedule());
}

/// The longest time that a key stays trusted after the first set without it, however many tokens ask: one minute until
/// the refresh, plus 30 s if the limit of fetches is reached then.
const LONGEST_DOUBT: u64 = CONFIRM_AFTER + WINDOW;

#[test]
fn missing_keys_are_confirmed_within_90_s() {
    for (first, every, does_fail) in [
        (10 * SECOND, 1, false),
        (10 * SECOND, 100, false),
        (10 * SECOND, 7 * SECOND, false),
        (10 * SECOND, 40 * SECOND, false),
        (4 * MINUTE + 50 * SECOND, 100, false),
        (10 * SECOND, 100, true),
        (10 * SECOND, 29 * SECOND, true),
    ] {
        let mut schedule = started();
        schedule.ask(first);
        schedule.begin(first);
        schedule.succeed(first, Some(Duration::from_hours(1)), NO_JITTER, false);
        let due = schedule.next();
        assert!(due <= first + CONFIRM_AFTER && due <= 5 * MINUTE, "the refresh that was due is not put off");
        let confirmed = (first..first + HOUR).find(|now| {
            if now % every == 0 {
                schedule.ask(*now);
            }
            if *now < schedule.next() {
                return false;
            }
            schedule.begin(*now);
            if schedule.is_on_schedule() {
                return true;
            }
            if does_fail {
                schedule.fail(*now, NO_JITTER);
            } else {
                schedule.succeed(*now, Some(Duration::from_hours(1)), NO_JITTER, false);
            }
            false
        });
        let took = confirmed.map(|confirmed| confirmed - first);
        assert!(took.is_some_and(|took| took <= LONGEST_DOUBT), "{first} {every} {does_fail}: {took:?}");
    }
}

#[test]
fn a_complete_set_ends_the_confirmation() {
    let mut schedule = started();
    for (at, is_whole, next) in [(10, false, 10 + MINUTE), (20, true, 20 + 5 * MINUTE)] {
        schedule.ask(at);
        schedule.begin(at);
        schedule.succeed(at, None, NO_JITTER, is_whole);
        assert_eq!(schedule.next(), next);
    }
}

/// A source that leaves a key out of some responses, at random, and a program that needs the key every second.
struct Flapping {
    schedule: Schedule,
    max_age: Option<Duration>,
    /// The number of responses out of eight that lack the key.
    missing: u64,
    random: u64,
    key_counts: bool,
    believes_every_set: bool,
}

impl Flapping {
    fn fetch(&mut self, now: u64) {
        self.schedule.begin(now);
        // Knuth's generator: the same responses on every machine.
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let is_there = self.random >> 61 >= self.missing;
        let is_final = self.believes_every_set || self.schedule.is_on_schedule();
        let is_doubtful = self.key_counts && !is_there && !is_final;
        self.key_counts = is_there || is_doubtful;
        self.schedule.succeed(now, self.max_age, NO_JITTER, !is_doubtful);
    }

    fn ask(&mut self, now: u64) {
        if matches!(self.schedule.ask(now), Ask::Wait { .. }) {
            self.fetch(now);
        }
    }

    /// The number of valid tokens that are refused in 6 hours, at one token per second.
    fn refused(&mut self, has_stranger: bool) -> usize {
        let seconds = (1..=6 * HOUR / SECOND).map(|second| second * SECOND);
        let refused = seconds.filter(|now| {
            if *now >= self.schedule.next() {
                self.fetch(*now);
            }
            if has_stranger {
                // Asking twice uses up the rest of the limit.
                self.ask(*now);
                self.ask(*now);
            }
            if !self.key_counts {
                self.ask(*now);
            }
            !self.key_counts
        });
        refused.count()
    }
}

#[test]
fn a_stranger_does_not_make_a_flapping_source_worse() {
    const SOURCES: u64 = 10;
    for max_age in [None, Some(Duration::from_mins(1))] {
        for missing in [1, 2, 4] {
            let refused = |has_stranger, believes_every_set| -> usize {
                let sources = (1..=SOURCES).map(|random| Flapping {
                    schedule: started(),
                    max_age,
                    missing,
                    random,
                    key_counts: true,
                    believes_every_set,
                });
                sources.map(|mut source| source.refused(has_stranger)).sum()
            };
            let (alone, with_stranger, believed) = (refused(false, false), refused(true, false), refused(true, true));
            println!(
                "max-age {max_age:?}, {missing} of 8 answers lack the key: of 216,000 good tokens, {alone} are refused \
                 without a stranger, {with_stranger} with one, {believed} with one if every set is believed"
            );
            assert!(with_stranger <= alone + alone / 20 && believed > 3 * alone);
        }
    }
}
