//! The mounted paths with their methods, and where in the source they were mounted.

use std::panic::Location;
use std::sync::Arc;

#[cfg(feature = "utoipa")]
use super::operation::Documented;
use crate::policy::{Need, place_of};
use crate::verifier::Verifier;

/// A file and a line.
pub(super) type SourceLocation = (&'static str, u32);

/// The location of the call.
#[track_caller]
pub(super) fn here() -> SourceLocation {
    let caller = Location::caller();
    (caller.file(), caller.line())
}

/// What handles a method.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entry {
    /// A guarded handler.
    Guarded(&'static Need),
    /// A service behind a named policy.
    Service(&'static Need),
    /// A service or router without a guard, with the method that added it, such as `public_service`.
    Open { verb: &'static str, reason: &'static str },
}

/// A policy that a router requires for all its routes, and the location of that call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Required {
    pub(super) need: &'static Need,
    pub(super) at: SourceLocation,
}

impl Required {
    /// The policy and its location, as the subject of a sentence.
    pub(super) fn who(&self) -> String {
        let (file, line) = self.at;
        format!("`{}`, which the router requires at {file}:{line},", self.need.name().unwrap_or_default())
    }
}

/// A method of a path.
#[derive(Clone, Debug)]
pub(super) struct MethodEntry {
    /// `*` for every method without another entry of the path.
    pub(super) method: &'static str,
    pub(super) entry: Entry,
    /// Where it was mounted.
    pub(super) at: SourceLocation,
    /// Whether a router below the outermost one calls `account_for_parameters`.
    pub(super) accounts: bool,
    /// The verifier, if a router below the outermost one has its own.
    pub(super) verifier: Option<Verifier>,
    /// The protected resource to which it belongs.
    pub(super) resource: Option<Arc<str>>,
    /// The policies that the surrounding routers require, the outermost first.
    pub(super) required: Vec<Required>,
    /// Whether the handler has a second guard.
    pub(super) has_second: bool,
    /// The documentation of the handler, if they were mounted together.
    #[cfg(feature = "utoipa")]
    pub(super) documented: Option<Arc<Documented>>,
}

impl MethodEntry {
    pub(super) fn new(method: &'static str, entry: Entry, at: SourceLocation) -> Self {
        Self {
            method,
            entry,
            at,
            accounts: false,
            verifier: None,
            resource: None,
            required: Vec::new(),
            has_second: false,
            #[cfg(feature = "utoipa")]
            documented: None,
        }
    }

    /// Whether the handler has a second guard.
    pub(super) fn ask_second(mut self, has_second: Option<fn() -> bool>) -> Self {
        self.has_second = has_second.is_some_and(|has_second| has_second());
        self
    }

    /// The need of the handler or the service itself.
    pub(super) fn need(&self) -> Option<&'static Need> {
        match self.entry {
            Entry::Guarded(need) | Entry::Service(need) => Some(need),
            Entry::Open { .. } => None,
        }
    }

    /// Whether it is public even below routers that require a policy, because it has `despite_router`.
    pub(super) fn is_exempt(&self) -> bool {
        self.need().is_some_and(Need::is_exempt)
    }

    /// The policies that the surrounding routers require for its requests, the outermost first.
    pub(super) fn required(&self) -> &[Required] {
        if self.is_exempt() { &[] } else { &self.required }
    }

    /// The location for errors: the attribute, if it has its own attribute.
    pub(super) fn place(&self) -> SourceLocation {
        let own = self.need().filter(|need| need.each_policy().iter().all(|need| need.name().is_none()));
        own.and_then(place_of).unwrap_or(self.at)
    }
}

/// A path and its handlers.
#[derive(Clone, Debug)]
pub(super) struct MountedPath {
    pub(super) path: Arc<str>,
    /// A service handles the whole path, so no handler can be added.
    pub(super) is_service: bool,
    pub(super) handled: Vec<MethodEntry>,
    pub(super) at: SourceLocation,
}
