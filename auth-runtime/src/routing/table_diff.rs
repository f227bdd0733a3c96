//! What a comparison of two tables tells. `testing` compares them.

use std::fmt;

/// One way in which a route may let in more than it did.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The method, as in [`Row`](super::Row).
    pub method: &'static str,
    /// The path.
    pub path: String,
    /// The policy that was; `None` for a route that is new.
    pub before: Option<String>,
    /// The policy that is.
    pub now: String,
    /// What is looser.
    pub loosened: Loosened,
}

/// In what a policy is looser, or may be.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Loosened {
    /// A new route that everybody may call.
    NewPublic,
    /// A route that is public now.
    Public,
    /// Somebody without a token enters now.
    Anonymous,
    /// A token that does not verify counts as none now.
    InvalidToken,
    /// The condition admits more.
    Condition {
        /// Somebody who enters now and did not.
        example: String,
    },
    /// The condition changed, and asks too many questions to go through all answers.
    CannotTell,
    /// `load` changed, or an argument that it reads: only a person can tell.
    Load,
    /// A parameter of the path became unread or unbound.
    Parameter {
        /// Its name.
        name: String,
    },
    /// An `unrestricted` that was not there: no guard need read the parameter.
    Unrestricted {
        /// The name of the parameter.
        name: String,
    },
    /// `check` changed, or an argument that it reads: only a person can tell.
    Check,
    /// `from` changed, or the argument that it names: another organisation decides.
    From,
    /// Another verifier decides whose tokens count.
    Verifier,
    /// `deny` changed: whether the route exists is told to others.
    Deny,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.method, self.path)?;
        match &self.loosened {
            Loosened::NewPublic => f.write_str("new, and open to everybody")?,
            Loosened::Public => f.write_str("is public now")?,
            Loosened::Anonymous => f.write_str("admits somebody without a token now")?,
            Loosened::InvalidToken => f.write_str("takes a token that does not verify for none now")?,
            Loosened::Condition { example } => write!(f, "admits more now, such as: {example}")?,
            Loosened::CannotTell => f.write_str("the condition changed, and asks too much to tell what it admits")?,
            Loosened::Load => f.write_str("`load` changed, or an argument that it reads")?,
            Loosened::Parameter { name } => write!(f, "nothing accounts for `{{{name}}}` now")?,
            Loosened::Unrestricted { name } => write!(f, "`{{{name}}}` is unrestricted now")?,
            Loosened::Check => f.write_str("`check` changed, or an argument that it reads")?,
            Loosened::From => f.write_str("`from` changed, or the argument that it names")?,
            Loosened::Verifier => f.write_str("another verifier decides whose tokens count")?,
            Loosened::Deny => f.write_str("`deny` changed")?,
        }
        match &self.before {
            Some(before) => write!(f, "\n    before: {before}\n    now:    {}", self.now),
            None => write!(f, "\n    now:    {}", self.now),
        }
    }
}

/// A line of a committed table that cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line} of the table: {problem}")]
pub struct TableError {
    pub(crate) line: usize,
    pub(crate) problem: &'static str,
}

impl TableError {
    /// The line, from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

/// How a table differs from the committed one.
#[derive(Clone, Debug, Default)]
pub struct TableDiff {
    pub(crate) loosened: Vec<Change>,
    pub(crate) gone: Vec<String>,
    pub(crate) new: Vec<String>,
    pub(crate) text: String,
    pub(crate) error: Option<TableError>,
}

impl TableDiff {
    /// What became looser.
    pub fn loosened(&self) -> &[Change] {
        &self.loosened
    }

    /// The text to commit, where every change is wanted.
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
        write!(f, "where this is wanted, commit:\n\n{}", self.text)
    }
}

impl std::error::Error for TableDiff {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.as_ref().map(|error| error as _)
    }
}
