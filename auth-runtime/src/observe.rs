//! Tells layers around the guards how a request was decided: for access logs, counters and traces.
//!
//! A layer puts a slot into the request, and each guard records its decision there. The layer also holds the slot, so
//! the records survive a handler that panics, and layers that replace the response. Without a layer there is no slot; a
//! guard then only looks for it once.

mod audit;
#[cfg(feature = "metrics")]
mod counters;
mod decision;
mod layer;
mod observed;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::MatchedPath;
use http::request::Parts;

pub use audit::AuditEntry;
use audit::AuditSink;
pub(crate) use audit::NotRecorded;
pub(crate) use decision::Admission;
pub use decision::{Decision, Outcome};
pub use layer::{ObserveLayer, ObserveService};
pub use observed::Observed;

use crate::cache_headers::Marks;
use crate::policy::Denied;

/// Where guards record their decisions about one request: an extension that layers add to the request.
#[derive(Clone, Default)]
struct Slot {
    notes: Arc<Mutex<Notes>>,
    /// Where audited decisions are recorded instead of the log.
    sinks: Vec<AuditSink>,
}

#[derive(Clone, Default)]
struct Notes {
    decisions: Vec<Decision>,
    /// The template of the route, as the innermost guard knows it.
    route: Option<MatchedPath>,
    /// The cache headers of the response, on a plain `axum::Router`.
    marks: Option<Marks>,
}

impl Slot {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        // No code of the application runs while the lock is held.
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the refusal in a response, unless a guard has recorded it.
    fn note_response(&self, denied: &Denied) {
        let mut notes = self.notes();
        let is_noted = notes.decisions.iter().filter_map(Decision::denied).any(|noted| noted.is_same(denied));
        if !is_noted {
            notes.decisions.push(Decision::refused(denied.clone()));
        }
    }
}

/// Whether a decision about this request is reported to anyone.
pub(crate) fn is_noted(parts: &Parts, is_audited: bool) -> bool {
    is_audited || parts.extensions.get::<Slot>().is_some()
}

/// Reports a decision to the layers around the guard, and to the audit. Fails if the policy is audited and its decision
/// could not be recorded.
pub(crate) fn note(parts: &Parts, is_audited: bool, decision: impl FnOnce() -> Decision) -> Result<(), NotRecorded> {
    let slot = parts.extensions.get::<Slot>();
    if slot.is_none() && !is_audited {
        return Ok(());
    }
    let decision = decision();
    let sinks = slot.map_or(&[][..], |slot| &slot.sinks);
    let recorded = if is_audited { audit::record(&decision, parts, sinks) } else { Ok(()) };
    // An admission that was not recorded becomes a refusal, which is reported instead.
    if let (Some(slot), true) = (slot, recorded.is_ok() || decision.denied().is_some()) {
        let mut notes = slot.notes();
        if let outcome @ (Outcome::Admitted | Outcome::Anonymous) = decision.outcome() {
            notes.marks = Marks::after_guard(parts, outcome == Outcome::Admitted);
        }
        notes.decisions.push(decision);
        notes.route = parts.extensions.get::<MatchedPath>().cloned().or_else(|| notes.route.take());
    }
    recorded
}
