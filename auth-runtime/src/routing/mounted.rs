//! What is mounted: paths, their methods, and the places in the source that mount them.

use std::panic::Location;
use std::sync::Arc;

use crate::guard::Reads;
use crate::policy::Need;

/// A file and a line.
pub(super) type Place = (&'static str, u32);

/// Where a verb was called.
#[track_caller]
pub(super) fn here() -> Place {
    let caller = Location::caller();
    (caller.file(), caller.line())
}

/// Who answers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entry {
    /// A guarded handler, and what its attributes read of its arguments.
    Guarded(&'static Need, Option<fn(&mut Reads)>),
    /// Something without a guard, let in by a verb of that name.
    Open { verb: &'static str, reason: &'static str },
}

/// One method of a path.
#[derive(Clone, Debug)]
pub(super) struct MethodEntry {
    /// `*` for every method that no other entry of the path names.
    pub(super) method: &'static str,
    pub(super) entry: Entry,
    /// Where it was mounted.
    pub(super) at: Place,
    /// Whether a router below the outermost one accounts for each parameter of the path.
    pub(super) accounts: bool,
    /// Whose tokens count, if a router below the outermost one has a verifier of its own.
    pub(super) issuers: Option<Arc<[String]>>,
}

impl MethodEntry {
    pub(super) fn new(method: &'static str, entry: Entry, at: Place) -> Self {
        Self { method, entry, at, accounts: false, issuers: None }
    }

    /// Where to look for it: at the attribute, where there is one.
    pub(super) fn place(&self) -> Place {
        let attribute = match self.entry {
            Entry::Guarded(need, _) => need.find(&mut |rule| Some((rule.file, rule.line))),
            Entry::Open { .. } => None,
        };
        attribute.unwrap_or(self.at)
    }
}

/// One path and who answers there.
#[derive(Clone, Debug)]
pub(super) struct MountedPath {
    pub(super) path: Arc<str>,
    /// A service takes a path whole: no handler can be added to it.
    pub(super) is_service: bool,
    pub(super) handled: Vec<MethodEntry>,
    pub(super) at: Place,
}
