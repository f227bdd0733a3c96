//! Limits the nesting of arguments. The parsers recurse once for each level. If the stack of rustc overflows, rustc
//! crashes without an error message.

#[cfg(test)]
pub(crate) mod tests;

use proc_macro2::{Span, TokenStream, TokenTree};

/// The limit for arguments: nested groups, and consecutive `!`.
pub(crate) const LEVELS: usize = 64;

/// The limit for the tokens of an expression. It counts the tokens since the last `;`, including those before each
/// surrounding group. Nearly every token can start a level (`!`, `&`, `return`, `Vec<`), and a level of Rust takes up
/// to 32 KiB in an unoptimized build.
pub(crate) const TOKENS: usize = 128;

/// The first token that is nested deeper than [`LEVELS`].
pub(crate) fn beyond_levels(arguments: TokenStream) -> Option<Span> {
    beyond(arguments, LEVELS, |token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '!'))
}

/// The first token that may be nested deeper than [`TOKENS`].
pub(crate) fn beyond_tokens(expression: TokenStream) -> Option<Span> {
    beyond(expression, TOKENS, |token| !matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'))
}

/// The first token that is nested deeper than `limit`. Each group is a level. Each other token for which `opens` is
/// true is a level for the tokens after it.
fn beyond(tokens: TokenStream, limit: usize, opens: fn(&TokenTree) -> bool) -> Option<Span> {
    // For each surrounding group: the rest of it, its depth, and the depth of its next token.
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
