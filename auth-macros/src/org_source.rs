//! `from = ..`: which part of the request has the organization id.

use proc_macro2::Ident;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Index, LitFloat, LitStr, Member, Token, token};

use crate::diag::{Diag, nearest};
use crate::syntax::parentheses;
use crate::vocabulary::well_formed;

/// The value of `from`.
pub(crate) enum OrgSource {
    /// An argument of the handler, or a field of one.
    Argument { root: Ident, members: Vec<Member> },
    /// `path("x")`
    Path(LitStr),
    /// `query("x")`
    Query(LitStr),
    /// `header("x")`, in lower case.
    Header(LitStr),
    /// `active()`
    Active,
}

const FUNCTIONS: [&str; 4] = ["path", "query", "header", "active"];

/// Parses the value. Returns `None` if an error went to `diag`.
pub(crate) fn parse(input: ParseStream<'_>, key: &Ident, diag: &mut Diag) -> Option<OrgSource> {
    if input.peek(LitStr) {
        let literal: LitStr = input.parse().ok()?;
        let value = literal.value();
        diag.on(
            &literal,
            format!("`from` does not take a string: write an argument without quotes, or `path({value:?})`"),
        );
        return None;
    }
    let Ok(root) = input.parse::<Ident>() else {
        let at = if input.is_empty() || input.peek(Token![,]) { key.span() } else { input.span() };
        diag.at(
            at,
            "`from` takes an argument or a source: write `from = org_id` for an argument, or `path(\"..\")`, `query(\"..\")`, `header(\"..\")` or `active()`",
        );
        return None;
    };
    if input.peek(token::Paren) {
        return call(input, &root, diag);
    }
    let mut members = Vec::new();
    while input.peek(Token![.]) {
        let dot = input.parse::<Token![.]>().ok()?;
        let found = fields(input);
        if found.is_empty() {
            diag.on(dot, "expected a field after `.`: `from` takes an argument or one of its fields, without calls");
            return None;
        }
        members.extend(found);
        if input.peek(token::Paren) {
            diag.at(
                input.span(),
                "`from` takes an argument or one of its fields, without calls: bind the id in a pattern, or implement `AsOrgId` for its type",
            );
            return None;
        }
    }
    Some(OrgSource::Argument { root, members })
}

/// The field after a dot, or two fields, because `0.1` is parsed as a number.
fn fields(input: ParseStream<'_>) -> Vec<Member> {
    if let Ok(member) = input.parse::<Member>() {
        return vec![member];
    }
    let Ok(number) = input.fork().parse::<LitFloat>() else {
        return Vec::new();
    };
    let written = number.to_string();
    let indices = written.split('.').map(|part| {
        let index = part.parse().ok().filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()))?;
        Some(Member::Unnamed(Index { index, span: number.span() }))
    });
    let Some(indices) = indices.collect::<Option<Vec<_>>>() else {
        return Vec::new();
    };
    let _ = input.parse::<LitFloat>();
    indices
}

/// Parses `path("x")`, `query("x")`, `header("x")` or `active()`.
fn call(input: ParseStream<'_>, function: &Ident, diag: &mut Diag) -> Option<OrgSource> {
    let content = match parentheses(input) {
        Ok(content) => content,
        Err(error) => {
            diag.push(error);
            return None;
        }
    };
    let arguments: proc_macro2::TokenStream = content.parse().ok()?;
    let word = function.unraw().to_string();
    if word == "active" {
        if arguments.is_empty() {
            return Some(OrgSource::Active);
        }
        diag.on(arguments, "`active()` takes no arguments: it selects the token's active organization");
        return None;
    }
    let make = match word.as_str() {
        "path" => OrgSource::Path,
        "query" => OrgSource::Query,
        "header" => OrgSource::Header,
        _ => {
            let message = match nearest(&word, &FUNCTIONS) {
                Some(known) => format!("unknown source `{word}`: did you mean `{known}(..)`?"),
                None => format!(
                    "unknown source `{word}`: write `path(\"..\")`, `query(\"..\")`, `header(\"..\")` or `active()`"
                ),
            };
            diag.at(function.span(), message);
            return None;
        }
    };
    let Ok(literal) = syn::parse2::<LitStr>(arguments.clone()) else {
        let message = format!("`{word}` takes one name, as a string: write `{word}(\"..\")`");
        if arguments.is_empty() {
            diag.at(function.span(), message);
        } else {
            diag.on(arguments, message);
        }
        return None;
    };
    well_formed("a name", &literal, diag);
    match word.as_str() {
        "path" => template_free(&literal, diag),
        "header" => return Some(make(header_name(&literal, diag))),
        _ => {}
    }
    Some(make(literal))
}

/// Reports a name in the syntax of a path template.
fn template_free(literal: &LitStr, diag: &mut Diag) {
    let value = literal.value();
    let bare = value.trim_matches(['{', '}', '/', ':', '*']);
    let several = bare.contains(['{', '}', '/']);
    if bare != value && !bare.is_empty() && !several {
        diag.on(literal, format!("use only the parameter name: write `path({bare:?})`"));
    } else if several {
        diag.on(literal, "use the name of one path parameter: write `path(\"org_id\")` for `{org_id}`");
    }
}

/// The name in lower case, as in header maps.
fn header_name(literal: &LitStr, diag: &mut Diag) -> LitStr {
    let value = literal.value();
    let valid = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if !value.is_empty() && value.trim() == value && !value.chars().all(valid) {
        diag.on(literal, "this is not a valid header name: write for example `header(\"x-org-id\")`");
    }
    LitStr::new(&value.to_ascii_lowercase(), literal.span())
}
