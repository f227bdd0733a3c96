//! The comparison of a table of routes with the one that was committed.

mod grammar;
mod reading;
#[cfg(test)]
mod tests;
mod truth_table;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::routing::template::shape;
use crate::routing::{Change, Loosened, Row, Table, TableDiff};
use truth_table::{Comparison, compare};

/// `*` and the methods that its rows may stand for.
const METHODS: [&str; 10] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "*"];

type ByMethod<'a> = BTreeMap<&'static str, &'a Row>;

/// The row that answers a method: its own, GET's for HEAD, or that of all others.
fn answering<'a>(rows: &ByMethod<'a>, method: &str) -> Option<&'a Row> {
    let own = rows.get(method).or_else(|| rows.get("GET").filter(|_| method == "HEAD"));
    own.or_else(|| rows.get("*")).copied()
}

fn by_path(table: &Table) -> BTreeMap<String, ByMethod<'_>> {
    let mut paths = BTreeMap::<_, ByMethod<'_>>::new();
    for row in table.rows() {
        paths.entry(shape(&row.path)).or_default().insert(row.method, row);
    }
    paths
}

impl Table {
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

    /// What became looser since `old`: new routes that everybody may call, and routes that let in more than they did.
    ///
    /// Conditions are compared by going through every combination of answers that a token can give, "unknown"
    /// included, in organizations of one role a member and of several, with the order of roles as declared; where that
    /// order is not declared, one role may stand above another or not. With more than 12 questions in the two
    /// together, a changed condition is reported as [`Loosened::CannotTell`]. A changed `load`, `check`, `from` or `deny`
    /// is always reported, and so is a change of an argument that one of them reads, a parameter that becomes unread or
    /// unbound, an `unrestricted` that was not there, or a change of the issuers of the
    /// verifier that [`guarded_by`](crate::GuardedRouter::guarded_by) put in charge. What a type such as
    /// `Path<Params>` holds, and which keys an issuer has, no table shows.
    ///
    /// Routes are known by method and path, whatever their parameters are called. A route that is gone is not
    /// reported, though another one may answer its requests now: `/users/{id}` those of `/users/me`.
    pub fn loosened_since(&self, old: &Self) -> Vec<Change> {
        let (before, now) = (by_path(old), by_path(self));
        let none = ByMethod::new();
        let mut changes = Vec::new();
        for (path, rows) in &now {
            let before = before.get(path).unwrap_or(&none);
            // What is said of one method of a row and its predecessor holds for all that share both.
            let mut said = BTreeSet::new();
            for method in METHODS {
                let Some(row) = answering(rows, method) else { continue };
                let old = answering(before, method);
                let is_own = row.method == method || old.is_some();
                if is_own && said.insert((row.method, old.map(|old| old.method))) {
                    changes.extend(loosened(old, row).into_iter().map(|loosened| Change {
                        method: if old.is_some_and(|old| old.method == method) { method } else { row.method },
                        path: row.path.clone(),
                        before: old.map(Row::full_policy),
                        now: row.full_policy(),
                        loosened,
                    }));
                }
            }
        }
        changes
    }
}

fn loosened(old: Option<&Row>, row: &Row) -> Vec<Loosened> {
    let now = &row.asks;
    let Some(old) = old else {
        return if now.admits_anonymous() { vec![Loosened::NewPublic] } else { Vec::new() };
    };
    let before = &old.asks;
    let mut found = Vec::new();
    if now.is_public() && !before.is_public() {
        return vec![Loosened::Public];
    }
    if now.admits_anonymous() && !before.admits_anonymous() {
        found.push(Loosened::Anonymous);
    } else if now.admits_invalid() && !before.admits_invalid() {
        found.push(Loosened::InvalidToken);
    }
    if now.org() != before.org() {
        found.push(Loosened::From);
    }
    if !now.loads().eq(before.loads()) {
        found.push(Loosened::Load);
    }
    if !now.checks().eq(before.checks()) {
        found.push(Loosened::Check);
    }
    found.extend(parameters(old, row));
    if !now.is_public() && !before.is_public() && row.issuers != old.issuers {
        found.push(Loosened::Verifier);
    }
    if now.denies_not_found() != before.denies_not_found() {
        found.push(Loosened::Deny);
    }
    match compare(before, now) {
        Comparison::NotMore => {}
        Comparison::More(example) => found.push(Loosened::Condition { example }),
        Comparison::CannotTell => found.push(Loosened::CannotTell),
    }
    found
}

/// Parameters that a guard accounted for, and does not now.
fn parameters(old: &Row, row: &Row) -> Vec<Loosened> {
    let was = |name: &String| old.unread.contains(name) || old.unbound.contains(name);
    let lost = row.unread.iter().chain(&row.unbound).filter(|name| !was(name));
    // A parameter that was read by its name alone, and is read by nothing now, is looser too.
    let unread = row.unread.iter().filter(|name| old.unbound.contains(name));
    let lost = lost.chain(unread).map(|name| Loosened::Parameter { name: name.clone() });
    let excused = |row: &Row| -> BTreeSet<String> {
        row.asks.clauses().iter().flat_map(|clause| &clause.unrestricted).map(|(name, _)| name.clone()).collect()
    };
    let excused = excused(row).difference(&excused(old)).cloned().collect::<Vec<_>>();
    lost.chain(excused.into_iter().map(|name| Loosened::Unrestricted { name })).collect()
}
