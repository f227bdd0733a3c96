//! Generated code uses only the runtime's private module and the user's own tokens.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;

use super::snapshots::SHAPES;
use super::{expand_all, flatten, tokens};
use crate::attribute::Attribute;

/// Words with a meaning in the language itself.
const LANGUAGE: &[&str] = &[
    "enum", "const", "use", "as", "impl", "for", "static", "fn", "let", "mut", "else", "match", "return", "async",
    "await", "move", "true", "usize", "_",
];

/// Attributes, and the lints that they name.
const ATTRIBUTES: &[&str] = &[
    "doc",
    "hidden",
    "allow",
    "non_shorthand_field_patterns",
    "dead_code",
    "unused_imports",
    "unused_mut",
    "unused_parens",
    "unused_braces",
    "unused_variables",
    "clippy",
    "too_many_arguments",
    "used_underscore_binding",
];

/// Declarations, and the fields and items of the runtime's types.
const DECLARED: &[&str] = &[
    "RULE",
    "org",
    "org_of",
    "FROM",
    "READS_SLOTS",
    "load",
    "check",
    "settle",
    "reads",
    "argument",
    "Untold",
    "unrestricted",
    "__auth",
    "__guard",
    "__shown_0",
    "__shown_1",
    "Lend",
    "Own",
    "hidden",
    "__rt",
    "name",
    "need",
    "NEED",
    "static",
    "binding",
    "text",
    "bindings",
    "deny",
    "invalid",
    "reason",
    "takes_org_member",
    "takes",
    "part",
    "fields",
    "settings",
    "hierarchy",
];

#[test]
fn generated_paths_start_in_the_private_module() {
    for (name, source) in SHAPES {
        let written: BTreeSet<String> = flatten(tokens(source)).iter().map(ToString::to_string).collect();
        let expansion = expand_all(source).to_token_stream();
        // A `compile_error!` is not checked, because rustc stops there.
        for word in roots(expansion).iter().filter(|_| !name.starts_with("error")) {
            let known = [LANGUAGE, ATTRIBUTES, DECLARED].concat().contains(&word.as_str());
            let ours = word.starts_with("__auth_") || word == "::auth_runtime::__private";
            assert!(known || ours || written.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn a_crate_path_replaces_the_usual_path_everywhere() {
    for (name, source) in SHAPES.iter().filter(|(name, _)| !name.starts_with("error")) {
        let renamed = with_crate(tokens(source)).to_string();
        let expansion = expand_all(&renamed).to_token_stream().to_string();
        assert!(expansion.contains(":: other :: __private"), "{name}: {expansion}");
        assert!(!expansion.contains("auth_runtime"), "{name}: {expansion}");
    }
}

/// The source with `crate = ::other` in each of our attributes. A path in the source is removed.
fn with_crate(source: TokenStream) -> TokenStream {
    let attribute = |tree: TokenTree| match tree {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
            let mut inside = group.stream().into_iter();
            let name = inside.next();
            let is_ours = name.as_ref().is_some_and(|name| Attribute::from_name(&name.to_string()).is_some());
            let arguments = match inside.next() {
                Some(TokenTree::Group(arguments)) => arguments.stream(),
                _ => TokenStream::new(),
            };
            let own = arguments.to_string().replace("crate = crate :: vendored :: auth", "");
            let separator = if own.is_empty() { "" } else { ", " };
            if is_ours {
                tokens(&format!("[{}({own}{separator}crate = ::other)]", name.expect("a name")))
            } else {
                TokenTree::Group(group).into()
            }
        }
        tree => tree.into(),
    };
    source.into_iter().flat_map(attribute).collect()
}

/// The first segment of every path; for a global path, the first two.
fn roots(stream: TokenStream) -> Vec<String> {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let colons = |index: usize| {
        let is_colon = |at: Option<usize>| matches!(at.and_then(|at| trees.get(at)), Some(TokenTree::Punct(p)) if p.as_char() == ':');
        is_colon(index.checked_sub(1)) && is_colon(index.checked_sub(2))
    };
    let mut found = Vec::new();
    for (index, tree) in trees.iter().enumerate() {
        match tree {
            TokenTree::Group(group) => {
                let inside = roots(group.stream());
                found.extend(inside.into_iter().filter(|_| group.delimiter() != Delimiter::None));
            }
            TokenTree::Ident(word) if !colons(index) => {
                let called = matches!(trees.get(index + 1), Some(TokenTree::Punct(p)) if p.as_char() == '!');
                found.push(if called { format!("{word}!") } else { word.to_string() });
            }
            TokenTree::Ident(word) => {
                let root = index.checked_sub(3).and_then(|at| trees.get(at));
                let continues = matches!(root, Some(TokenTree::Ident(root)) if !LANGUAGE.contains(&root.to_string().as_str()))
                    || matches!(root, Some(TokenTree::Punct(p)) if p.as_char() == '>');
                if !continues {
                    let next = trees.get(index + 3).map(ToString::to_string).unwrap_or_default();
                    found.push(format!("::{word}::{next}"));
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn the_first_segments_of_paths_are_found() {
    let found = roots(tokens("line!(); use ::core::fmt as f; __rt::Some(Ok(a.b)); <X as Y>::Z; x::<::std::String>()"));
    assert_eq!(found.join(" "), "line! use ::core::fmt as f __rt Ok a b X as Y x ::std::String");
}
