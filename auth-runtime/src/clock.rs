//! The time, as the verifier sees it.

#[cfg(feature = "testing")]
use std::fmt;
use std::sync::OnceLock;
#[cfg(feature = "testing")]
use std::sync::{Arc, atomic::AtomicU64, atomic::Ordering};
use std::time::Duration;
use std::time::{Instant, SystemTime};

/// Where the time comes from.
#[derive(Clone, Debug, Default)]
pub(crate) enum Clock {
    #[default]
    System,
    /// As a test sets it.
    #[cfg(feature = "testing")]
    Set(TestClock),
}

impl Clock {
    /// Milliseconds since 1970: what the claims of a token are held against.
    pub(crate) fn now_ms(&self) -> u64 {
        match self {
            Self::System => SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                // A clock before 1970 reads as 1970: tokens are then not yet valid.
                .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)),
            #[cfg(feature = "testing")]
            Self::Set(clock) => clock.now_ms(),
        }
    }

    /// Milliseconds since some moment, never going back: what fetches and the age of keys are timed by, so that a
    /// clock that is set right, an hour after start, neither ends nor extends anything. The time that a machine spends
    /// suspended need not count.
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
                // Timers may end a little early: the remainder is then waited for.
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
    // Milliseconds stay exact for some 285,000 years.
    #[allow(clippy::cast_precision_loss)]
    let ms = ms as f64;
    ms / 1000.0
}

/// The time as a test sets it (feature `testing`), in milliseconds since 1970. Clones are one clock.
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
    /// Stands still at the present.
    pub fn now() -> Self {
        Arc::new(AtomicU64::new(Clock::System.now_ms())).into()
    }

    /// What it shows.
    pub fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::Acquire)
    }

    /// Sets it on. Whatever waits for a time until then wakes.
    pub fn advance(&self, by: Duration) {
        self.now_ms.fetch_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX), Ordering::AcqRel);
        self.changed.send_replace(());
    }

    async fn wait_until(&self, deadline_ms: u64) {
        // Subscribed before the first look, so that no change is missed in between.
        let mut changed = self.changed.subscribe();
        while self.now_ms() < deadline_ms {
            if changed.changed().await.is_err() {
                // Nobody can set it on any more.
                std::future::pending::<()>().await;
            }
        }
    }
}

/// For a time that is set by hand; what waits for it looks again only when [`TestClock::advance`] is called.
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
