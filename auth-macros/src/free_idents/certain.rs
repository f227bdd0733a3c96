//! What makes it uncertain whether an expression reads a name.

use proc_macro2::{TokenStream, TokenTree};
use syn::Pat;

/// Whether there is a `#[cfg(..)]` or a `#[cfg_attr(..)]`.
pub(super) fn has_cfg(tokens: TokenStream) -> bool {
    let mut after_pound = false;
    tokens.into_iter().any(|token| {
        let found = match &token {
            TokenTree::Group(group) if after_pound => {
                let first = group.stream().into_iter().next();
                matches!(first, Some(TokenTree::Ident(word)) if word == "cfg" || word == "cfg_attr")
            }
            TokenTree::Group(group) => has_cfg(group.stream()),
            _ => false,
        };
        after_pound = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#');
        found
    })
}

/// Whether a pattern may take one part of a value and not another.
pub(super) fn takes_apart(pat: &Pat) -> bool {
    match pat {
        Pat::Paren(paren) => takes_apart(&paren.pat),
        Pat::Guard(guarded) => takes_apart(&guarded.pat),
        Pat::Reference(reference) => takes_apart(&reference.pat),
        Pat::Type(typed) => takes_apart(&typed.pat),
        Pat::Ident(binding) => binding.subpat.as_ref().is_some_and(|(_, inner)| takes_apart(inner)),
        Pat::Or(or) => or.cases.iter().any(takes_apart),
        // `Some` contains the whole value.
        Pat::TupleStruct(tuple) => {
            let is_whole = tuple.path.segments.last().is_some_and(|last| {
                let name = last.ident.to_string();
                ["Some", "Ok", "Err"].contains(&name.as_str())
            });
            !is_whole || tuple.elems.iter().any(takes_apart)
        }
        Pat::Struct(_) | Pat::Tuple(_) | Pat::Slice(_) => true,
        _ => false,
    }
}

/// The patterns of the items of a tuple of this length.
pub(super) fn items(pat: &Pat, count: usize) -> Option<Vec<&Pat>> {
    match pat {
        Pat::Paren(paren) => items(&paren.pat, count),
        Pat::Guard(guarded) => items(&guarded.pat, count),
        Pat::Tuple(tuple) if tuple.elems.len() == count => {
            let has_rest = tuple.elems.iter().any(|item| matches!(item, Pat::Rest(_)));
            (!has_rest).then(|| tuple.elems.iter().collect())
        }
        _ => None,
    }
}
