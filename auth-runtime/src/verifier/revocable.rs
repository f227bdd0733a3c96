//! A credential that can be revoked.

use std::fmt;

use crate::authority::{Marks, Revocations};

/// The ids by which a credential can be revoked, and the revocations to look in.
pub(super) struct Revocable {
    pub(super) revocations: Revocations,
    pub(super) marks: Marks,
}

impl Revocable {
    pub(super) fn bytes(&self) -> usize {
        self.marks.bytes()
    }
}

impl fmt::Debug for Revocable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revocable").finish_non_exhaustive()
    }
}
