//! The form of a table that is committed, and read back.

use std::collections::HashSet;
use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use super::grammar::Grammar;
use super::looser::Change;
use super::method_router::METHODS;
use super::policy::Policy;
use super::table::{Row, Table};

const HEAD: &str = "# Routes and their policies: written by `Table::text`, compared by a test.\n";

impl Table {
    /// The table as text that changes only where a route or its policy does: no files and lines, one route a line,
    /// columns not aligned to each other, so that a new route changes one line of it.
    ///
    /// Policies are written in one normal form: constants by their values, `check` as a string, and behind `with` the
    /// handler's arguments that `from` and `check` read. Two things that most rows share have a line of their own: the
    /// order of roles that `role >= ".."` goes by, from `auth.toml`, and the issuers of the router's own verifier.
    pub fn text(&self) -> String {
        let ordered = || self.rows.iter().flat_map(|row| row.asks.clauses()).filter(|clause| clause.is_ordered());
        let usual = ordered().map(|clause| clause.order.as_slice()).find(|order| !order.is_empty()).unwrap_or_default();
        let mut text = HEAD.to_owned();
        // Writing into a string cannot fail.
        if !usual.is_empty() {
            let _ = writeln!(text, "roles = {usual:?}");
        }
        if !self.issuers.is_empty() {
            let _ = writeln!(text, "verifier = {:?}", self.issuers);
        }
        for row in &self.rows {
            let _ = write!(text, "{:7} {}  ", row.method, row.path);
            let _ = write_policy(&mut text, &row.asks, usual);
            text.push_str(&self.verifier_of(row));
            text.push('\n');
        }
        text
    }

    /// Compares the table with the text that was committed.
    ///
    /// ```
    /// # use auth_runtime::{GuardedRouter, public, routing::get};
    /// #[public(reason = "load balancer probe")]
    /// async fn health() {}
    ///
    /// let routes: GuardedRouter = GuardedRouter::new().route("/health", get(health));
    /// // In a test: include_str!("../routes.txt")
    /// let committed = "GET /health  public(reason = \"load balancer probe\")";
    /// if let Err(difference) = routes.table().compare(committed) {
    ///     panic!("{difference}");
    /// }
    /// ```
    ///
    /// # Errors
    /// Where they differ: what became looser first, then every line that is new or gone, then the text to commit
    /// instead where the change is wanted. Or where the text cannot be read.
    pub fn compare(&self, committed: &str) -> Result<(), TableDiff> {
        let old: Self = committed.parse().map_err(|error| TableDiff { error: Some(error), ..TableDiff::default() })?;
        let (before, after) = (old.text(), self.text());
        if before == after {
            return Ok(());
        }
        let missing = |from: &str, other: &str| {
            let known: HashSet<_> = other.lines().collect();
            from.lines().filter(|line| !known.contains(line)).map(str::to_owned).collect()
        };
        Err(TableDiff {
            loosened: self.loosened_since(&old),
            gone: missing(&before, &after),
            new: missing(&after, &before),
            text: after,
            error: None,
        })
    }
}

fn write_policy(out: &mut String, policy: &Policy, usual: &[String]) -> fmt::Result {
    if policy.clauses().is_empty() {
        return write!(out, "{policy}");
    }
    policy.clauses().iter().enumerate().try_for_each(|(index, clause)| {
        out.push_str(if index == 0 { "" } else { " + " });
        clause.write(out, usual)
    })
}

/// Reads what [`Table::text`] wrote; blank lines and lines that start with `#` are skipped.
impl FromStr for Table {
    type Err = TableError;

    fn from_str(text: &str) -> Result<Self, TableError> {
        let (mut usual, mut verifier) = (Vec::new(), Vec::new());
        let mut rows = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            let error = |problem: &'static str| TableError { line: index + 1, problem };
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if line.starts_with("roles ") {
                usual = Grammar::new(line, &[]).list_line("roles").map_err(error)?;
                continue;
            }
            if line.starts_with("verifier ") {
                verifier = Grammar::new(line, &[]).list_line("verifier").map_err(error)?;
                continue;
            }
            let (method, rest) = line.split_once(' ').ok_or_else(|| error("a line is `METHOD path  policy`"))?;
            let known = METHODS.iter().map(|(_, name)| *name).chain(["*"]).find(|known| *known == method);
            let (path, policy) = rest
                .trim_start()
                .split_once("  ")
                .ok_or_else(|| error("a line is `METHOD path  policy`, with two spaces before the policy"))?;
            let (asks, issuers) = Grammar::new(policy, &usual).row().map_err(error)?;
            let usual_issuers = || if asks.is_public() { Vec::new() } else { verifier.clone() };
            rows.push(Row {
                method: known.ok_or_else(|| error("no such method"))?,
                path: path.to_owned(),
                policy: asks.to_string(),
                reason: asks.reason().map(|reason| reason.to_owned().into()),
                file: "".into(),
                line: 0,
                issuers: issuers.unwrap_or_else(usual_issuers),
                asks,
            });
        }
        Ok(Self::of(rows, verifier))
    }
}

/// A line of a committed table that cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line} of the table: {problem}")]
pub struct TableError {
    line: usize,
    problem: &'static str,
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
    loosened: Vec<Change>,
    gone: Vec<String>,
    new: Vec<String>,
    text: String,
    error: Option<TableError>,
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

impl std::error::Error for TableDiff {}
