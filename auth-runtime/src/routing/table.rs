//! All routes with their policies, to read and to compare.

use std::fmt;

use super::router::RouteInfo;
use crate::decide::Need;

/// Every route of a [`GuardedRouter`](super::GuardedRouter) with its policy.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
}

/// One route.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// The method; `*` for all. HEAD goes with GET.
    pub method: &'static str,
    /// The whole path, as mounted.
    pub path: String,
    /// The attributes as written, joined by ` + `.
    pub policy: String,
    /// Why a public route is open.
    pub reason: Option<&'static str>,
    /// The file of the first attribute.
    pub file: &'static str,
    /// Its line.
    pub line: u32,
}

impl Table {
    pub(super) fn new(routes: &[RouteInfo]) -> Self {
        let mut rows: Vec<_> =
            routes.iter().map(|route| row(&route.path, route.guarded.method, route.guarded.need)).collect();
        rows.sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
        Self { rows }
    }

    /// The routes, ordered by path and method.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

fn row(path: &str, method: &'static str, need: &Need) -> Row {
    let mut policies = Vec::new();
    need.find(&mut |rule| {
        policies.push(rule.text);
        None::<()>
    });
    let (file, line) = need.find(&mut |rule| Some((rule.file, rule.line))).unwrap_or_default();
    Row {
        method,
        path: path.to_owned(),
        policy: policies.join(" + "),
        reason: need.find(&mut |rule| rule.reason),
        file,
        line,
    }
}

impl fmt::Display for Table {
    /// One line a route, in columns.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = |of: &dyn Fn(&Row) -> usize| self.rows.iter().map(of).max().unwrap_or_default();
        let (method, path) = (widest(&|row| row.method.len()), widest(&|row| row.path.len()));
        let policy = widest(&|row| row.policy.len());
        for row in &self.rows {
            writeln!(
                f,
                "{:method$}  {:path$}  {:policy$}  {}:{}",
                row.method, row.path, row.policy, row.file, row.line
            )?;
        }
        let public = self.rows.iter().filter(|row| row.policy.starts_with("public")).count();
        write!(f, "{} routes, {public} public", self.rows.len())
    }
}
