//! Messages from other processes that say which answers of the directory must be forgotten.

use std::fmt;
use std::sync::{Mutex, PoisonError, Weak};

/// The answers to forget.
#[derive(Clone, Eq, PartialEq)]
pub(crate) enum Forgotten {
    /// Those about the users with this id, of all issuers.
    User {
        id: String,
    },
    Org {
        id: String,
    },
}

/// A cache of answers that can be forgotten.
pub(crate) trait Forgets: Send + Sync {
    fn forget(&self, what: &Forgotten);
    /// Messages may have been missed, so everything must be forgotten.
    fn forget_all(&self);
}

/// All caches of answers that can be forgotten.
#[derive(Default)]
pub(super) struct Listeners(Mutex<Vec<Weak<dyn Forgets>>>);

impl Listeners {
    pub(super) fn add(&self, listener: Weak<dyn Forgets>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|known| known.strong_count() > 0);
        all.push(listener);
    }

    pub(super) fn forget(&self, what: &Forgotten) {
        self.each(|listener| listener.forget(what));
    }

    pub(super) fn forget_all(&self) {
        self.each(|listener| listener.forget_all());
    }

    fn each(&self, tell: impl Fn(&dyn Forgets)) {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.iter().filter_map(Weak::upgrade).for_each(|listener| tell(&*listener));
    }
}

/// Ids of users are personal data.
impl fmt::Debug for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::User { .. } => "User",
            Self::Org { .. } => "Org",
        })
    }
}
