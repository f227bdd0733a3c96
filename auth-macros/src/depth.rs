//! How deep arguments may nest: the parsers call themselves for each level, on the stack of rustc, which dies without
//! a word where that ends.

#[cfg(test)]
pub(crate) mod tests;

use proc_macro2::{Span, TokenStream, TokenTree};

/// Of the arguments: groups within groups, and `!` before each other.
pub(crate) const LEVELS: usize = 64;

/// Of an expression: tokens since the last `;`, with those before the groups around. Nearly each of them can open a
/// level of its own (`!`, `&`, `return`, `Vec<`), and a level of Rust takes up to 32 KiB where nothing is optimized.
pub(crate) const TOKENS: usize = 128;

/// The first token that stands deeper than [`LEVELS`].
pub(crate) fn beyond_levels(arguments: TokenStream) -> Option<Span> {
    beyond(arguments, LEVELS, |token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '!'))
}

/// The first token that may stand deeper than [`TOKENS`].
pub(crate) fn beyond_tokens(expression: TokenStream) -> Option<Span> {
    beyond(expression, TOKENS, |token| !matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'))
}

/// The first token that stands deeper than `limit`, where each group is a level, and each other token that `opens` one
/// for what follows it.
fn beyond(tokens: TokenStream, limit: usize, opens: fn(&TokenTree) -> bool) -> Option<Span> {
    // Of each group around: what is left of it, how deep it stands, and how deep its next token does.
    let mut around = vec![(tokens.into_iter(), 0, 0)];
    while let Some((rest, outer, depth)) = around.last_mut() {
        let Some(token) = rest.next() else {
            around.pop();
            continue;
        };
        if *depth > limit {
            return Some(token.span());
        }
        let inner = *depth + 1;
        *depth = if opens(&token) { inner } else { *outer };
        if let TokenTree::Group(group) = token {
            around.push((group.stream().into_iter(), inner, inner));
        }
    }
    None
}
