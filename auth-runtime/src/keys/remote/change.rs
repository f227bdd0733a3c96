//! How a fetched set replaces the previous one.

use std::sync::Arc;

use crate::keys::set::{Key, KeySet};
use crate::token::Header;

/// How a set differs from the previous one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Change {
    pub(super) kept: usize,
    pub(super) added: usize,
    pub(super) retired: usize,
    /// Keys that the new set lacks, and that are kept until a refresh confirms that they are gone.
    pub(super) missing: usize,
}

impl KeySet {
    /// The set of a key source before its first response.
    pub(in crate::keys) fn empty() -> Self {
        Self::new(Vec::new(), true)
    }

    /// Replaces `before` by this set, and returns what changes.
    ///
    /// Keys that this set lacks are retired if `is_final`, and are kept as missing otherwise. They are retired before
    /// this set is published, so that a removed key is never trusted after that.
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

    /// Whether the set contains all keys of the earlier set.
    pub(super) fn is_whole(&self) -> bool {
        self.missing.is_empty()
    }

    /// The set as its source last published it.
    pub(super) fn as_published(&self) -> Self {
        Self::new(self.keys.clone(), self.is_named)
    }
}

impl Key {
    /// Whether the header's `kid` names this key. (A key can also match without a `kid`.)
    pub(super) fn is_named_by(&self, header: &Header<'_>) -> bool {
        self.kid.is_some() && self.kid.as_deref() == header.kid.as_deref()
    }
}
