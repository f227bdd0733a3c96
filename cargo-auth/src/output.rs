//! The output: text with terminal colors, or one JSON document.

use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};

use anstyle::{AnsiColor, Style};
use serde_json::Value;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const BOLD: Style = Style::new().bold();

/// Collects the output.
pub(crate) struct Output {
    is_json: bool,
    text: String,
    document: Value,
    /// The width of the terminal. `None` if the output goes to a file or a pipe: then no line is broken.
    width: Option<usize>,
}

impl Output {
    pub(crate) fn new(is_json: bool) -> Self {
        let width = terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0));
        Self { is_json, text: String::new(), document: Value::Null, width }
    }

    /// Adds a line.
    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    /// Adds a line of words, broken where the terminal ends.
    pub(crate) fn wrapped(&mut self, line: &str) {
        match self.width {
            Some(width) => broken(line, width).iter().for_each(|part| self.line(part)),
            None => self.line(line),
        }
    }

    /// Adds a line with a colored word.
    pub(crate) fn mark(&mut self, style: Style, word: &str, rest: &str) {
        // Writing into a string cannot fail.
        let _ = writeln!(self.text, "{style}{word}{style:#}{rest}");
    }

    /// Sets the JSON document.
    pub(crate) fn json(&mut self, document: Value) {
        self.document = document;
    }

    /// Prints the text or the JSON document. A reader that has enough, such as `head`, is no error.
    pub(crate) fn finish(self) -> Result<(), String> {
        let mut out = anstream::stdout().lock();
        let done = if self.is_json { writeln!(out, "{:#}", self.document) } else { write!(out, "{}", self.text) };
        match done.and_then(|()| out.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
            _ => Ok(()),
        }
    }
}

/// Breaks a line between words into lines of at most `width` characters. Later lines are indented further. A word that
/// is too long stays whole, so that it can be copied.
fn broken(line: &str, width: usize) -> Vec<String> {
    let indent = line.len() - line.trim_start().len();
    let mut lines = vec![line[..indent].to_owned()];
    let mut is_first = true;
    for word in line[indent..].split(' ') {
        let current = lines.last().map_or(0, |current| current.chars().count());
        if !is_first && current + 1 + word.chars().count() > width {
            lines.push(" ".repeat(indent + 4));
            is_first = true;
        }
        if let Some(current) = lines.last_mut() {
            if !is_first {
                current.push(' ');
            }
            current.push_str(word);
        }
        is_first = false;
    }
    lines
}

/// Untrusted text, escaped so that it cannot change the terminal: control characters and direction marks.
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

#[cfg(test)]
mod tests {
    use super::broken;

    #[test]
    fn lines_are_broken_between_words_where_the_terminal_ends() {
        for (width, expected) in [
            (80, vec!["  found  one two three"]),
            (22, vec!["  found  one two three"]),
            (21, vec!["  found  one two", "      three"]),
            (12, vec!["  found  one", "      two", "      three"]),
            (1, vec!["  found", "      ", "      one", "      two", "      three"]),
        ] {
            assert_eq!(broken("  found  one two three", width), expected, "{width}");
        }
        assert_eq!(broken("", 10), [""]);
        assert_eq!(broken("\u{e4}\u{f6} \u{fc}", 4), ["\u{e4}\u{f6} \u{fc}"], "characters are counted");
    }
}
