//! The result of comparing two tables. `testing` compares them.

use std::error::Error;
use std::fmt;

/// One way in which a route may admit more requests than before.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The method, as in [`Row`](super::Row).
    pub method: &'static str,
    /// The path.
    pub path: String,
    /// The path of the other route that answered these requests before, if there was one.
    pub taken_from: Option<String>,
    /// The old policy; `None` for a new route.
    pub before: Option<String>,
    /// The new policy.
    pub now: String,
    /// What became looser.
    pub loosened: Loosened,
}

/// How a policy is, or may be, looser.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Loosened {
    /// A new public route.
    NewPublic,
    /// The route became public.
    Public,
    /// Requests without a token are now admitted.
    Anonymous,
    /// An invalid token is now treated as no token.
    InvalidToken,
    /// The condition admits more callers.
    Condition {
        /// A caller who is admitted now and was refused before.
        example: String,
    },
    /// The condition changed, and has too many questions to compare all combinations of answers.
    CannotTell,
    /// `load` changed, or an argument that it uses. Only a person can judge this.
    Load,
    /// A parameter of the path is no longer accounted for: it became unread or unbound.
    Parameter {
        /// The name of the parameter.
        name: String,
    },
    /// A new `unrestricted`: guards no longer have to read the parameter.
    Unrestricted {
        /// The name of the parameter.
        name: String,
    },
    /// `check` changed, or an argument that it uses, or the order of the path's parameters that it may use. Only a
    /// person can judge this.
    Check,
    /// `from` or its argument changed, or the position of its path parameter: the organization now comes from somewhere
    /// else.
    From,
    /// Another verifier is used, or the same one has other issuers, audiences or settings.
    Verifier,
    /// `fresh` is longer: an older answer of the directory is accepted.
    Fresh,
    /// `deny` changed: refused callers can now learn that the route exists.
    Deny,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.method, self.path)?;
        match &self.loosened {
            Loosened::NewPublic => f.write_str("new public route")?,
            Loosened::Public => f.write_str("is now public")?,
            Loosened::Anonymous => f.write_str("now admits requests without a token")?,
            Loosened::InvalidToken => f.write_str("now treats an invalid token as no token")?,
            Loosened::Condition { example } => write!(f, "now admits more callers, for example: {example}")?,
            Loosened::CannotTell => f.write_str("the condition changed, and has too many questions to compare")?,
            Loosened::Load => f.write_str("`load` changed, or what it reads")?,
            Loosened::Parameter { name } => write!(f, "`{{{name}}}` is no longer accounted for")?,
            Loosened::Unrestricted { name } => write!(f, "`{{{name}}}` is now unrestricted")?,
            Loosened::Check => f.write_str("`check` changed, or what it reads")?,
            Loosened::From => f.write_str("`from` changed, or what it reads")?,
            Loosened::Verifier => f.write_str("another verifier is used")?,
            Loosened::Fresh => f.write_str("`fresh` is longer: an older answer of the directory is accepted")?,
            Loosened::Deny => f.write_str("`deny` changed")?,
        }
        if let Some(from) = &self.taken_from {
            write!(f, ", for requests that `{from}` answered")?;
        }
        match &self.before {
            Some(before) => write!(f, "\n    before: {before}\n    now:    {}", self.now),
            None => write!(f, "\n    now:    {}", self.now),
        }
    }
}

/// A line of a committed table that cannot be parsed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TableError {
    pub(crate) line: usize,
    pub(crate) problem: &'static str,
}

impl TableError {
    /// The number of the line, from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the table: {}", self.line, self.problem)
    }
}

impl Error for TableError {}

/// The difference between a table and the committed one.
#[derive(Clone, Debug, Default)]
pub struct TableDiff {
    pub(crate) loosened: Vec<Change>,
    pub(crate) gone: Vec<String>,
    pub(crate) new: Vec<String>,
    pub(crate) text: String,
    pub(crate) error: Option<TableError>,
}

impl TableDiff {
    /// The policies that became looser.
    pub fn loosened(&self) -> &[Change] {
        &self.loosened
    }

    /// The new text to commit, if all changes are intended.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for TableDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(error) = &self.error {
            return error.fmt(f);
        }
        writeln!(f, "the routes differ from the committed table")?;
        for change in &self.loosened {
            writeln!(f, "LOOSER {change}")?;
        }
        self.gone.iter().try_for_each(|line| writeln!(f, "- {line}"))?;
        self.new.iter().try_for_each(|line| writeln!(f, "+ {line}"))?;
        write!(f, "if this is intended, commit:\n\n{}", self.text)
    }
}

impl Error for TableDiff {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.as_ref().map(|error| error as _)
    }
}
