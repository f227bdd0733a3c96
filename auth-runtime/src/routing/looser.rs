//! What became looser since a table was committed.

use std::collections::BTreeMap;
use std::fmt;

use super::policy::{Policy, Source};
use super::table::{Row, Table};
use super::template::{params, shape};
use super::worlds::{Comparison, compare};

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
    /// `check` changed, or an argument that it reads, or the path's parameters that such an argument may read stand in
    /// another order: only a person can tell.
    Check,
    /// `from` changed, or the argument that it names, or the parameter of the path that it reads stands elsewhere:
    /// another organisation decides.
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
            Loosened::Check => f.write_str("`check` changed, or what it reads")?,
            Loosened::From => f.write_str("`from` changed, or what it reads")?,
            Loosened::Verifier => f.write_str("another verifier decides whose tokens count")?,
            Loosened::Deny => f.write_str("`deny` changed")?,
        }
        match &self.before {
            Some(before) => write!(f, "\n    before: {before}\n    now:    {}", self.now),
            None => write!(f, "\n    now:    {}", self.now),
        }
    }
}

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
    /// What became looser since `old`: new routes that everybody may call, and routes that let in more than they did.
    ///
    /// Conditions are compared by going through every combination of answers that a token can give, "unknown"
    /// included, in organisations of one role a member and of several, with the order of roles as declared; where that
    /// order is not declared, one role may stand above another or not. With more than 12 questions in the two
    /// together, a changed condition is reported as [`Loosened::CannotTell`]. A changed `check`, `from` or `deny` is
    /// always reported, and so is a change of an argument that `check` or `from` reads, or of the issuers of the
    /// verifier that [`guarded_by`](super::GuardedRouter::guarded_by) put in charge. What a type such as
    /// `Path<Params>` holds, and which keys an issuer has, no table shows.
    ///
    /// Routes are known by method and path, whatever their parameters are called. A parameter that stands elsewhere than
    /// it did, as in `/{org}/{file}` and `/{file}/{org}`, is a change of the `from` and the `check` that may read it. A
    /// route that is gone is not reported, though another one may answer its requests now: `/users/{id}` those of
    /// `/users/me`.
    pub fn loosened_since(&self, old: &Self) -> Vec<Change> {
        let (before, now) = (by_path(old), by_path(self));
        let none = ByMethod::new();
        let mut changes = Vec::new();
        for (path, rows) in &now {
            let before = before.get(path).unwrap_or(&none);
            for method in METHODS {
                let Some(row) = answering(rows, method) else { continue };
                let old = answering(before, method);
                // What is said of one method of a row and its predecessor holds for all that share both.
                let is_new_pair = METHODS.iter().take_while(|known| **known != method).all(|known| {
                    let other = answering(rows, known).zip(answering(before, known));
                    other.is_none_or(|(other, other_old)| {
                        !std::ptr::eq(other, row) || !old.is_some_and(|old| std::ptr::eq(other_old, old))
                    })
                });
                let is_own = row.method == method || old.is_some();
                if is_own && is_new_pair {
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
    if now.org() != before.org() || from_reads_elsewhere(now, &old.path, &row.path) {
        found.push(Loosened::From);
    }
    if !now.checks().eq(before.checks()) || check_reads_elsewhere(now, &old.path, &row.path) {
        found.push(Loosened::Check);
    }
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

/// Whether the parameter that `from` reads stands elsewhere. An argument may read any by its name.
fn from_reads_elsewhere(policy: &Policy, before: &str, now: &str) -> bool {
    match policy.org() {
        Source::Path(read) => stands_elsewhere(before, now, |name| name == read),
        Source::Argument { .. } => stands_elsewhere(before, now, |_| true),
        Source::None | Source::Query(_) | Source::Header(_) | Source::Active => false,
    }
}

/// The same for the arguments of `check`.
fn check_reads_elsewhere(policy: &Policy, before: &str, now: &str) -> bool {
    policy.checks().any(|check| !check.bindings.is_empty()) && stands_elsewhere(before, now, |_| true)
}

/// Whether one of these parameters stands at another place of the path, though both have it.
fn stands_elsewhere(before: &str, now: &str, is_read: impl Fn(&str) -> bool) -> bool {
    let before: Vec<_> = params(before).collect();
    params(now).enumerate().any(|(at, name)| is_read(name) && before.contains(&name) && before.get(at) != Some(&name))
}

#[cfg(test)]
mod tests;
