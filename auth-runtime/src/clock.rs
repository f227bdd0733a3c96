//! The time, as the verifier sees it.

#[cfg(feature = "testing")]
use std::sync::{Arc, atomic::AtomicU64, atomic::Ordering};
use std::time::SystemTime;

/// Where the time comes from.
#[derive(Clone, Debug, Default)]
pub(crate) enum Clock {
    #[default]
    System,
    /// Milliseconds since 1970, set by a test.
    #[cfg(feature = "testing")]
    Set(Arc<AtomicU64>),
}

impl Clock {
    /// Milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> u64 {
        match self {
            Self::System => SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                // A clock before 1970 reads as 1970: tokens are then not yet valid.
                .map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX)),
            #[cfg(feature = "testing")]
            Self::Set(now) => now.load(Ordering::Acquire),
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
