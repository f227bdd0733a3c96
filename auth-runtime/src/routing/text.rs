//! The text form of a table, for version control.

use std::fmt::Write as _;

use super::table::Table;

const HEAD: &str = "# Routes and their policies: written by `Table::text`, compared by a test.\n";

impl Table {
    /// The table as text that changes only if a route or its policy changes: no file and line numbers, one line for
    /// each route, and no column alignment, so that a new route changes one line.
    ///
    /// Policies are in a normal form: constants as their values, `check` as a string, and after `with` the handler's
    /// arguments that `from`, `load` and `check` use. The parameters of the path that are not accounted for are at the
    /// end of a line. Two values that most rows share have their own line: the order of roles
    /// for `role >= ".."`, from `auth.toml`, and the issuers of the router's own verifier.
    pub fn text(&self) -> String {
        let ordered =
            || self.rows.iter().flat_map(|row| row.asks.clauses()).filter(|clause| clause.condition.is_ordered());
        let usual = ordered().map(|clause| clause.order.as_slice()).find(|order| !order.is_empty()).unwrap_or_default();
        let mut text = HEAD.to_owned();
        // Writing into a string cannot fail.
        if !usual.is_empty() {
            let _ = writeln!(text, "roles = {usual:?}");
        }
        if !self.issuers.is_empty() {
            let _ = writeln!(text, "verifier = {:?}", self.issuers);
        }
        if let Some(count) = self.parameters() {
            let _ = writeln!(text, "# {count}");
        }
        for row in &self.rows {
            let _ = write!(text, "{:7} {}  ", row.method, row.path);
            let _ = row.asks.write(&mut text, usual);
            text.push_str(&self.verifier_of(row));
            text.push_str(&row.parameters());
            text.push('\n');
        }
        text
    }
}
