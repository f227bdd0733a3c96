//! Untrusted text in Markdown: it stays readable, but cannot format, link or mention anything.

use crate::output::is_invisible;

/// A code span (`CommonMark` section 6.1). Nothing in it is interpreted, except its own fence.
pub(crate) fn code(text: &str) -> String {
    let text = visible(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // A space separates the fence from a backtick in the text. Markdown does not show one space at both ends.
    let space = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    if text.is_empty() { String::new() } else { format!("{fence}{space}{text}{space}{fence}") }
}

/// Escapes punctuation that has a meaning in Markdown, but not that of plain sentences.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in visible(text).chars() {
        if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | ':' | '\'' | '(' | ')') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Control characters could end a line, and direction marks could change how the text is shown.
fn visible(text: &str) -> String {
    let mut visible = String::new();
    for c in text.chars() {
        if c.is_control() || is_invisible(c) {
            visible.extend(c.escape_unicode());
        } else {
            visible.push(c);
        }
    }
    visible
}

#[cfg(test)]
mod tests {
    use super::{code, escaped};

    #[test]
    fn foreign_text_cannot_leave_its_code_span() {
        for (text, expected) in [
            ("GET /a", "`GET /a`"),
            ("a`b", "``a`b``"),
            ("``", "``` `` ```"),
            ("a\nb", r"`a\u{a}b`"),
            ("\u{202e}x", r"`\u{202e}x`"),
            ("<img src=x>", "`<img src=x>`"),
            ("", ""),
        ] {
            assert_eq!(code(text), expected);
        }
        assert_eq!(escaped("`check` [x](y) <b> @a"), r"\`check\` \[x\](y) \<b\> \@a");
    }
}
