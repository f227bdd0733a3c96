//! Atoms with a value: `auth_age <= "5m"`, `claim("plan") == "paid"`.

use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Token, token};

use super::{Grammar, drain};
use crate::condition::{Atom, AtomKind, Condition};
use crate::duration;
use crate::vocabulary::NameKind;

impl Grammar<'_> {
    /// `auth_age <= "5m"`
    pub(super) fn auth_age(&mut self, input: ParseStream<'_>) -> Option<Condition> {
        let word = input.call(Ident::parse_any).ok()?;
        if !input.peek(Token![<=]) {
            self.diag.at(word.span(), "`auth_age` needs an upper bound: write `auth_age <= \"5m\"`");
            return None;
        }
        let at = input.span();
        input.parse::<Token![<=]>().ok()?;
        let Ok(literal) = input.parse::<LitStr>() else {
            self.diag.at(at, "write the bound of `auth_age` as a string: `auth_age <= \"5m\"`");
            return None;
        };
        let seconds = duration::seconds(&literal, self.diag)?;
        Some(Condition::Atom(Atom { seconds: Some(seconds), ..Atom::of(AtomKind::AuthAge) }))
    }

    /// `claim("plan") == "paid"`
    pub(super) fn claim(&mut self, input: ParseStream<'_>) -> Option<Condition> {
        const USAGE: &str = "write `claim(\"name\") == \"value\"`";
        let word = input.call(Ident::parse_any).ok()?;
        if !input.peek(token::Paren) {
            self.diag.at(word.span(), format!("`claim` needs a name and a value: {USAGE}"));
            return None;
        }
        let content = self.parentheses(input)?;
        if content.is_empty() {
            self.diag.at(word.span(), format!("`claim` needs a name and a value: {USAGE}"));
            return None;
        }
        let name = self.name(&content, NameKind::Claim);
        if name.is_some() && !content.is_empty() {
            self.diag.at(content.span(), format!("`claim` takes one name: {USAGE}"));
            drain(&content);
            return None;
        }
        drain(&content);
        let name = name?;
        let at = input.span();
        if !input.peek(Token![==]) {
            let message = if input.peek(Token![!=]) {
                "use `!(claim(\"..\") == \"..\")` instead of `!=`".to_owned()
            } else {
                format!("`claim` needs a value to compare with: {USAGE}")
            };
            self.diag.at(if input.is_empty() { word.span() } else { at }, message);
            return None;
        }
        input.parse::<Token![==]>().ok()?;
        if input.is_empty() || input.peek(Token![,]) {
            self.diag.at(at, "expected a value here: write it as a string");
            return None;
        }
        let value = self.name(input, NameKind::ClaimValue)?;
        Some(Condition::Atom(Atom { name: Some(name), value: Some(value), ..Atom::of(AtomKind::Claim) }))
    }
}
