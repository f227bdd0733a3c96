//! What is wrong with routes.

use std::fmt;

use super::mounted::{Entry, MethodEntry, Place};
use super::template;
use crate::policy::{Need, OrgSource};

/// Everything that is wrong with the routes of a [`GuardedRouter`](super::GuardedRouter), told at once.
#[derive(Clone, Debug)]
pub struct RouteErrors {
    pub(super) faults: Vec<RouteFault>,
}

impl RouteErrors {
    /// Each fault, in the order in which the routes were added.
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

/// One thing that is wrong, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RouteFault {
    /// The method; `None` where the fault is in the path itself.
    pub method: Option<&'static str>,
    /// The path, through `nest`.
    pub path: String,
    /// What is wrong, and what to do.
    pub problem: String,
    /// The file of the attribute or the call.
    pub file: &'static str,
    /// Its line.
    pub line: u32,
}

impl RouteFault {
    pub(super) fn new(
        method: Option<&'static str>,
        path: &str,
        problem: impl Into<String>,
        (file, line): Place,
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

/// Whether a guard and the path that it stands on agree.
pub(super) fn of_guard(path: &str, handled: &MethodEntry) -> Option<RouteFault> {
    let Entry::Guarded(need, _) = &handled.entry else { return None };
    let fault = |problem| Some(RouteFault::new(Some(handled.method), path, problem, handled.place()));
    if let OrgSource::Path(name) = need.org_source() {
        match template::params(path).filter(|known| *known == name).count() {
            1 => {}
            0 => {
                let known: Vec<_> = template::params(path).map(|known| format!("`{{{known}}}`")).collect();
                let known = if known.is_empty() { "no parameter".to_owned() } else { known.join(", ") };
                return fault(format!("the guard reads `path({name:?})`, but the path has {known}"));
            }
            _ => {
                return fault(format!(
                    "the guard reads `path({name:?})`, but the path names `{{{name}}}` more than once: rename one, \
                     so that guard and handler cannot read different ones"
                ));
            }
        }
    }
    let takes_member = need.any(|rule| rule.takes_org_member);
    if takes_member && need.org_source() == OrgSource::None && !matches!(need, Need::DenyAll) {
        return fault(
            "the handler takes an `OrgMember`, but no attribute selects an organization: add `from = ..`".to_owned(),
        );
    }
    None
}
