//! The schedule, with times as numbers and results as calls.

#![allow(clippy::indexing_slicing)]

use std::time::Duration;

use super::*;

const MAX_STALE: Duration = Duration::from_hours(12);
/// Neither early nor late.
const NO_JITTER: u16 = 500;

/// After a first fetch at 0 that took no time and succeeded.
fn started() -> Schedule {
    let mut schedule = Schedule::new(0, MAX_STALE);
    assert_eq!(schedule.next(), 0);
    assert_eq!(schedule.begin(0), 1);
    schedule.succeed(0, None, NO_JITTER);
    schedule
}

#[test]
fn refreshes_ahead_of_use_within_its_bounds() {
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
        schedule.succeed(0, max_age.map(Duration::from_secs), NO_JITTER);
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
        schedule.succeed(0, max_age.map(Duration::from_secs), jitter);
        assert_eq!(schedule.next(), expected, "{max_age:?} {jitter}");
    }
}

#[test]
fn refreshes_well_within_a_short_max_stale() {
    let mut schedule = Schedule::new(0, Duration::from_mins(1));
    schedule.begin(0);
    schedule.succeed(0, Some(Duration::from_hours(1)), NO_JITTER);
    assert_eq!((schedule.next(), schedule.serve_until()), (30 * SECOND, MINUTE));
}

#[test]
fn one_fetch_serves_all_who_wait() {
    let mut schedule = started();
    let waiting = Ask::Wait { number: 2, began_before: false };
    assert_eq!((schedule.ask(10), schedule.ask(11)), (waiting, waiting));
    assert!(schedule.next() <= 11, "it is due at once");
    assert_eq!(schedule.begin(12), 2);
    assert_eq!(schedule.ask(13), Ask::Wait { number: 2, began_before: true });
    schedule.succeed(20, None, NO_JITTER);
    assert_eq!(schedule.next(), 20 + 5 * MINUTE, "nobody waits any more");
}

#[test]
fn at_most_two_fetches_in_any_30_s_whatever_causes_them() {
    for does_succeed in [true, false] {
        let mut schedule = started();
        let mut began = Vec::new();
        // Somebody asks every 100 ms, for ten minutes.
        for now in (0..10 * MINUTE).step_by(100) {
            let ask = schedule.ask(now);
            assert!(!matches!(ask, Ask::Wait { began_before: true, .. }));
            if now >= schedule.next() {
                schedule.begin(now);
                began.push(now);
                if does_succeed { schedule.succeed(now, Some(Duration::ZERO), 0) } else { schedule.fail(now, 0) }
            } else {
                assert!(matches!(ask, Ask::Throttled { .. }), "{now}");
            }
        }
        // The start does not count; from then on two at once, every 30 s.
        assert_eq!(began.len(), 40);
        for window in began.windows(3) {
            assert!(window[2] - window[0] >= WINDOW, "{window:?}");
        }
    }
}

#[test]
fn tells_the_first_who_is_throttled() {
    let mut schedule = started();
    for now in [1, 2] {
        schedule.ask(now);
        schedule.begin(now);
        schedule.succeed(now, None, NO_JITTER);
    }
    let told: Vec<Ask> = (3..6).map(|now| schedule.ask(now)).collect();
    assert_eq!(told[0], Ask::Throttled { is_first: true });
    assert_eq!(told[1..], [Ask::Throttled { is_first: false }; 2]);
    assert_eq!(schedule.ask(1 + WINDOW), Ask::Wait { number: 4, began_before: false });
}

#[test]
fn retries_from_15_s_less_and_less_often() {
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
    schedule.succeed(now, None, NO_JITTER);
    assert!(!schedule.has_failed());
    now = schedule.next();
    schedule.begin(now);
    schedule.fail(now, NO_JITTER);
    assert_eq!(schedule.next() - now, 15 * SECOND, "the count begins anew");
}

#[test]
fn retries_often_while_there_are_no_keys() {
    let mut schedule = Schedule::new(0, MAX_STALE);
    let mut now = 0;
    for expected in [15, 30, 30, 30] {
        assert_eq!(schedule.serve_until(), 0);
        schedule.begin(now);
        schedule.fail(now, NO_JITTER);
        assert_eq!(schedule.next() - now, expected * SECOND);
        now = schedule.next();
    }
    // So it is once the old ones are too old.
    let mut schedule = started();
    let late = schedule.serve_until();
    schedule.begin(late);
    for _ in 0..6 {
        schedule.fail(late, 1000);
    }
    assert_eq!(schedule.next() - late, 30 * SECOND);
}

#[test]
fn old_keys_serve_until_max_stale_after_the_last_success_began() {
    let mut schedule = started();
    assert_eq!(schedule.serve_until(), 12 * HOUR);
    schedule.begin(HOUR);
    schedule.succeed(HOUR + 4 * SECOND, None, NO_JITTER);
    assert_eq!(schedule.serve_until(), 13 * HOUR);
    schedule.begin(2 * HOUR);
    schedule.fail(2 * HOUR, NO_JITTER);
    assert_eq!(schedule.serve_until(), 13 * HOUR);
    assert_eq!(schedule.succeeded(), Some(HOUR));
}

#[test]
fn survives_any_number() {
    let mut schedule = Schedule::new(u64::MAX, Duration::MAX);
    for jitter in [0, 1000, u16::MAX] {
        schedule.begin(u64::MAX);
        schedule.ask(u64::MAX);
        schedule.fail(u64::MAX, jitter);
        schedule.begin(0);
        schedule.succeed(u64::MAX, Some(Duration::MAX), jitter);
    }
    assert_eq!(schedule.serve_until(), u64::MAX);
}
