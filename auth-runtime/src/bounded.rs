//! Text from a request, as it is written to logs and explanations: limited in length, and escaped so that no value can
//! end a line or a quotation.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

/// The maximum bytes of one id or name, including escapes.
pub(crate) const MAX_BYTES: usize = 256;
/// The maximum names of one list. For the rest, only their number is written.
pub(crate) const MAX_NAMES: usize = 20;
/// The end of a text that was cut.
const CUT: &str = "...";

/// An id without quotes, for a field of a log event: at most 256 bytes, control characters escaped.
pub(crate) fn bounded(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'\\';
    if text.len() <= MAX_BYTES && text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::new();
    escape(text, "", &mut escaped);
    Cow::Owned(escaped)
}

/// Prints a text in quotes, like a Rust string: at most 256 bytes between the quotes.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut escaped = String::new();
        escape(self.0, "\"", &mut escaped);
        write!(f, "\"{escaped}\"")
    }
}

/// Prints `["a", "b"]`. For more than 20 names, prints the first 20 and the number of the others.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names = names.into_iter();
    let mut text = String::from("[");
    for (index, name) in names.by_ref().take(MAX_NAMES).enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        // Writing into a string cannot fail.
        let _ = write!(text, "{separator}{}", Quoted(name));
    }
    let more = names.count();
    if more > 0 {
        let _ = write!(text, " and {more} more");
    }
    text.push(']');
    text
}

/// Escapes unprintable characters, backslashes and these `marks`. Cuts at a character boundary.
fn escape(text: &str, marks: &str, escaped: &mut String) {
    // The length that still leaves room for `CUT`.
    let mut fits = 0;
    for c in text.chars() {
        if matches!(c, '\'' | '"') && !marks.contains(c) {
            escaped.push(c);
        } else {
            escaped.extend(c.escape_debug());
        }
        if escaped.len() > MAX_BYTES {
            escaped.truncate(fits);
            escaped.push_str(CUT);
            return;
        }
        if escaped.len() <= MAX_BYTES - CUT.len() {
            fits = escaped.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, MAX_NAMES, Quoted, bounded, list};

    #[test]
    fn a_value_cannot_end_its_line_or_its_quotation() {
        for (text, plain, quoted) in [
            ("ada", "ada", r#""ada""#),
            ("", "", r#""""#),
            ("a b'c", "a b'c", r#""a b'c""#),
            ("a\nb\r\t", r"a\nb\r\t", r#""a\nb\r\t""#),
            ("\u{1b}[31m\u{7f}\0", r"\u{1b}[31m\u{7f}\0", r#""\u{1b}[31m\u{7f}\0""#),
            ("x\" reason=\"y", "x\" reason=\"y", r#""x\" reason=\"y""#),
            ("a\\nb", r"a\\nb", r#""a\\nb""#),
            // A line separator, and a character that reverses the writing direction.
            ("\u{2028}\u{202e}", r"\u{2028}\u{202e}", r#""\u{2028}\u{202e}""#),
            ("Zoë 漢字", "Zoë 漢字", "\"Zoë 漢字\""),
        ] {
            assert_eq!(bounded(text), plain);
            assert_eq!(Quoted(text).to_string(), quoted);
        }
    }

    #[test]
    fn a_value_is_cut_at_256_bytes() {
        for (text, expected) in [
            ("a".repeat(256), "a".repeat(256)),
            ("a".repeat(257), "a".repeat(253) + "..."),
            // Two bytes each: cutting at 253 would split a character.
            ("é".repeat(128), "é".repeat(128)),
            ("é".repeat(129), "é".repeat(126) + "..."),
            // Six bytes each after escaping.
            ("\u{7f}".repeat(42), r"\u{7f}".repeat(42)),
            ("\u{7f}".repeat(43), r"\u{7f}".repeat(42) + "..."),
            ("漢".repeat(100_000), "漢".repeat(84) + "..."),
        ] {
            let written = bounded(&text);
            assert_eq!(written, expected);
            assert!(written.len() <= MAX_BYTES);
            assert_eq!(Quoted(&text).to_string(), format!("\"{expected}\""));
        }
    }

    #[test]
    fn a_list_is_cut_at_20_names() {
        let names: Vec<String> = (0..1_000).map(|n| format!("n{n}")).collect();
        let first = |count: usize| names.iter().take(count).map(String::as_str);
        assert_eq!(list(first(0)), "[]");
        assert_eq!(list(first(2)), r#"["n0", "n1"]"#);
        for (count, end) in [(20, r#""n19"]"#), (21, r#""n19" and 1 more]"#), (1_000, r#""n19" and 980 more]"#)] {
            let written = list(first(count));
            assert!(written.ends_with(end), "{written}");
            assert_eq!(written.matches(", ").count(), MAX_NAMES - 1);
        }
        let long = "x".repeat(1_000);
        assert!(list([long.as_str(); 500]).len() <= MAX_NAMES * (MAX_BYTES + 4) + 20);
    }
}
