//! Compares a table of routes with the committed one.

mod grammar;
mod reading;
#[cfg(test)]
mod tests;
mod truth_table;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::routing::policy::{Part, Policy, Source};
use crate::routing::template::{params, shape};
use crate::routing::{Change, Loosened, Row, Table, TableDiff};
use truth_table::{Comparison, compare};

/// `*`, and the methods that it may stand for.
const METHODS: [&str; 10] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "*"];

type ByMethod<'a> = BTreeMap<&'static str, &'a Row>;

/// The row for a method: its own row, GET's row for HEAD, or the row for all other methods.
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
    /// Compares the table with the committed text.
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
    /// They differ: first the loosened routes, then all changed lines, then the new text to commit if the changes are
    /// intended. Or the committed text cannot be parsed.
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

    /// The routes that became looser since `old`: new public routes, and routes that may admit more requests than
    /// before.
    ///
    /// Both conditions are evaluated for every combination of answers that a token can give, including unknown, for
    /// organizations with one role and with several roles for each member. The declared order of roles is used; if none
    /// is declared, every order is tried. If both conditions together have more than 12 questions, a changed condition
    /// is reported as [`Loosened::CannotTell`]. A changed `load`, `check`, `from` or `deny` is always reported. So is a
    /// changed argument of one of them, a parameter that becomes unread or unbound, a new `unrestricted`, and a change of the issuers of a verifier set by
    /// [`guarded_by`](crate::GuardedRouter::guarded_by). The table does not show the fields of a type such as
    /// `Path<Params>`, or the keys of an issuer.
    ///
    /// Routes are matched by method and path; names of parameters do not matter. If a parameter has another position
    /// than before, as in `/{org}/{file}` and `/{file}/{org}`, the `from` and the `check` that may use it count as
    /// changed. A removed route is not reported, even if another route now matches its requests: `/users/{id}` matches
    /// `/users/me`.
    pub fn loosened_since(&self, old: &Self) -> Vec<Change> {
        let (before, now) = (by_path(old), by_path(self));
        let none = ByMethod::new();
        let mut changes = Vec::new();
        for (path, rows) in &now {
            let before = before.get(path).unwrap_or(&none);
            // One method of a row stands for all methods that share the row and its predecessor.
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

/// Whether each policy of `before` is also in `now`, in this order. An added policy does not weaken the others.
fn is_subsequence<'a>(mut before: impl Iterator<Item = &'a Source>, mut now: impl Iterator<Item = &'a Source>) -> bool {
    before.all(|source| now.any(|other| other == source))
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
    let is_from_kept = is_subsequence(before.parts().iter().map(Part::org), now.parts().iter().map(Part::org));
    if *now != Policy::DenyAll && (!is_from_kept || from_reads_elsewhere(now, &old.path, &row.path)) {
        found.push(Loosened::From);
    }
    if !now.loads().eq(before.loads()) || load_reads_elsewhere(now, &old.path, &row.path) {
        found.push(Loosened::Load);
    }
    if !now.checks().eq(before.checks()) || check_reads_elsewhere(now, &old.path, &row.path) {
        found.push(Loosened::Check);
    }
    found.extend(parameters(old, row));
    if !now.is_public() && !before.is_public() && row.issuers != old.issuers {
        found.push(Loosened::Verifier);
    }
    if now.denies_not_found() != before.denies_not_found() {
        found.push(Loosened::Deny);
    }
    // What admitted no request before takes no older answer for anybody.
    if *before != Policy::DenyAll && now.takes_older_than(before) {
        found.push(Loosened::Fresh);
    }
    match compare(before, now) {
        Comparison::NotMore => {}
        Comparison::More(example) => found.push(Loosened::Condition { example }),
        Comparison::CannotTell => found.push(Loosened::CannotTell),
    }
    found
}

/// Whether the parameter of `from` has another position. An argument may read any parameter by its name.
fn from_reads_elsewhere(policy: &Policy, before: &str, now: &str) -> bool {
    policy.parts().iter().any(|part| match part.org() {
        Source::Path(read) => stands_elsewhere(before, now, |name| name == read),
        Source::Argument { .. } => stands_elsewhere(before, now, |_| true),
        Source::None | Source::Query(_) | Source::Header(_) | Source::Active => false,
    })
}

/// The same for the arguments of `check`.
fn check_reads_elsewhere(policy: &Policy, before: &str, now: &str) -> bool {
    policy.checks().any(|check| !check.bindings.is_empty()) && stands_elsewhere(before, now, |_| true)
}

/// The same for the arguments of `load`.
fn load_reads_elsewhere(policy: &Policy, before: &str, now: &str) -> bool {
    policy.loads().any(|load| !load.bindings.is_empty()) && stands_elsewhere(before, now, |_| true)
}

/// Parameters that were accounted for, and are not now.
fn parameters(old: &Row, row: &Row) -> Vec<Loosened> {
    let was_open = |name: &String| old.unread.contains(name) || old.unbound.contains(name);
    let lost = row.unread.iter().chain(&row.unbound).filter(|name| !was_open(name));
    // A parameter that was unbound and is unread now is looser too.
    let unread = row.unread.iter().filter(|name| old.unbound.contains(name));
    let lost = lost.chain(unread).map(|name| Loosened::Parameter { name: name.clone() });
    let excused = |row: &Row| -> BTreeSet<String> {
        row.asks.clauses().flat_map(|clause| &clause.unrestricted).map(|(name, _)| name.clone()).collect()
    };
    let excused = excused(row).difference(&excused(old)).cloned().collect::<Vec<_>>();
    lost.chain(excused.into_iter().map(|name| Loosened::Unrestricted { name })).collect()
}

/// Whether one of these parameters is in both paths, but at another position.
fn stands_elsewhere(before: &str, now: &str, is_read: impl Fn(&str) -> bool) -> bool {
    let before: Vec<_> = params(before).collect();
    params(now).enumerate().any(|(at, name)| is_read(name) && before.contains(&name) && before.get(at) != Some(&name))
}
