//! `unrestricted(file_id, reason = "..")`: a parameter of the path that guards need not read.

use proc_macro2::{Ident, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{LitStr, Token, token};

use crate::diag::Diag;
use crate::syntax::parentheses;
use crate::vocabulary::well_formed;

/// A parameter, and why guards need not read it.
pub(crate) struct Unrestricted {
    pub(crate) parameter: String,
    pub(crate) reason: LitStr,
}

const USAGE: &str = "write `unrestricted(file_id, reason = \"why every caller may name any file\")`";

pub(crate) fn is_next(input: ParseStream<'_>) -> bool {
    let word = input.fork().call(Ident::parse_any);
    word.is_ok_and(|word| word == "unrestricted") && input.peek2(token::Paren)
}

/// Parses one or more parameters and their reason. Returns nothing if an error went to `diag`.
pub(crate) fn parse(input: ParseStream<'_>, diag: &mut Diag) -> Vec<Unrestricted> {
    let Ok(word) = input.call(Ident::parse_any) else { return Vec::new() };
    let inside = parentheses(input).and_then(|content| content.parse::<TokenStream>());
    match inside.and_then(|inside| read.parse2(inside)) {
        Ok((parameters, reason)) if !parameters.is_empty() => {
            well_formed("a reason", &reason, diag);
            let of = |parameter| Unrestricted { parameter, reason: reason.clone() };
            parameters.into_iter().map(of).collect()
        }
        _ => {
            diag.at(word.span(), format!("`unrestricted` needs a parameter of the path and a reason: {USAGE}"));
            Vec::new()
        }
    }
}

fn read(input: ParseStream<'_>) -> syn::Result<(Vec<String>, LitStr)> {
    let mut parameters = Vec::new();
    while !(input.peek(Ident::peek_any) && input.peek2(Token![=])) {
        parameters.push(if input.peek(LitStr) {
            input.parse::<LitStr>()?.value()
        } else {
            input.call(Ident::parse_any)?.unraw().to_string()
        });
        input.parse::<Token![,]>()?;
    }
    let key = input.call(Ident::parse_any)?;
    if key != "reason" {
        return Err(syn::Error::new(key.span(), USAGE));
    }
    input.parse::<Token![=]>()?;
    let reason = input.parse()?;
    input.parse::<Option<Token![,]>>()?;
    Ok((parameters, reason))
}
