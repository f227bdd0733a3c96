//! Compares a table of routes with the committed one.

mod grammar;
mod handed_over;
mod reading;
#[cfg(test)]
mod tests;
mod truth_table;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::routing::policy::{OrgSelector, Part, Policy};
use crate::routing::template::{places, shape};
use crate::routing::{Change, Loosened, Row, Table, TableDiff};
use handed_over::{HandedOver, Matcher};
use truth_table::{Comparison, compare};

/// `*`, and the methods that it may stand for.
const METHODS: [&str; 10] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "*"];

type ByPath<'a> = BTreeMap<String, ByMethod<'a>>;
type ByMethod<'a> = BTreeMap<&'static str, &'a Row>;

/// The row for a method: its own row, GET's row for HEAD, or the row for all other methods.
fn answering<'a>(rows: &ByMethod<'a>, method: &str) -> Option<&'a Row> {
    let own = rows.get(method).or_else(|| rows.get("GET").filter(|_| method == "HEAD"));
    own.or_else(|| rows.get("*")).copied()
}

fn by_path(table: &Table) -> ByPath<'_> {
    let mut paths = ByPath::new();
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
    /// changed argument of one of them, a parameter that becomes unread or unbound, a new `unrestricted`, and a change
    /// of a verifier set by [`guarded_by`](crate::GuardedRouter::guarded_by): of its issuers, or of any setting that
    /// decides which requests are admitted. The table does not show the fields of a type such as `Path<Params>`, the
    /// keys of an issuer, the code of a `map_identity`, which directory a verifier asks, or the end of an additional
    /// secret.
    ///
    /// Routes are matched by method and path; names of parameters do not matter. If a parameter has another position
    /// than before, as in `/{org}/{file}` and `/{file}/{org}`, the `from` and the `check` that may use it count as
    /// changed.
    ///
    /// A route can also answer requests that another route answered before. A new `/users/me` answers some requests of
    /// `/users/{id}`, and a fallback answers the requests of a removed route. Then the route is also compared with that
    /// other route ([`Change::taken_from`]). Paths are matched as axum matches them. A request that no route answered
    /// before is reported only if the route itself is new.
    pub fn loosened_since(&self, old: &Self) -> Vec<Change> {
        let (before, now) = (by_path(old), by_path(self));
        let (matched_before, matched_now) = (Matcher::of(old), Matcher::of(self));
        let handed_over = HandedOver::new(&matched_before, &matched_now);
        let none = ByMethod::new();
        let mut changes = Vec::new();
        for (shape_now, rows) in &now {
            compare_rows(before.get(shape_now).unwrap_or(&none), rows, false, &mut changes);
            let Some(path) = rows.values().next().map(|row| row.path.as_str()) else { continue };
            for from in handed_over.to(path) {
                let shape_before = shape(from);
                if let Some(before) = before.get(&shape_before).filter(|_| shape_before != *shape_now) {
                    compare_rows(before, rows, true, &mut changes);
                }
            }
        }
        changes
    }
}

/// Compares the rows of one path with those that answered its requests before: of the same path, or of another one.
fn compare_rows(before: &ByMethod<'_>, now: &ByMethod<'_>, is_other_path: bool, changes: &mut Vec<Change>) {
    // One method of a row represents all methods that share the row and its predecessor.
    let mut said = BTreeSet::new();
    for method in METHODS {
        let Some(row) = answering(now, method) else { continue };
        let old = answering(before, method);
        let is_own = if is_other_path { old.is_some() } else { row.method == method || old.is_some() };
        if is_own && said.insert((row.method, old.map(|old| old.method))) {
            changes.extend(loosened(old, row).into_iter().map(|loosened| Change {
                method: if old.is_some_and(|old| old.method == method) { method } else { row.method },
                path: row.path.clone(),
                taken_from: old.filter(|_| is_other_path).map(|old| old.path.clone()),
                before: old.map(Row::full_policy),
                now: row.full_policy(),
                loosened,
            }));
        }
    }
}

/// Whether each policy of `before` is also in `now`, in this order. An added policy does not weaken the others.
fn is_subsequence<'a>(
    mut before: impl Iterator<Item = &'a OrgSelector>,
    mut now: impl Iterator<Item = &'a OrgSelector>,
) -> bool {
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
    // If the policy admitted no request before, its `fresh` did not matter.
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
        OrgSelector::Path(read) => stands_elsewhere(before, now, |name| name == read),
        OrgSelector::Argument { .. } => stands_elsewhere(before, now, |_| true) || counts_elsewhere(before, now),
        OrgSelector::None | OrgSelector::Query(_) | OrgSelector::Header(_) | OrgSelector::Active => false,
    })
}

/// Whether a parameter that `check` may read has another position.
fn check_reads_elsewhere(policy: &Policy, before: &str, now: &str) -> bool {
    policy.checks().any(|check| !check.bindings.is_empty())
        && (stands_elsewhere(before, now, |_| true) || counts_elsewhere(before, now))
}

/// Whether a parameter that `load` may read has another position.
fn load_reads_elsewhere(policy: &Policy, before: &str, now: &str) -> bool {
    policy.loads().any(|load| !load.bindings.is_empty())
        && (stands_elsewhere(before, now, |_| true) || counts_elsewhere(before, now))
}

/// Parameters that were accounted for before, but are not now.
fn parameters(old: &Row, row: &Row) -> Vec<Loosened> {
    // If a route with another path answered these requests before, its guards read only the parameters of that path.
    let is_other_path = shape(&old.path) != shape(&row.path);
    let was_there = |name: &String| !is_other_path || places(&old.path).iter().any(|(known, _)| known == name);
    let was_open = |name: &String| old.unread.contains(name) || old.unbound.contains(name) || !was_there(name);
    let lost = row.unread.iter().chain(&row.unbound).filter(|name| !was_open(name));
    // A parameter that was unbound and is now unread is looser too.
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
    let before = places(before);
    let has = |name: &str| before.iter().any(|(known, _)| *known == name);
    places(now).iter().any(|param| is_read(param.0) && has(param.0) && !before.contains(param))
}

/// Whether a parameter with the same number has another position in the path.
fn counts_elsewhere(before: &str, now: &str) -> bool {
    places(before).iter().zip(places(now)).any(|((_, before), (_, now))| *before != now)
}
