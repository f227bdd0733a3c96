//! Errors in routes.

use std::collections::BTreeSet;
use std::fmt;

use super::mounted::{MethodEntry, SourceLocation};
use super::template;
use crate::policy::{Combined, Need, OrgSource};
use crate::verifier::Verifier;

/// All errors in the routes of a [`GuardedRouter`](super::GuardedRouter).
#[derive(Clone, Debug)]
pub struct RouteErrors {
    pub(super) faults: Vec<RouteFault>,
}

impl RouteErrors {
    /// The errors, in the order in which the routes were added.
    pub fn faults(&self) -> &[RouteFault] {
        &self.faults
    }
}

impl fmt::Display for RouteErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the routes cannot be served:")?;
        self.faults.iter().try_for_each(|fault| write!(f, "\n- {fault}"))
    }
}

impl std::error::Error for RouteErrors {}

/// One error, and its location.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RouteFault {
    /// The method; `None` if the error is in the path itself.
    pub method: Option<&'static str>,
    /// The full path, including `nest` prefixes.
    pub path: String,
    /// What is wrong, and how to fix it.
    pub problem: String,
    /// The file of the attribute or of the call.
    pub file: &'static str,
    /// The line of the attribute or of the call.
    pub line: u32,
}

impl RouteFault {
    pub(super) fn new(
        method: Option<&'static str>,
        path: &str,
        problem: impl Into<String>,
        (file, line): SourceLocation,
    ) -> Self {
        Self { method, path: path.to_owned(), problem: problem.into(), file, line }
    }

    pub(super) fn below(mut self, prefix: &str) -> Self {
        self.path = template::joined(prefix, &self.path);
        self
    }
}

impl fmt::Display for RouteFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(method) = self.method {
            write!(f, "{method} ")?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{} ({}:{})", self.problem, self.file, self.line)
    }
}

/// Checks that the policies of a route fit its path.
pub(super) fn of_policies(path: &str, handled: &MethodEntry) -> Vec<RouteFault> {
    let mut faults = Vec::new();
    let mut fault = |problem| faults.push(RouteFault::new(Some(handled.method), path, problem, handled.place()));
    for required in handled.required() {
        let need = required.need;
        let who = required.who();
        if is_public(handled) {
            fault(format!("the route is public, but {who} stands before it: {DESPITE}"));
        } else if let Some(problem) = unreadable(need, path) {
            fault(format!("{who} {problem}"));
        }
    }
    if handled.has_second {
        fault("the handler takes a second `Require`: write `Require<(A, B)>` for two policies".to_owned());
    }
    let Some(own) = handled.need() else { return faults };
    let policies = own.each_policy();
    for need in &policies {
        let who = need.name().map_or_else(|| "the guard".to_owned(), |name| format!("`{name}`"));
        if let Some(problem) = unreadable(need, path) {
            fault(format!("{who} {problem}"));
        }
    }
    let takes_member = own.any(|rule| rule.takes_org_member) && !matches!(own, Need::DenyAll);
    let around = handled.required().iter().map(|required| required.need);
    if takes_member && !policies.into_iter().chain(around).any(|need| need.org_source().selects()) {
        fault(
            "the handler takes an `OrgMember`, but no attribute selects an organization: add `from = ..`, or mount it \
             on a router that requires a policy with `from`"
                .to_owned(),
        );
    }
    faults
}

/// Checks that no condition compares a claim that users can write themselves.
pub(super) fn of_claims(path: &str, handled: &MethodEntry, verifier: Option<&Verifier>) -> Vec<RouteFault> {
    let Some(verifier) = handled.verifier.as_ref().or(verifier) else { return Vec::new() };
    let around = handled.required().iter().map(|required| required.need);
    let claims: BTreeSet<_> = around.chain(handled.need()).flat_map(Need::claims).collect();
    let fault = |claim: &&str| {
        let issuer = verifier.issuer_of_writable(claim)?;
        let problem = format!(
            "`claim({claim:?})` would decide, but users of {issuer:?} can write this claim themselves: compare a \
             claim that only the provider writes, or call `.danger_user_writable({claim:?})` on the issuer"
        );
        Some(RouteFault::new(Some(handled.method), path, problem, handled.place()))
    };
    claims.iter().filter_map(fault).collect()
}

const DESPITE: &str = "write `#[public(despite_router, reason = \"..\")]` on the handler, or mount the route elsewhere";

fn is_public(handled: &MethodEntry) -> bool {
    handled.need().is_none_or(|need| Combined::of(need).public)
}

/// Why a policy cannot read its path parameter.
fn unreadable(need: &Need, path: &str) -> Option<String> {
    let OrgSource::Path(name) = need.org_source() else { return None };
    match template::params(path).filter(|known| *known == name).count() {
        1 => None,
        0 => {
            let known: Vec<_> = template::params(path).map(|known| format!("`{{{known}}}`")).collect();
            let known = if known.is_empty() { "no parameter".to_owned() } else { known.join(", ") };
            Some(format!("reads `path({name:?})`, but the path has {known}"))
        }
        _ => Some(format!("reads `path({name:?})`, but {}", ambiguous(name))),
    }
}

/// A problem of a path in which several parameters have one name.
pub(super) fn ambiguous(name: &str) -> String {
    format!(
        "the path names `{{{name}}}` more than once: rename one, so that guard and handler cannot read different ones"
    )
}
