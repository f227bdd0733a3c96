//! The verifier's clock.

#[cfg(feature = "testing")]
use std::fmt;
#[cfg(feature = "testing")]
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

/// The source of the time.
#[derive(Clone, Debug, Default)]
pub(crate) enum Clock {
    #[default]
    System,
    /// A time set by a test.
    #[cfg(feature = "testing")]
    Set(TestClock),
}

/// The time of both clocks at one moment, in milliseconds: see [`Clock::now_ms`] and [`Clock::steady_ms`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now_ms: u64,
    pub(crate) steady_ms: u64,
}

/// For how long the distance between the two clocks is used before it is found again. A correction of the system clock
/// reaches requests with this delay.
const DISTANCE_MS: u64 = 100;

impl Clock {
    /// The moment at which a request arrives. Reading a clock takes as long as looking up a cached token, so usually
    /// only one of the two is read.
    pub(crate) fn moment(&self) -> Moment {
        /// The time of the system clock minus that of the steady clock, and when it was found.
        static DISTANCE: AtomicU64 = AtomicU64::new(0);
        static FOUND_AT: AtomicU64 = AtomicU64::new(u64::MAX);
        let steady_ms = self.steady_ms();
        match self {
            Self::System => {
                // The distance is stored first and loaded last, so a new time never comes with the distance before it.
                let age_ms = steady_ms.checked_sub(FOUND_AT.load(Ordering::Acquire));
                if age_ms.is_some_and(|age_ms| age_ms < DISTANCE_MS) {
                    return Moment { now_ms: steady_ms.wrapping_add(DISTANCE.load(Ordering::Relaxed)), steady_ms };
                }
                let now_ms = self.now_ms();
                DISTANCE.store(now_ms.wrapping_sub(steady_ms), Ordering::Relaxed);
                FOUND_AT.store(steady_ms, Ordering::Release);
                Moment { now_ms, steady_ms }
            }
            #[cfg(feature = "testing")]
            Self::Set(_) => Moment { now_ms: steady_ms, steady_ms },
        }
    }

    /// Milliseconds since 1970. The time claims of a token are compared with this.
    pub(crate) fn now_ms(&self) -> u64 {
        match self {
            Self::System => SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                // A clock before 1970 reads as 1970, so tokens are not yet valid.
                .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)),
            #[cfg(feature = "testing")]
            Self::Set(clock) => clock.now_ms(),
        }
    }

    /// Milliseconds since an arbitrary moment; never goes back. Fetches and the age of keys use it, so that correcting
    /// the system clock by an hour neither ends nor extends a wait. Time in which the machine is suspended is not
    /// always included.
    pub(crate) fn steady_ms(&self) -> u64 {
        static START: OnceLock<Instant> = OnceLock::new();
        match self {
            Self::System => u64::try_from(START.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX),
            #[cfg(feature = "testing")]
            Self::Set(clock) => clock.now_ms(),
        }
    }

    /// Waits until [`steady_ms`](Self::steady_ms) has reached `deadline_ms`.
    pub(crate) async fn wait_until(&self, deadline_ms: u64) {
        match self {
            Self::System => {
                // A timer may fire slightly early. In that case, wait for the rest.
                while let Some(left) = deadline_ms.checked_sub(self.steady_ms()).filter(|left| *left > 0) {
                    tokio::time::sleep(Duration::from_millis(left)).await;
                }
            }
            #[cfg(feature = "testing")]
            Self::Set(clock) => clock.wait_until(deadline_ms).await,
        }
    }
}

/// Seconds since 1970, with fractions.
pub(crate) fn seconds(ms: u64) -> f64 {
    // Milliseconds are exact for about 285,000 years.
    #[allow(clippy::cast_precision_loss)]
    let ms = ms as f64;
    ms / 1000.0
}

/// A clock set by a test (feature `testing`), in milliseconds since 1970. Clones share one clock.
///
/// ```
/// # use std::time::Duration;
/// use auth_runtime::testing::TestClock;
/// let clock = TestClock::now();
/// let before = clock.now_ms();
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now_ms() - before, 60_000);
/// ```
#[cfg(feature = "testing")]
#[derive(Clone)]
pub struct TestClock {
    now_ms: Arc<AtomicU64>,
    changed: tokio::sync::watch::Sender<()>,
}

#[cfg(feature = "testing")]
impl TestClock {
    /// Creates a clock that is stopped at the current time.
    pub fn now() -> Self {
        Arc::new(AtomicU64::new(Clock::System.now_ms())).into()
    }

    /// The time of this clock, in milliseconds since 1970.
    pub fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::Acquire)
    }

    /// Moves the clock forward. Tasks that wait for a time up to the new one wake up.
    pub fn advance(&self, by: Duration) {
        self.now_ms.fetch_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX), Ordering::AcqRel);
        self.changed.send_replace(());
    }

    async fn wait_until(&self, deadline_ms: u64) {
        // Subscribe before the first look, so that no change in between is missed.
        let mut changed = self.changed.subscribe();
        while self.now_ms() < deadline_ms {
            if changed.changed().await.is_err() {
                // All clones are gone, so no one can advance the clock.
                std::future::pending::<()>().await;
            }
        }
    }
}

/// Lets you set the time through the atomic. Waiting tasks notice a change only at the next [`TestClock::advance`].
#[cfg(feature = "testing")]
impl From<Arc<AtomicU64>> for TestClock {
    fn from(now_ms: Arc<AtomicU64>) -> Self {
        Self { now_ms, changed: tokio::sync::watch::Sender::new(()) }
    }
}

#[cfg(feature = "testing")]
impl fmt::Debug for TestClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TestClock").field(&self.now_ms()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_time_of_both_clocks() {
        let clock = Clock::System;
        // The first reads both clocks, the others usually one.
        for _ in 0..1000 {
            let before = (clock.now_ms(), clock.steady_ms());
            let moment = clock.moment();
            let after = (clock.now_ms(), clock.steady_ms());
            assert!((before.1..=after.1).contains(&moment.steady_ms));
            // Each clock is rounded down by itself.
            assert!((before.0 - 1..=after.0 + 1).contains(&moment.now_ms), "{before:?} {moment:?} {after:?}");
        }
    }
}
