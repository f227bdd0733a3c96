//! Counters of decisions.

use super::decision::Outcome;
use super::observed::Observed;

/// Counts each decision about a request. No label comes from the request.
pub(super) fn count(seen: &Observed<'_>) {
    for decision in seen.decisions() {
        let policy = decision.policy().unwrap_or("handler".into());
        let outcome: Outcome = decision.outcome();
        let reason = decision.denied().map_or("", |denied| denied.reason().as_str());
        let labels = [
            metrics::Label::new("policy", policy),
            metrics::Label::from_static_parts("outcome", outcome.as_str()),
            metrics::Label::from_static_parts("reason", reason),
        ];
        metrics::counter!("auth_decisions_total", labels.to_vec()).increment(1);
    }
}
