//! String literals in the format of `{:?}`.

/// Reads a literal after its opening quote. Returns its text and the rest after the closing quote.
pub(crate) fn read(source: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut rest = source.chars();
    loop {
        match rest.next()? {
            '"' => return Some((text, rest.as_str())),
            '\\' => text.push(match rest.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '0' => '\0',
                'x' => {
                    let (digits, after) = rest.as_str().split_at_checked(2)?;
                    rest = after.chars();
                    char::from(u8::from_str_radix(digits, 16).ok()?)
                }
                'u' => {
                    let (digits, after) = rest.as_str().strip_prefix('{')?.split_once('}')?;
                    rest = after.chars();
                    char::from_u32(u32::from_str_radix(digits, 16).ok()?)?
                }
                other @ ('\\' | '"' | '\'') => other,
                _ => return None,
            }),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn printed_literals_parse_to_the_same_text() {
        for text in ["", "plain", "a \"b\" \\c", "tab\tnew\nline\r\0", "é\u{200b}\u{1f600}'"] {
            let quoted = format!("{text:?};");
            assert_eq!(super::read(quoted.strip_prefix('"').unwrap_or_default()), Some((text.to_owned(), ";")));
        }
        for broken in ["", "open", "\\q\"", "\\u{110000}\"", "\\x4\""] {
            assert_eq!(super::read(broken), None, "{broken}");
        }
    }
}
