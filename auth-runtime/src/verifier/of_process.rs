//! The verifier of the process.

use std::sync::{Mutex, PoisonError};

use once_cell::sync::OnceCell;

use super::Verifier;
use crate::error::AlreadyInitialized;

static OF_PROCESS: Slot<Verifier> = Slot::new();

/// Sets the verifier of this process, once, at start. A guard uses it unless
/// [`GuardedRouter::guarded_by`](crate::GuardedRouter::guarded_by) sets another one.
///
/// # Errors
/// A verifier was set before. It stays in place.
pub fn init(verifier: Verifier) -> Result<(), AlreadyInitialized> {
    OF_PROCESS.set(verifier)
}

/// The verifier of this process.
pub(crate) fn global() -> Option<&'static Verifier> {
    OF_PROCESS.value.get()
}

/// Calls this with the verifier of the process: now if there is one, and otherwise once it is set.
pub(crate) fn when_initialized(call: impl FnOnce(&Verifier) + Send + 'static) {
    OF_PROCESS.when_set(call);
}

/// A value that is set once, and the functions that wait for it.
struct Slot<T> {
    value: OnceCell<T>,
    waiting: Mutex<Vec<Waiting<T>>>,
}

type Waiting<T> = Box<dyn FnOnce(&T) + Send>;

impl<T> Slot<T> {
    const fn new() -> Self {
        Self { value: OnceCell::new(), waiting: Mutex::new(Vec::new()) }
    }

    fn set(&self, value: T) -> Result<(), AlreadyInitialized> {
        self.value.set(value).map_err(|_| AlreadyInitialized)?;
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(value) = self.value.get() {
            for call in waiting {
                call(value);
            }
        }
        Ok(())
    }

    fn when_set(&self, call: impl FnOnce(&T) + Send + 'static) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // The lock is held, so a value that is set later finds the function that is added here.
        let Some(value) = self.value.get() else { return waiting.push(Box::new(call)) };
        drop(waiting);
        call(value);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn who_waits_is_called_once_whether_the_value_is_set_before_or_after() {
        let (slot, called) = (Slot::new(), Arc::new(Mutex::new(Vec::new())));
        let call = |name: &'static str| {
            let called = Arc::clone(&called);
            move |value: &u8| called.lock().unwrap_or_else(PoisonError::into_inner).push((name, *value))
        };
        slot.when_set(call("before"));
        assert!(called.lock().unwrap_or_else(PoisonError::into_inner).is_empty());
        assert_eq!((slot.set(7), slot.set(8)), (Ok(()), Err(AlreadyInitialized)));
        slot.when_set(call("after"));
        assert_eq!(*called.lock().unwrap_or_else(PoisonError::into_inner), [("before", 7), ("after", 7)]);
    }
}
