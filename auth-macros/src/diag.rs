//! Errors, gathered so that one compilation shows them all.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::Error;

/// The faults of one attribute, in the order they were met.
#[derive(Debug, Default)]
pub(crate) struct Diag(Vec<Error>);

impl Diag {
    /// Reports at one place.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.0.push(Error::new(span, message));
    }

    /// Reports at all of `tokens`.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.0.push(Error::new_spanned(tokens, message));
    }

    /// Takes over an error of the parser.
    pub(crate) fn push(&mut self, error: Error) {
        self.0.push(error);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The messages alone.
    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl ToTokens for Diag {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.iter().map(Error::to_compile_error));
    }
}

/// `` `a`, `b` or `c` ``.
pub(crate) fn one_of<S: AsRef<str>>(names: &[S]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// The known name that `word` was most likely meant to be.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    // One edit in three letters is a slip; more is another word.
    let tolerated = (word.chars().count() / 3).max(1);
    known
        .iter()
        .map(|name| (distance(word, name), *name))
        .filter(|(distance, _)| *distance <= tolerated)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The number of letters to put in, leave out, replace or swap with their neighbour, blind to case.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    // What the row above the last would give to a swap that ends at each letter, and its letter.
    let mut swaps: Vec<Option<usize>> = vec![None; b.len()];
    let mut letter_above = None;
    for (i, letter) in a.to_lowercase().chars().enumerate() {
        let mut beside = i + 1;
        let mut next = vec![beside];
        let mut letter_before = None;
        for ((&other, pair), swap) in b.iter().zip(row.windows(2)).zip(&swaps) {
            let &[diagonal, above] = pair else { continue };
            beside = (diagonal + usize::from(letter != other)).min(above + 1).min(beside + 1);
            if let Some(swap) = swap.filter(|_| letter_above == Some(other) && letter_before == Some(letter)) {
                beside = beside.min(swap + 1);
            }
            next.push(beside);
            letter_before = Some(other);
        }
        swaps = std::iter::once(None).chain(row.iter().copied().map(Some)).take(b.len()).collect();
        row = next;
        letter_above = Some(letter);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest, one_of};

    #[test]
    fn distances() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "ab", 2),
            ("from", "from", 0),
            ("From", "from", 0),
            ("form", "from", 1),
            ("ab", "ba", 1),
            ("abcd", "badc", 2),
            ("permision", "permission", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn a_slip_has_a_nearest_name_and_another_word_has_none() {
        let known = ["role", "permission", "scope"];
        assert_eq!(nearest("rol", &known), Some("role"));
        assert_eq!(nearest("permisions", &known), Some("permission"));
        assert_eq!(nearest("owner", &known), None);
    }

    #[test]
    fn lists_read_as_english() {
        assert_eq!(one_of::<&str>(&[]), "");
        assert_eq!(one_of(&["a"]), "`a`");
        assert_eq!(one_of(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
