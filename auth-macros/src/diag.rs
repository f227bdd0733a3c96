//! Collects errors, so that one compilation shows all of them.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::Error;

/// The errors of one attribute, in the order in which they were found.
#[derive(Debug, Default)]
pub(crate) struct Diag(Vec<Error>);

impl Diag {
    /// Reports an error at one location.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.0.push(Error::new(span, message));
    }

    /// Reports an error at all of `tokens`.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.0.push(Error::new_spanned(tokens, message));
    }

    /// Adds an error of the parser.
    pub(crate) fn push(&mut self, error: Error) {
        self.0.push(error);
    }

    /// Adds the errors of another collection.
    pub(crate) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Only the messages.
    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}

impl ToTokens for Diag {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if !self.is_empty() {
            tokens.extend(self.0.iter().map(Error::to_compile_error));
        }
    }
}

/// `` `a`, `b` or `c` ``.
pub(crate) fn one_of(names: &[&str]) -> String {
    list(names, "or")
}

/// `` `a`, `b` and `c` ``.
pub(crate) fn all_of(names: &[&str]) -> String {
    list(names, "and")
}

fn list(names: &[&str], word: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
        None => String::new(),
    }
}

/// The known name that `word` most likely means.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let letters = |word: &str| word.to_lowercase().chars().collect::<Vec<char>>();
    let word = letters(word);
    // One wrong letter in three is a typo. With more wrong letters, it is another word.
    let slips = (word.len() / 3).clamp(1, 3);
    (0..=slips).find_map(|slips| known.iter().copied().find(|name| is_within(&word, &letters(name), slips)))
}

/// Whether `a` becomes `b` if this number of letters is inserted, deleted, replaced or swapped with a neighbor.
fn is_within(a: &[char], b: &[char], slips: usize) -> bool {
    let ([x, after_x @ ..], [y, after_y @ ..]) = (a, b) else {
        return a.len() + b.len() <= slips;
    };
    if x == y && is_within(after_x, after_y, slips) {
        return true;
    }
    let Some(slips) = slips.checked_sub(1) else {
        return false;
    };
    let swapped = match (after_x, after_y) {
        ([x2, rest_a @ ..], [y2, rest_b @ ..]) => x == y2 && x2 == y && is_within(rest_a, rest_b, slips),
        _ => false,
    };
    swapped || is_within(after_x, after_y, slips) || is_within(after_x, b, slips) || is_within(a, after_y, slips)
}

#[cfg(test)]
mod tests {
    use super::{all_of, is_within, nearest, one_of};

    #[test]
    fn typos_are_counted() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "ab", 2),
            ("from", "from", 0),
            ("form", "from", 1),
            ("ab", "ba", 1),
            ("abcd", "badc", 2),
            ("permision", "permission", 1),
            ("kitten", "sitting", 3),
        ] {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            for (a, b) in [(&a, &b), (&b, &a)] {
                let counted = (0..9).find(|slips| is_within(a, b, *slips));
                assert_eq!(counted, Some(expected), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn a_typo_has_a_nearest_name_and_another_word_has_none() {
        let known = ["role", "permission", "scope"];
        assert_eq!(nearest("rol", &known), Some("role"));
        assert_eq!(nearest("permisions", &known), Some("permission"));
        assert_eq!(nearest("Roel", &known), Some("role"));
        assert_eq!(nearest("owner", &known), None);
    }

    #[test]
    fn lists_have_commas_and_a_last_conjunction() {
        assert_eq!(one_of(&[]), "");
        assert_eq!(one_of(&["a"]), "`a`");
        assert_eq!(one_of(&["a", "b", "c"]), "`a`, `b` or `c`");
        assert_eq!(all_of(&["a", "b"]), "`a` and `b`");
    }
}
