//! The generic parameters of a handler that its policy type repeats.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{GenericParam, Generics, Type};

use crate::diag::Diag;
use crate::syntax::same;

/// The type and const parameters that the types of the sources do not determine.
pub(super) fn phantom_params(generics: &Generics, sources: &TokenStream, diag: &mut Diag) -> Vec<TokenStream> {
    let mut phantom_params = Vec::new();
    for param in &generics.params {
        match param {
            GenericParam::Type(param) if !determines(sources, &param.ident) => {
                phantom_params.push(param.ident.to_token_stream());
            }
            GenericParam::Const(param) if !determines(sources, &param.ident) => {
                let ident = &param.ident;
                if param.ty.to_token_stream().to_string() == "usize" {
                    phantom_params.push(quote_spanned!(Span::mixed_site()=> [(); #ident]));
                } else {
                    diag.on(
                        &param.ty,
                        "a const parameter of a guarded handler must be `usize`: change its type, or use a type parameter",
                    );
                }
            }
            _ => {}
        }
    }
    phantom_params
}

/// Whether a type means the same outside its handler: it has no generic parameter, no lifetime and no `impl`.
pub(super) fn is_concrete(ty: &Type, generics: &Generics) -> bool {
    is_concrete_in(ty.to_token_stream(), generics)
}

fn is_concrete_in(tokens: TokenStream, generics: &Generics) -> bool {
    let is_param = |ident: &Ident| {
        generics.params.iter().any(|param| match param {
            GenericParam::Type(param) => same(&param.ident, ident),
            GenericParam::Const(param) => same(&param.ident, ident),
            GenericParam::Lifetime(_) => false,
        })
    };
    let is_open = |ident: &Ident| is_param(ident) || ["impl", "Self", "_"].iter().any(|word| ident == word);
    tokens.into_iter().all(|token| match token {
        TokenTree::Ident(ident) => !is_open(&ident),
        TokenTree::Punct(punct) => punct.as_char() != '\'' && punct.as_char() != '&',
        TokenTree::Group(group) => is_concrete_in(group.stream(), generics),
        TokenTree::Literal(_) => true,
    })
}

/// Whether a type contains a parameter directly: `R::Id` does not determine `R`.
fn determines(types: &TokenStream, param: &Ident) -> bool {
    let tokens: Vec<TokenTree> = types.clone().into_iter().collect();
    tokens.iter().enumerate().any(|(index, token)| match token {
        TokenTree::Ident(ident) if same(ident, param) => {
            let projected = match tokens.get(index + 1) {
                Some(TokenTree::Punct(punct)) => punct.as_char() == ':',
                Some(TokenTree::Ident(ident)) => ident == "as",
                _ => false,
            };
            !projected
        }
        TokenTree::Group(group) => determines(&group.stream(), param),
        _ => false,
    })
}

/// The handler's generics without the lifetimes that no source and no bound uses.
pub(super) fn used_lifetimes(generics: &Generics, sources: &TokenStream) -> Generics {
    if generics.params.is_empty() {
        return generics.clone();
    }
    let bounds = generics.type_params().map(|param| &param.bounds);
    let clause = &generics.where_clause;
    let lifetimes = generics.lifetimes().map(|param| &param.bounds);
    let named = lifetimes_in(quote!(#sources #(#bounds)* #clause #(#lifetimes)*));
    let mut generics = generics.clone();
    generics.params = generics
        .params
        .into_iter()
        .filter(|param| match param {
            GenericParam::Lifetime(param) => named.contains(&param.lifetime.ident.to_string()),
            _ => true,
        })
        .collect();
    generics
}

fn lifetimes_in(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut quoted = false;
    for token in tokens {
        match &token {
            TokenTree::Ident(ident) if quoted => found.push(ident.to_string()),
            TokenTree::Group(group) => found.extend(lifetimes_in(group.stream())),
            _ => {}
        }
        quoted = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
    }
    found
}
