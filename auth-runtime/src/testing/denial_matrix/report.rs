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
    pub(super) has_fixtures: bool,
    pub(super) object_requests: usize,
    pub(super) objects: Vec<String>,
    pub(super) not_shown: Vec<String>,
}

impl DenialReport {
    /// The number of tested routes.
    pub fn routes(&self) -> usize {
        self.routes
    }

    /// The number of requests, without those for objects, and without those that only searched for valid path
    /// parameters.
    pub fn requests(&self) -> usize {
        self.requests
    }

    /// The routes whose `load` or `check` the table does not explain, as `METHOD path`. Only requests for
    /// [objects](Self::objects) test these.
    pub fn up_to_check(&self) -> &[String] {
        &self.up_to_check
    }

    /// The routes that were not tested, and why.
    pub fn skipped(&self) -> &[String] {
        &self.skipped
    }

    /// The number of requests for objects that are not the caller's.
    pub fn object_requests(&self) -> usize {
        self.object_requests
    }

    /// The parameters in which every object of another owner was refused, as `METHOD path: parameter`.
    pub fn objects(&self) -> &[String] {
        &self.objects
    }

    /// The parameters of paths about which the matrix has shown nothing, as `METHOD path: parameter: why`. Ids in a
    /// query, a header or a body are listed only if the table of routes shows them as unproven, or if a setting of the
    /// matrix names them.
    pub fn objects_not_shown(&self) -> &[String] {
        &self.not_shown
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
        self.skipped.iter().try_for_each(|route| write!(f, "\nnot tested: {route}"))?;
        if self.has_fixtures {
            write!(f, "\n{} requests for objects of others", self.object_requests)?;
        } else {
            f.write_str("\nnothing is shown about objects: add callers and objects to the matrix")?;
        }
        self.objects.iter().try_for_each(|place| write!(f, "\nobjects of others are refused: {place}"))?;
        self.not_shown.iter().try_for_each(|place| write!(f, "\nnothing is shown about objects: {place}"))
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
    /// The callers, objects or routes that a test names contradict each other, or are not for tests.
    Fixtures(String),
    /// Requests for objects of others that were not refused.
    Objects(Vec<WrongObject>),
    /// An unexpected response.
    Answer(Box<WrongAnswer>),
}

/// A request for an object that is not the caller's, and that was not refused.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WrongObject {
    /// The route.
    pub row: Row,
    /// The method and the path of the request.
    pub request: String,
    /// The name of the caller, in quotes, or `a caller without a token`.
    pub caller: String,
    /// The object: its name, its id, its owner, and the part of the request with its id.
    pub object: String,
    /// The status of the response, and what it means.
    pub answer: String,
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
            Self::Fixtures(fault) => write!(f, "cannot ask for objects: {fault}"),
            Self::Objects(wrong) => wrong.iter().enumerate().try_for_each(|(index, wrong)| {
                f.write_str(if index == 0 { "" } else { "\n\n" })?;
                wrong.fmt(f)
            }),
            Self::Answer(wrong) => wrong.fmt(f),
        }
    }
}

impl fmt::Display for WrongObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { method, path, policy, file, line, .. } = &self.row;
        writeln!(f, "{method} {path} must refuse this request, but does not:")?;
        writeln!(f, "  policy:   {policy} ({file}:{line})")?;
        writeln!(f, "  request:  {}", self.request)?;
        writeln!(f, "  caller:   {}", self.caller)?;
        writeln!(f, "  object:   {}", self.object)?;
        writeln!(f, "  expected: refused by the guard, or 401, 403, 404 or 410")?;
        write!(f, "  answer:   {}", self.answer)
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
                "refused, because the organization was not named exactly once: set a value for the path or the header \
                 with `DenialMatrix`",
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
