//! The values of keys.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Expr, LitStr, Path, Token};

use super::{Reader, skip_to_comma, too_long};
use crate::diag::{nearest, one_of};
use crate::duration;
use crate::runtime_path::RuntimePath;
use crate::vocabulary::well_formed;

impl Reader<'_> {
    /// Parses one of two words. Returns whether it is the second one.
    pub(super) fn choice(&mut self, input: ParseStream<'_>, key: &Ident, words: &[&str; 2]) -> bool {
        let at = at_or(input, key);
        let found = input.call(Ident::parse_any).map(|word| word.to_string());
        let [default, other] = words;
        match found {
            Ok(word) if word == *default => false,
            Ok(word) if word == *other => true,
            found => {
                let hint = found.ok().and_then(|word| nearest(&word, words));
                let list = one_of(words);
                self.diag.at(
                    at,
                    match hint {
                        Some(near) => format!("`{key}` must be {list}: did you mean `{near}`?"),
                        None => format!("`{key}` must be {list}, without quotes"),
                    },
                );
                false
            }
        }
    }

    pub(super) fn reason(&mut self, input: ParseStream<'_>, key: &Ident) -> Option<LitStr> {
        let at = at_or(input, key);
        let Ok(reason) = input.parse::<LitStr>() else {
            self.diag.at(at, "`reason` must be a string: write `reason = \"why this is public\"`");
            return None;
        };
        well_formed("a reason", &reason, self.diag);
        Some(reason)
    }

    pub(super) fn fresh(&mut self, input: ParseStream<'_>, key: &Ident) -> Option<u32> {
        let at = at_or(input, key);
        let Ok(literal) = input.parse::<LitStr>() else {
            self.diag.at(at, "`fresh` must be a duration as a string: write `fresh = \"0s\"`");
            return None;
        };
        duration::seconds(&literal, self.diag)
    }

    pub(super) fn expression(&mut self, input: ParseStream<'_>, key: &Ident) -> Option<Expr> {
        let at = at_or(input, key);
        if input.is_empty() || input.peek(Token![,]) {
            let example = match key.to_string().as_str() {
                "load" => "load = db.post_of(user.id(), id).await",
                _ => "check = owns(&user, id).await",
            };
            self.diag.at(at, format!("`{key}` needs a Rust expression: write for example `{example}`"));
            return None;
        }
        if let Some(at) = too_long(input) {
            self.diag.at(at, format!("this `{key}` is too long: move it to a function and call that"));
            skip_to_comma(input);
            return None;
        }
        match input.parse::<Expr>() {
            Ok(Expr::Assign(assign)) => {
                self.diag.on(assign.eq_token, format!("found `=` in `{key}`: use `==` to compare"));
                None
            }
            Ok(expression) => Some(expression),
            Err(error) => {
                let message = error.to_string();
                // The end of the input has no location of its own.
                let unfinished = message.starts_with("unexpected end of input");
                let at = if unfinished { at } else { error.span() };
                self.diag.at(at, format!("`{key}` is not a valid Rust expression: {message}"));
                None
            }
        }
    }

    pub(super) fn runtime(&mut self, input: ParseStream<'_>, key: &Ident) -> Option<RuntimePath> {
        let at = at_or(input, key);
        match input.call(Path::parse_mod_style).map(RuntimePath::at) {
            Ok(Ok(runtime)) => Some(runtime),
            Ok(Err(path)) => {
                self.diag.on(path, "`crate` must be an absolute path: start it with `::` or `crate::`");
                None
            }
            Err(_) => {
                self.diag.at(
                    at,
                    "`crate` must be an absolute path without quotes: write `crate = ::path::to::auth_runtime`",
                );
                None
            }
        }
    }
}

/// The location of a value, or of its key if there is no value.
fn at_or(input: ParseStream<'_>, key: &Ident) -> Span {
    if input.is_empty() || input.peek(Token![,]) { key.span() } else { input.span() }
}
