//! All current revocations, in memory. They are checked on every request. A check takes a lock only if something was
//! revoked since the last lookup of the same credential.

use std::collections::HashMap;
#[cfg(feature = "redis")]
use std::collections::hash_map::Entry::{Occupied, Vacant};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use foldhash::fast::RandomState;
use tokio::sync::watch;

use super::marks::{Digest, Marks};

/// One revocation: which credentials, and until when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Entry {
    /// Credentials that were issued up to this time, in seconds since 1970, are revoked. With [`EVER`], all credentials
    /// are revoked.
    pub(crate) issued_until: u64,
    /// After this time, in seconds since 1970, such credentials have expired anyway.
    pub(crate) expires: u64,
}

impl Entry {
    /// Whether this entry revokes all credentials that the other one revokes, and for at least the same time.
    pub(super) fn covers(&self, other: &Self) -> bool {
        self.issued_until >= other.issued_until && self.expires >= other.expires
    }

    /// Adds the credentials that the other entry revokes, and returns whether this changed anything.
    pub(super) fn add(&mut self, other: &Self) -> bool {
        let is_more = !self.covers(other);
        self.issued_until = self.issued_until.max(other.issued_until);
        self.expires = self.expires.max(other.expires);
        is_more
    }
}

/// All credentials, whenever they were issued.
pub(crate) const EVER: u64 = u64::MAX;

/// There is no room for another entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Full;

/// Entries by digest.
pub(super) type Entries = HashMap<Digest, Entry, RandomState>;

pub(super) struct Replica {
    entries: RwLock<Entries>,
    /// Incremented after each change.
    version: AtomicU64,
    /// No entry expires before this time, in seconds since 1970. It is changed only under the lock of the entries.
    earliest: AtomicU64,
    changed: watch::Sender<()>,
}

impl Default for Replica {
    fn default() -> Self {
        Self {
            entries: RwLock::default(),
            version: AtomicU64::new(1),
            earliest: AtomicU64::new(0),
            changed: watch::Sender::new(()),
        }
    }
}

impl Replica {
    /// Whether a credential is revoked. If it is not, it is not looked up again until something changes.
    pub(super) fn revokes(&self, marks: &Marks) -> bool {
        // Read before the lookup, so that the credential is looked up again if something is added after this point.
        let version = self.version();
        if marks.checked.load(Ordering::Relaxed) == version {
            return false;
        }
        let is_revoked = self.holds(marks);
        if !is_revoked {
            marks.checked.store(version, Ordering::Relaxed);
        }
        is_revoked
    }

    pub(super) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    pub(super) fn holds(&self, marks: &Marks) -> bool {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        marks.digests.iter().any(|digest| {
            let entry = entries.get(digest);
            // A credential without the time at which it was issued may be of any age.
            entry.is_some_and(|entry| marks.issued_at.is_none_or(|issued_at| issued_at <= entry.issued_until))
        })
    }

    /// Adds an entry. If there are two entries for one digest, they are combined.
    pub(super) fn add(&self, digest: Digest, entry: Entry, now: u64, most: usize) -> Result<(), Full> {
        self.insert(digest, entry, now, most)?;
        self.announce();
        Ok(())
    }

    /// The first step of [`add`](Self::add).
    pub(super) fn insert(&self, digest: Digest, entry: Entry, now: u64, most: usize) -> Result<(), Full> {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= most && !entries.contains_key(&digest) {
            self.remove_expired(&mut entries, now);
            if entries.len() >= most {
                return Err(Full);
            }
        }
        entries.entry(digest).or_insert(entry).add(&entry);
        self.earliest.fetch_min(entry.expires, Ordering::Relaxed);
        Ok(())
    }

    /// The second step of [`add`](Self::add): makes the change known.
    pub(super) fn announce(&self) {
        self.version.fetch_add(1, Ordering::Release);
        self.changed.send_replace(());
    }

    /// Removes entries that have expired. It searches for them only if one of them can have expired.
    fn remove_expired(&self, entries: &mut Entries, now: u64) {
        if now > self.earliest.load(Ordering::Relaxed) {
            entries.retain(|_, entry| entry.expires >= now);
            let earliest = entries.values().map(|entry| entry.expires).min();
            self.earliest.store(earliest.unwrap_or(u64::MAX), Ordering::Relaxed);
        }
    }

    /// A receiver that is notified of each change from now on.
    pub(super) fn subscribe(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    pub(super) fn len(&self) -> usize {
        self.entries.read().unwrap_or_else(PoisonError::into_inner).len()
    }
}

#[cfg(feature = "redis")]
impl Replica {
    /// Adds the revocations of other processes. Their number has no limit, because none may be lost.
    pub(super) fn add_all(&self, read: &[(Digest, Entry)], now: u64) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let mut is_changed = false;
        for (digest, entry) in read.iter().filter(|(_, entry)| entry.expires >= now) {
            match entries.entry(*digest) {
                Occupied(mut known) => is_changed |= known.get_mut().add(entry),
                Vacant(place) => {
                    place.insert(*entry);
                    self.earliest.fetch_min(entry.expires, Ordering::Relaxed);
                    is_changed = true;
                }
            }
        }
        drop(entries);
        if is_changed {
            self.announce();
        }
    }

    /// The entries here that the other list does not cover.
    pub(super) fn beside(&self, others: &Entries, now: u64) -> Vec<(Digest, Entry)> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let is_known = |digest: &Digest, entry| others.get(digest).is_some_and(|other| other.covers(entry));
        let missing = entries.iter().filter(|(digest, entry)| entry.expires >= now && !is_known(digest, entry));
        missing.map(|(digest, entry)| (*digest, *entry)).collect()
    }

    pub(super) fn tidy(&self, now: u64) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        self.remove_expired(&mut entries, now);
    }
}

#[cfg(test)]
mod tests;
