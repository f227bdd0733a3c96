//! A request with its decisions, as an observer sees it.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use axum::extract::MatchedPath;
use http::{Method, StatusCode};

use super::Notes;
use super::decision::{Decision, Outcome};
use crate::policy::Denied;
use crate::verifier::Verified;

/// A request that was answered, and how it was decided: the argument of an [`ObserveLayer`](super::ObserveLayer)'s
/// function.
///
/// It has no header, no URI and no body of the request, so it cannot reveal a token. Texts for a log are at most 256
/// bytes long, with unprintable characters escaped.
pub struct Observed<'a> {
    pub(super) method: &'a Method,
    pub(super) route: Option<&'a MatchedPath>,
    pub(super) notes: &'a Notes,
    pub(super) status: Option<StatusCode>,
    pub(super) elapsed: Duration,
}

impl Observed<'_> {
    /// The method of the request.
    pub fn method(&self) -> &Method {
        self.method
    }

    /// The template of the route, such as `/orgs/{org_id}`; `None` if no route matched. Never the path of the request,
    /// which may contain a secret.
    pub fn route(&self) -> Option<&str> {
        self.notes.route.as_ref().or(self.route).map(MatchedPath::as_str)
    }

    /// The status of the response. `None` if there is none: the handler panicked, or the client has gone.
    pub fn status(&self) -> Option<StatusCode> {
        self.status
    }

    /// The time from the request to the head of the response. A body that streams takes longer.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// How the request was decided: the outcome of the [decision that counts](Self::decision).
    pub fn outcome(&self) -> Outcome {
        self.decision().map_or(Outcome::Undecided, Decision::outcome)
    }

    /// The decision that counts. If a policy refused, it is the refusal. Otherwise, it is the innermost policy that
    /// admitted a user. If there is no user, it is the innermost policy.
    pub fn decision(&self) -> Option<&Decision> {
        let last = |outcome| self.decisions().iter().rfind(|decision| decision.outcome() == outcome);
        last(Outcome::Refused).or_else(|| last(Outcome::Admitted)).or_else(|| self.decisions().last())
    }

    /// Each decision, the outermost policy first.
    pub fn decisions(&self) -> &[Decision] {
        &self.notes.decisions
    }

    /// The name of the policy that counts, or its attributes as written: see [`Decision::policy`].
    pub fn policy(&self) -> Option<Cow<'static, str>> {
        self.decision()?.policy()
    }

    /// The credential of the user whom a policy admitted, even if another policy refused later.
    pub fn verified(&self) -> Option<&Verified> {
        self.decisions().iter().rev().find_map(Decision::verified)
    }

    /// The refusal, if there is one.
    pub fn denied(&self) -> Option<&Denied> {
        self.decisions().iter().rev().find_map(Decision::denied)
    }

    /// The id of the verified user, admitted or refused, for a log.
    pub fn user(&self) -> Option<Cow<'_, str>> {
        self.decisions().iter().rev().find_map(Decision::user)
    }

    /// The issuer of the user, or the one whose key signed the refused token, for a log.
    pub fn issuer(&self) -> Option<Cow<'_, str>> {
        self.decisions().iter().rev().find_map(Decision::issuer)
    }

    /// The id of the organization that counts, for a log: the handler's, or that of the innermost policy around it.
    pub fn org(&self) -> Option<Cow<'_, str>> {
        self.decisions().iter().rev().find_map(Decision::org)
    }
}

impl fmt::Debug for Observed<'_> {
    /// Prints nothing about the user.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observed")
            .field("method", self.method)
            .field("route", &self.route())
            .field("status", &self.status)
            .field("outcome", &self.outcome())
            .finish_non_exhaustive()
    }
}
