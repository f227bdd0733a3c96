//! How one fetched set takes the place of another.

use std::sync::Arc;

use crate::keys::set::{Key, KeySet};
use crate::token::Header;

/// How a set differs from the one before it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Change {
    pub(super) kept: usize,
    pub(super) added: usize,
    pub(super) retired: usize,
    /// Not in the new set, and not retired until a refresh confirms it.
    pub(super) missing: usize,
}

impl KeySet {
    /// What a key source has before its first answer.
    pub(super) fn empty() -> Self {
        Self::new(Vec::new(), true)
    }

    /// Puts this set in the place of `before`, and says what that changes.
    ///
    /// Keys that this set lacks are retired if `is_final`, and stay as missing otherwise. They are retired before this
    /// set is published, so that there is no moment in which a key that is gone still counts.
    pub(super) fn replace(mut self, before: &Self, is_final: bool) -> (Self, Change) {
        let is_here = |key: &Arc<Key>| self.keys.iter().any(|other| Arc::ptr_eq(key, other));
        let (kept, gone): (Vec<_>, Vec<_>) = before.all().cloned().partition(is_here);
        let added = self.keys.len().saturating_sub(kept.len());
        let mut change = Change { kept: kept.len(), added, ..Change::default() };
        if is_final {
            for key in &gone {
                key.retire();
            }
            change.retired = gone.len();
        } else {
            change.missing = gone.len();
            self.missing = gone;
        }
        (self, change)
    }

    /// Whether no key is missing.
    pub(super) fn is_whole(&self) -> bool {
        self.missing.is_empty()
    }

    /// The set as its source last published it.
    pub(super) fn as_published(&self) -> Self {
        Self::new(self.keys.clone(), self.is_named)
    }
}

impl Key {
    /// Whether the header names this key, rather than only fitting it.
    pub(super) fn is_named_by(&self, header: &Header<'_>) -> bool {
        self.kid.is_some() && self.kid.as_deref() == header.kid.as_deref()
    }
}
