//! All routes with their policies, to read and to compare.

use std::borrow::Cow;
use std::fmt;

use super::known::Known;
use super::paths::{Entry, Handled};
use super::policy::Policy;

/// Every route of a [`GuardedRouter`](super::GuardedRouter) with its policy.
///
/// `Display` prints it for people: method, path, policy as written, file and line, and at the end how many routes are
/// open to everybody. [`text`](Self::text) is the form to commit: without places, so that moved lines do not change it;
/// it is read back by `parse` and compared by [`compare`](Self::compare).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Table {
    pub(super) rows: Vec<Row>,
}

/// One route.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// The method; HEAD goes with GET. `*` stands for every method that no other row of the path names.
    pub method: &'static str,
    /// The whole path, as mounted; of a fallback, its prefix and `/*`; `?` for the routes of a public router that
    /// could not be read.
    pub path: String,
    /// The attributes as written, joined by ` + `, or the verb that let the route in.
    pub policy: String,
    /// Why a public route is open.
    pub reason: Option<Cow<'static, str>>,
    /// The file of the first attribute; empty in a table that was read from text.
    pub file: Cow<'static, str>,
    /// Its line; 0 in a table that was read from text.
    pub line: u32,
    pub(super) asks: Policy,
}

impl Table {
    pub(super) fn new(known: &Known) -> Self {
        let rows = known.each().map(|(path, handled)| row(path, handled)).collect();
        Self::of(rows)
    }

    pub(super) fn of(mut rows: Vec<Row>) -> Self {
        rows.sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
        Self { rows }
    }

    /// The routes, ordered by path and method.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

impl Row {
    #[cfg(any(feature = "testing", feature = "utoipa"))]
    pub(crate) fn asks(&self) -> &Policy {
        &self.asks
    }

    /// Whether everybody may enter, and nobody is asked who they are.
    pub fn is_public(&self) -> bool {
        self.asks.is_public()
    }
}

fn row(path: String, handled: &Handled) -> Row {
    let asks = Policy::of(&handled.entry);
    let (policy, reason) = match handled.entry {
        Entry::Open { reason, .. } => (asks.to_string(), Some(reason)),
        Entry::Guarded(need) => {
            let mut texts = Vec::new();
            need.find(&mut |rule| {
                texts.push(rule.text);
                None::<()>
            });
            (texts.join(" + "), need.find(&mut |rule| rule.reason))
        }
    };
    let (file, line) = handled.place();
    Row { method: handled.method, path, policy, reason: reason.map(Cow::Borrowed), file: file.into(), line, asks }
}

impl fmt::Display for Table {
    /// One line a route, in columns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = |of: &dyn Fn(&Row) -> usize| self.rows.iter().map(of).max().unwrap_or_default();
        let method = widest(&|row| row.method.len());
        let path = widest(&|row| row.path.chars().count());
        let policy = widest(&|row| row.policy.chars().count());
        for row in &self.rows {
            write!(f, "{:method$}  {:path$}  ", row.method, row.path)?;
            if row.file.is_empty() {
                writeln!(f, "{}", row.policy)?;
            } else {
                writeln!(f, "{:policy$}  {}:{}", row.policy, row.file, row.line)?;
            }
        }
        let public = self.rows.iter().filter(|row| row.is_public()).count();
        write!(f, "{} routes, {public} public", self.rows.len())
    }
}
