//! Parses a committed table.

use std::borrow::Cow;
use std::str::FromStr;

use super::METHODS;
use super::grammar::{Grammar, Policed};
use crate::routing::policy::Policy;
use crate::routing::{Row, Table, TableError};

/// The reason of a public route.
fn reason(policy: &Policy) -> Option<Cow<'static, str>> {
    let reason = match policy {
        Policy::Open { reason, .. } => Some(reason),
        _ => policy.clauses().find_map(|clause| clause.reason.as_ref()),
    };
    reason.cloned().map(Cow::Owned)
}

/// Parses the output of [`Table::text`]. Blank lines and lines that start with `#` are skipped.
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
            let (method, rest) = line.split_once(' ').ok_or_else(|| error("a line must be `METHOD path  policy`"))?;
            let known = METHODS.into_iter().find(|known| *known == method);
            let (path, policy) = rest
                .trim_start()
                .split_once("  ")
                .ok_or_else(|| error("a line must be `METHOD path  policy`, with two spaces before the policy"))?;
            let Policed { policy: asks, issuers, unread, unbound, unproven } =
                Grammar::new(policy, &usual).row().map_err(error)?;
            let usual_issuers = || if asks.is_public() { Vec::new() } else { verifier.clone() };
            rows.push(Row {
                method: known.ok_or_else(|| error("unknown method"))?,
                path: path.to_owned(),
                policy: asks.to_string(),
                reason: reason(&asks),
                file: "".into(),
                line: 0,
                issuers: issuers.unwrap_or_else(usual_issuers),
                unread,
                unbound,
                unproven,
                org_parameters: Vec::new(),
                asks,
                is_service: false,
            });
        }
        Ok(Self::of(rows, verifier))
    }
}
