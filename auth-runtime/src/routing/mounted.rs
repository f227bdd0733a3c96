//! The mounted paths with their methods, and where in the source they were mounted.

use std::panic::Location;
use std::sync::Arc;

use crate::policy::Need;

/// A file and a line.
pub(super) type Place = (&'static str, u32);

/// The location of the call.
#[track_caller]
pub(super) fn here() -> Place {
    let caller = Location::caller();
    (caller.file(), caller.line())
}

/// What handles a method.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entry {
    /// A guarded handler.
    Guarded(&'static Need),
    /// A service or router without a guard, with the method that added it, such as `public_service`.
    Open { verb: &'static str, reason: &'static str },
}

/// A method of a path.
#[derive(Clone, Debug)]
pub(super) struct MethodEntry {
    /// `*` for every method without another entry of the path.
    pub(super) method: &'static str,
    pub(super) entry: Entry,
    /// Where it was mounted.
    pub(super) at: Place,
    /// The trusted issuers, if a router below the outermost one has its own verifier.
    pub(super) issuers: Option<Arc<[String]>>,
}

impl MethodEntry {
    pub(super) fn new(method: &'static str, entry: Entry, at: Place) -> Self {
        Self { method, entry, at, issuers: None }
    }

    /// The location for errors: the attribute, if there is one.
    pub(super) fn place(&self) -> Place {
        let attribute = match self.entry {
            Entry::Guarded(need) => need.find(&mut |rule| Some((rule.file, rule.line))),
            Entry::Open { .. } => None,
        };
        attribute.unwrap_or(self.at)
    }
}

/// A path and its handlers.
#[derive(Clone, Debug)]
pub(super) struct MountedPath {
    pub(super) path: Arc<str>,
    /// A service handles the whole path, so no handler can be added.
    pub(super) is_service: bool,
    pub(super) handled: Vec<MethodEntry>,
    pub(super) at: Place,
}
