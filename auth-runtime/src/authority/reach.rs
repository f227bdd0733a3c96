//! Whether the revocations of other processes are known here, and how recently they were read.

use std::sync::atomic::{AtomicU64, Ordering};

/// How recently all revocations were read.
pub(super) struct Reach {
    /// When the last complete read began, on the steady clock. [`NEVER`] before the first.
    read_ms: AtomicU64,
    max_stale_ms: u64,
    serves_while_out: bool,
}

const NEVER: u64 = u64::MAX;
/// There are five reads per second. So if there was no read for this time, there is a fault.
const FRESH_MS: u64 = 3000;

/// How recently all revocations were read, as an enum.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Recency {
    Fresh,
    Stale,
    /// More than `max_stale` ago, or never.
    Out,
}

impl Reach {
    pub(super) fn new(max_stale_ms: u64, serves_while_out: bool) -> Self {
        Self { read_ms: AtomicU64::new(NEVER), max_stale_ms, serves_while_out }
    }

    /// Records a complete read that began at this time. Call this after the entries were added.
    pub(super) fn read(&self, began_ms: u64) {
        self.read_ms.store(began_ms, Ordering::Release);
    }

    /// Whether requests may be admitted. Call this before the entries are looked up, so that the lookup sees the
    /// entries of the read on which this answer is based.
    pub(super) fn admits(&self, now_ms: u64) -> bool {
        match self.read_ms.load(Ordering::Acquire) {
            NEVER => false,
            read_ms => self.serves_while_out || now_ms.saturating_sub(read_ms) <= self.max_stale_ms,
        }
    }

    pub(super) fn recency(&self, now_ms: u64) -> Recency {
        match self.read_ms.load(Ordering::Acquire) {
            NEVER => Recency::Out,
            read_ms if now_ms.saturating_sub(read_ms) <= FRESH_MS.min(self.max_stale_ms) => Recency::Fresh,
            _ if self.admits(now_ms) => Recency::Stale,
            _ => Recency::Out,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_admitted_until_the_last_reading_is_older_than_max_stale() {
        for (serves_while_out, read, now, admits, recency) in [
            (false, None, 0, false, Recency::Out),
            (true, None, 0, false, Recency::Out),
            (false, Some(1000), 1000, true, Recency::Fresh),
            (false, Some(1000), 4000, true, Recency::Fresh),
            (false, Some(1000), 4001, true, Recency::Stale),
            (false, Some(1000), 61_000, true, Recency::Stale),
            (false, Some(1000), 61_001, false, Recency::Out),
            (true, Some(1000), 1_000_000, true, Recency::Stale),
            // Another thread may have read the clock a moment earlier.
            (false, Some(1000), 999, true, Recency::Fresh),
        ] {
            let reach = Reach::new(60_000, serves_while_out);
            if let Some(began_ms) = read {
                reach.read(began_ms);
            }
            assert_eq!((reach.admits(now), reach.recency(now)), (admits, recency), "{read:?} at {now}");
        }
    }
}
