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
    /// A service behind a policy with a name.
    Service(&'static Need),
    /// A service or router without a guard, with the method that added it, such as `public_service`.
    Open { verb: &'static str, reason: &'static str },
}

/// A policy that a router requires of all that it serves, and where the router says so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Required {
    pub(super) need: &'static Need,
    pub(super) at: Place,
}

/// A method of a path.
#[derive(Clone, Debug)]
pub(super) struct MethodEntry {
    /// `*` for every method without another entry of the path.
    pub(super) method: &'static str,
    pub(super) entry: Entry,
    /// Where it was mounted.
    pub(super) at: Place,
    /// The verifier as text, if a router below the outermost one has its own verifier.
    pub(super) issuers: Option<Arc<[String]>>,
    /// What the routers around it require, the outermost first.
    pub(super) required: Vec<Required>,
}

impl MethodEntry {
    pub(super) fn new(method: &'static str, entry: Entry, at: Place) -> Self {
        Self { method, entry, at, issuers: None, required: Vec::new() }
    }

    /// What it asks for itself.
    pub(super) fn need(&self) -> Option<&'static Need> {
        match self.entry {
            Entry::Guarded(need) | Entry::Service(need) => Some(need),
            Entry::Open { .. } => None,
        }
    }

    /// Whether the routers around it ask nothing of its requests: it is public, and says so.
    pub(super) fn is_exempt(&self) -> bool {
        self.need().is_some_and(|need| need.any(|rule| rule.despite_router))
    }

    /// What the routers around it require of its requests, the outermost first.
    pub(super) fn required(&self) -> &[Required] {
        if self.is_exempt() { &[] } else { &self.required }
    }

    /// Where to look for it: at the attribute, if it has one to itself.
    pub(super) fn place(&self) -> Place {
        let own = self.need().filter(|need| need.each_policy().iter().all(|need| need.name().is_none()));
        own.and_then(place_of).unwrap_or(self.at)
    }
}

/// Where the first attribute of a policy stands.
pub(super) fn place_of(need: &Need) -> Option<Place> {
    need.find(&mut |rule| Some((rule.file, rule.line)))
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
