//! What a denial matrix found.

use std::fmt;

use crate::policy::DenialReason;
use crate::routing::{RouteErrors, Row};

/// What a denial matrix tested, and what it could not test.
#[derive(Clone, Debug, Default)]
pub struct DenialReport {
    pub(super) routes: usize,
    pub(super) requests: usize,
    up_to_check: Vec<String>,
    skipped: Vec<String>,
}

impl DenialReport {
    /// How many routes were asked.
    pub fn routes(&self) -> usize {
        self.routes
    }

    /// How many requests were sent, those apart that only found out what a path can be filled with.
    pub fn requests(&self) -> usize {
        self.requests
    }

    /// The routes whose `check` was not tested, as `METHOD path`: whom it admits, only its author knows.
    pub fn up_to_check(&self) -> &[String] {
        &self.up_to_check
    }

    /// The routes that were not tested, and why.
    pub fn skipped(&self) -> &[String] {
        &self.skipped
    }

    pub(super) fn note_check(&mut self, row: &Row) {
        self.up_to_check.push(format!("{} {}", row.method, row.path));
    }

    pub(super) fn skip(&mut self, row: &Row, why: &str) {
        self.skipped.push(format!("{} {}: {why}", row.method, row.path));
    }
}

impl fmt::Display for DenialReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} routes, {} requests", self.routes, self.requests)?;
        self.up_to_check.iter().try_for_each(|route| write!(f, "\nup to its check: {route}"))?;
        self.skipped.iter().try_for_each(|route| write!(f, "\nnot tested: {route}"))
    }
}

/// A route that answers otherwise than its policy says, or why it could not be asked.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MatrixError {
    /// The router has faults of its own.
    Routes(RouteErrors),
    /// No request can be made of what the path or a header was filled with.
    Request {
        /// The path.
        uri: String,
        /// What is wrong with it.
        error: String,
    },
    /// The answer is another one.
    Answer(Box<WrongAnswer>),
}

/// An answer that the policy does not allow.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WrongAnswer {
    /// The route.
    pub row: Row,
    /// The request's method and path.
    pub request: String,
    /// Who sent it, in words.
    pub caller: String,
    /// Whether it must have been admitted; else it must have been refused.
    pub must_be_admitted: bool,
    /// Why the guard refused; `None` where it did not.
    pub reason: Option<DenialReason>,
}

impl fmt::Display for MatrixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Routes(errors) => errors.fmt(f),
            Self::Request { uri, error } => write!(f, "no request can be made for {uri:?}: {error}"),
            Self::Answer(wrong) => wrong.fmt(f),
        }
    }
}

impl fmt::Display for WrongAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { method, path, policy, file, line, .. } = &self.row;
        let must = if self.must_be_admitted { "admit" } else { "refuse" };
        writeln!(f, "{method} {path} must {must} this request, and does not:")?;
        writeln!(f, "  policy:  {policy} ({file}:{line})")?;
        writeln!(f, "  request: {}, {}", self.request, self.caller)?;
        f.write_str("  answer:  ")?;
        match self.reason {
            None => f.write_str("admitted"),
            Some(DenialReason::OrgNotNamed) => f.write_str(
                "refused, because the organization was not named exactly once: give path or header a value by \
                 `DenialMatrix`",
            ),
            Some(DenialReason::NoVerifier) => f.write_str("refused, because no verifier stands over this route"),
            Some(DenialReason::NoGuard) => {
                f.write_str("refused, because the handler takes a user whom no guard asks for")
            }
            Some(DenialReason::InvalidToken(fault)) => write!(f, "refused, because the token is not accepted: {fault}"),
            Some(reason) => write!(f, "refused: {reason:?}"),
        }
    }
}

impl std::error::Error for MatrixError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        if let Self::Routes(errors) = self { Some(errors) } else { None }
    }
}
