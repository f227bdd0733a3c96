//! All revocations that count, in memory: asked on every request, without a lock unless something was revoked since.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use foldhash::fast::RandomState;
use tokio::sync::watch;

use super::marks::{Digest, Marks};

/// What is revoked until when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Entry {
    /// Credentials that were issued until then, in seconds since 1970. All of them at [`EVER`].
    pub(crate) issued_until: u64,
    /// After this time, in seconds since 1970, no such credential is valid anyway.
    pub(crate) expires: u64,
}

/// Whenever it was issued.
pub(crate) const EVER: u64 = u64::MAX;

/// There is no room for another entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Full;

pub(super) struct Replica {
    entries: RwLock<HashMap<Digest, Entry, RandomState>>,
    /// Grows with each change, after it.
    version: AtomicU64,
    changed: watch::Sender<()>,
}

impl Default for Replica {
    fn default() -> Self {
        Self { entries: RwLock::default(), version: AtomicU64::new(1), changed: watch::Sender::new(()) }
    }
}

impl Replica {
    /// Whether a credential is revoked. One that was not is not looked up again until something changes.
    pub(super) fn revokes(&self, marks: &Marks) -> bool {
        let version = self.version.load(Ordering::Acquire);
        if marks.checked.load(Ordering::Relaxed) == version {
            return false;
        }
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let is_revoked = |digest| {
            let entry: Option<&Entry> = entries.get(digest);
            // A credential that does not say when it was issued may be as old as any.
            entry.is_some_and(|entry| marks.issued_at.is_none_or(|issued_at| issued_at <= entry.issued_until))
        };
        if marks.digests.iter().any(is_revoked) {
            return true;
        }
        drop(entries);
        marks.checked.store(version, Ordering::Relaxed);
        false
    }

    /// Adds an entry. Of two for one digest, what revokes more counts.
    pub(super) fn add(&self, digest: Digest, entry: Entry, now: u64, most: usize) -> Result<(), Full> {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= most && !entries.contains_key(&digest) {
            entries.retain(|_, entry| entry.expires >= now);
            if entries.len() >= most {
                return Err(Full);
            }
        }
        let known = entries.entry(digest).or_insert(entry);
        known.issued_until = known.issued_until.max(entry.issued_until);
        known.expires = known.expires.max(entry.expires);
        drop(entries);
        self.version.fetch_add(1, Ordering::Release);
        self.changed.send_replace(());
        Ok(())
    }

    /// Tells of each change from now on.
    pub(super) fn subscribe(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).len()
    }
}
