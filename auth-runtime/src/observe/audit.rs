//! The record of each decision of a policy that says `audit`.

use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::extract::MatchedPath;
use http::request::Parts;

use super::decision::Decision;
use crate::bounded::bounded;

type Record = dyn Fn(&AuditEntry<'_>) -> Result<(), String> + Send + Sync;

/// Where decisions are recorded instead of the log.
#[derive(Clone)]
pub(super) struct AuditSink(Arc<Record>);

impl AuditSink {
    pub(super) fn new<E: fmt::Display>(
        sink: impl Fn(&AuditEntry<'_>) -> Result<(), E> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(move |entry| sink(entry).map_err(|error| error.to_string())))
    }
}

/// A decision of a policy that says `audit`: the argument of the function in
/// [`ObserveLayer::audit`](super::ObserveLayer::audit).
///
/// Texts are at most 256 bytes long, with unprintable characters escaped. No token is among them.
pub struct AuditEntry<'a> {
    decision: &'a Decision,
    parts: &'a Parts,
}

impl AuditEntry<'_> {
    /// The decision: policy, outcome, user, issuer, organization.
    pub fn decision(&self) -> &Decision {
        self.decision
    }

    /// The method of the request.
    pub fn method(&self) -> Cow<'_, str> {
        bounded(self.parts.method.as_str())
    }

    /// The template of the route, such as `/orgs/{org_id}`.
    pub fn route(&self) -> Option<&str> {
        self.parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str)
    }

    /// The id of the user's credential: the `jti` of a token, or the id of an API key.
    pub fn credential(&self) -> Option<Cow<'_, str>> {
        self.decision.subject()?.credential_id().map(bounded)
    }

    /// The id of the actor who acts as the user.
    pub fn actor(&self) -> Option<Cow<'_, str>> {
        let subject = self.decision.subject()?;
        subject.texts.maybe(subject.impersonator_user_id).map(bounded)
    }
}

impl fmt::Debug for AuditEntry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditEntry").field("decision", self.decision).finish_non_exhaustive()
    }
}

/// An audited decision could not be recorded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NotRecorded;

/// Records a decision in each sink, or in the log if there is no sink.
pub(super) fn record(decision: &Decision, parts: &Parts, sinks: &[AuditSink]) -> Result<(), NotRecorded> {
    let entry = AuditEntry { decision, parts };
    if sinks.is_empty() {
        log(&entry);
    }
    for AuditSink(sink) in sinks {
        let error = match catch_unwind(AssertUnwindSafe(|| sink(&entry))) {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => error,
            Err(_) => "it panicked".to_owned(),
        };
        let route = entry.route();
        tracing::error!(%error, route, "a decision could not be recorded: the function of `ObserveLayer::audit` failed");
        return Err(NotRecorded);
    }
    Ok(())
}

/// Its fields are documented at [`ObserveLayer::audit`](super::ObserveLayer::audit).
fn log(entry: &AuditEntry<'_>) {
    let decision = entry.decision;
    let denied = decision.denied();
    tracing::info!(
        target: "auth_runtime::audit",
        outcome = decision.outcome().as_str(),
        status = denied.map(|denied| denied.status().as_u16()),
        method = &*entry.method(),
        route = entry.route(),
        policy = decision.policy().as_deref(),
        at = decision.place().map(|(file, line)| format!("{file}:{line}")).as_deref(),
        user = decision.user().as_deref(),
        issuer = decision.issuer().as_deref(),
        credential = entry.credential().as_deref(),
        actor = entry.actor().as_deref(),
        org = decision.org().as_deref(),
        reason = denied.map(|denied| denied.reason().as_str()),
        "decision"
    );
}
