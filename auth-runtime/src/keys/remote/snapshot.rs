//! A value that many read while one, now and then, replaces it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, TryLockError};

/// A value that many read while one, now and then, replaces it: no reader ever waits.
///
/// There are two places. Readers use the current one; the writer fills the other, then declares it current. So the
/// place that a reader looks at is never being written, except where the reader was held up in between: it then finds
/// the place taken, and looks again.
///
/// `arc-swap` would do, but has had loads that returned freed values, or those of another instance, up to 1.9.4: here,
/// that could be the keys of another issuer. This is slower by an atomic operation or two, beside a signature.
#[derive(Debug)]
pub(super) struct Snapshot<T> {
    places: (RwLock<Arc<T>>, RwLock<Arc<T>>),
    is_second: AtomicBool,
}

impl<T> Snapshot<T> {
    pub(super) fn new(value: T) -> Self {
        let value = Arc::new(value);
        Self { places: (RwLock::new(Arc::clone(&value)), RwLock::new(value)), is_second: AtomicBool::new(false) }
    }

    fn place(&self, is_second: bool) -> &RwLock<Arc<T>> {
        if is_second { &self.places.1 } else { &self.places.0 }
    }

    pub(super) fn load(&self) -> Arc<T> {
        loop {
            match self.place(self.is_second.load(Ordering::Acquire)).try_read() {
                Ok(value) => return Arc::clone(&value),
                Err(TryLockError::Poisoned(value)) => return Arc::clone(&value.into_inner()),
                Err(TryLockError::WouldBlock) => std::hint::spin_loop(),
            }
        }
    }

    /// Only one may store at a time: the caller sees to it.
    pub(super) fn store(&self, value: Arc<T>) {
        let next = !self.is_second.load(Ordering::Acquire);
        // Waits for those who are held up reading the value before last, for the few instructions of a clone.
        *self.place(next).write().unwrap_or_else(PoisonError::into_inner) = value;
        self.is_second.store(next, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn readers_see_whole_values_and_in_the_end_the_last() {
        const LAST: usize = 20_000;
        let snapshot = Snapshot::new([0_usize; 8]);
        std::thread::scope(|scope| {
            let readers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let mut reads = 0_u64;
                        loop {
                            let value = snapshot.load();
                            let first = value.first().copied().unwrap();
                            assert!(value.iter().all(|part| *part == first), "torn: {value:?}");
                            reads += 1;
                            if first == LAST {
                                return reads;
                            }
                        }
                    })
                })
                .collect();
            for number in 1..=LAST {
                snapshot.store(Arc::new([number; 8]));
            }
            assert!(readers.into_iter().all(|reader| reader.join().unwrap() > 0));
        });
    }
}
