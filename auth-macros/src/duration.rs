//! Durations in attributes: `"0s"`, `"5m"`, `"1h"`, `"30d"`.

use syn::LitStr;

use crate::diag::Diag;

/// The longest duration: a year.
const MOST_SECONDS: u32 = 366 * 86_400;

/// Reads a duration. Reports a text that is not a duration.
pub(crate) fn seconds(literal: &LitStr, diag: &mut Diag) -> Option<u32> {
    let text = literal.value();
    let read = read(&text);
    match read {
        None => diag.on(
            literal,
            format!("{text:?} is not a duration: write a number and `s`, `m`, `h` or `d`, such as \"5m\""),
        ),
        Some(seconds) if seconds > MOST_SECONDS => diag.on(literal, format!("{text:?} is longer than 366 days")),
        Some(_) => return read,
    }
    None
}

fn read(text: &str) -> Option<u32> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds: u32 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(number.parse::<u32>().unwrap_or(u32::MAX).saturating_mul(seconds))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_number_and_a_unit() {
        for (text, seconds) in [
            ("0s", Some(0)),
            ("90s", Some(90)),
            ("5m", Some(300)),
            ("1h", Some(3600)),
            ("30d", Some(2_592_000)),
            ("99999999999999999999d", Some(u32::MAX)),
            ("", None),
            ("5", None),
            ("s", None),
            ("+5s", None),
            ("5 s", None),
            ("5ms", None),
            ("1.5h", None),
            ("5ü", None),
        ] {
            assert_eq!(super::read(text), seconds, "{text}");
        }
    }
}
