//! What is printed: text in the colors of the terminal, or one JSON document.

use std::fmt::Write as _;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const BOLD: Style = Style::new().bold();

/// Collects what is printed.
pub(crate) struct Output {
    is_json: bool,
    text: String,
    document: Value,
}

impl Output {
    pub(crate) fn new(is_json: bool) -> Self {
        Self { is_json, text: String::new(), document: Value::Null }
    }

    /// Adds a line.
    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    /// Adds a line with a colored word.
    pub(crate) fn mark(&mut self, style: Style, word: &str, rest: &str) {
        // Writing into a string cannot fail.
        let _ = writeln!(self.text, "{style}{word}{style:#}{rest}");
    }

    /// The same as JSON.
    pub(crate) fn json(&mut self, document: Value) {
        self.document = document;
    }

    /// Prints it.
    pub(crate) fn finish(self) -> Result<(), String> {
        let mut out = anstream::stdout().lock();
        let done = if self.is_json { writeln!(out, "{:#}", self.document) } else { write!(out, "{}", self.text) };
        done.and_then(|()| out.flush()).map_err(|error| format!("standard output: {error}"))
    }
}

/// A text of others, so that it cannot change the terminal: control characters and marks of direction are escaped.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        if c.is_control() || is_invisible(c) {
            plain.extend(c.escape_unicode());
        } else {
            plain.push(c);
        }
    }
    plain
}

/// Characters that change the direction of a text, or that have no width.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
