//! The results of a denial matrix.

use std::fmt;

use crate::policy::DenialReason;
use crate::routing::{RouteErrors, Row};

/// The routes that a denial matrix tested, and those that it could not test.
#[derive(Clone, Debug, Default)]
pub struct DenialReport {
    pub(super) routes: usize,
    pub(super) requests: usize,
    up_to_check: Vec<String>,
    skipped: Vec<String>,
}

impl DenialReport {
    /// The number of tested routes.
    pub fn routes(&self) -> usize {
        self.routes
    }

    /// The number of requests, not counting those that only searched for valid path parameters.
    pub fn requests(&self) -> usize {
        self.requests
    }

    /// The routes whose `check` was not tested, as `METHOD path`: the table does not show which callers it admits.
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
        self.up_to_check.iter().try_for_each(|route| write!(f, "\ntested without its check: {route}"))?;
        self.skipped.iter().try_for_each(|route| write!(f, "\nnot tested: {route}"))
    }
}

/// A route whose response contradicts its policy, or that could not be tested.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MatrixError {
    /// The router itself has errors.
    Routes(RouteErrors),
    /// The values for the path or a header do not form a valid request.
    Request {
        /// The path.
        uri: String,
        /// What is wrong with it.
        error: String,
    },
    /// An unexpected response.
    Answer(Box<WrongAnswer>),
}

/// A response that contradicts the policy.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WrongAnswer {
    /// The route.
    pub row: Row,
    /// The method and the path of the request.
    pub request: String,
    /// The caller, in words.
    pub caller: String,
    /// True if the request should have been admitted, false if it should have been refused.
    pub must_be_admitted: bool,
    /// The reason of the guard's refusal; `None` if it admitted the request.
    pub reason: Option<DenialReason>,
}

impl fmt::Display for MatrixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Routes(errors) => errors.fmt(f),
            Self::Request { uri, error } => write!(f, "cannot build a request for {uri:?}: {error}"),
            Self::Answer(wrong) => wrong.fmt(f),
        }
    }
}

impl fmt::Display for WrongAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { method, path, policy, file, line, .. } = &self.row;
        let must = if self.must_be_admitted { "admit" } else { "refuse" };
        writeln!(f, "{method} {path} must {must} this request, but does not:")?;
        writeln!(f, "  policy:  {policy} ({file}:{line})")?;
        writeln!(f, "  request: {}, {}", self.request, self.caller)?;
        f.write_str("  answer:  ")?;
        match self.reason {
            None => f.write_str("admitted"),
            Some(DenialReason::OrgNotNamed) => f.write_str(
                "refused, because the organization was not named exactly once: give path or header a value by \
                 `DenialMatrix`",
            ),
            Some(DenialReason::NoVerifier) => f.write_str("refused, because this route has no verifier"),
            Some(DenialReason::NoGuard) => f.write_str("refused, because the handler takes a user but has no guard"),
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
