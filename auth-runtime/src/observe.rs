//! How a request was decided, for layers around the guards: access logs, counters, traces.
//!
//! A layer puts a slot into the request, and each guard notes there what it decides. The slot is shared with the layer, so
//! the notes survive a handler that panics, and layers that replace the response. Without a layer there is no slot, and a
//! guard looks for it once.

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

use crate::policy::Denied;

/// Where guards note their decisions about one request: an extension of the request that layers put there.
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
}

impl Slot {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        // No code of the application runs while the lock is held.
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the refusal in a response, unless a guard has noted it.
    fn note_response(&self, denied: &Denied) {
        let mut notes = self.notes();
        let is_noted = notes.decisions.iter().filter_map(Decision::denied).any(|noted| noted.is_same(denied));
        if !is_noted {
            notes.decisions.push(Decision::refused(denied.clone()));
        }
    }
}

/// Notes a decision for the layers around, and for the audit. It fails if the policy is audited and its decision could
/// not be recorded.
pub(crate) fn note(parts: &Parts, is_audited: bool, decision: impl FnOnce() -> Decision) -> Result<(), NotRecorded> {
    let slot = parts.extensions.get::<Slot>();
    if slot.is_none() && !is_audited {
        return Ok(());
    }
    let decision = decision();
    let sinks = slot.map_or(&[][..], |slot| &slot.sinks);
    let recorded = if is_audited { audit::record(&decision, parts, sinks) } else { Ok(()) };
    // An admission that was not recorded becomes a refusal, which is noted instead.
    if let (Some(slot), true) = (slot, recorded.is_ok() || decision.denied().is_some()) {
        let mut notes = slot.notes();
        notes.decisions.push(decision);
        notes.route = parts.extensions.get::<MatchedPath>().cloned().or_else(|| notes.route.take());
    }
    recorded
}
