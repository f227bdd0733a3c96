//! Incomplete and mistyped attributes always expand to a guard, and never panic.

use proc_macro2::{Group, TokenStream, TokenTree};

use super::{HANDLER, VALID, expand_one, is_guarded, tokens};
use crate::attribute::Attribute;

#[test]
fn the_attributes_of_this_test_are_valid() {
    for (attribute, attr) in VALID {
        let (expansion, diag) = expand_one(*attribute, &tokens(attr), &tokens(HANDLER));
        assert_eq!(diag.messages(), [""; 0], "{attr}");
        assert!(is_guarded(&expansion), "{attr}");
    }
}

#[test]
fn every_incomplete_attribute_guards() {
    for (attribute, attr) in VALID {
        for prefix in prefixes(tokens(attr)) {
            for attribute in Attribute::ALL {
                guards(attribute, &prefix);
            }
        }
        for (end, _) in attr.char_indices() {
            // An unclosed string is not a token: rustc reports it before us.
            if let Ok(prefix) = attr.get(..end).unwrap_or_default().parse() {
                guards(*attribute, &prefix);
            }
        }
    }
}

#[test]
fn every_attribute_with_one_wrong_token_guards() {
    for (attribute, attr) in VALID {
        for slip in slips(&tokens(attr)) {
            guards(*attribute, &slip);
        }
    }
}

#[test]
fn a_refused_attribute_refuses_every_request() {
    for (attribute, attr) in VALID {
        for slip in prefixes(tokens(attr)).chain(slips(&tokens(attr))) {
            let (expansion, diag) = expand_one(*attribute, &slip, &tokens(HANDLER));
            let denies = expansion.to_string().contains("DenyAll");
            assert_eq!(denies, !diag.is_empty(), "{slip}");
        }
    }
}

fn guards(attribute: Attribute, attr: &TokenStream) {
    let (expansion, _) = expand_one(attribute, attr, &tokens(HANDLER));
    assert!(is_guarded(&expansion), "{}: {attr}", attribute.name());
}

/// The text before each token, with the surrounding groups closed.
fn prefixes(stream: TokenStream) -> impl Iterator<Item = TokenStream> {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut found = Vec::new();
    for index in 0..=trees.len() {
        let before: TokenStream = trees.iter().take(index).cloned().collect();
        if let Some(TokenTree::Group(group)) = trees.get(index) {
            for inside in prefixes(group.stream()).collect::<Vec<_>>() {
                let mut prefix = before.clone();
                prefix.extend([TokenTree::from(Group::new(group.delimiter(), inside))]);
                found.push(prefix);
            }
        }
        found.push(before);
    }
    found.into_iter()
}

/// The attribute with each token removed, doubled, or replaced by another.
fn slips(stream: &TokenStream) -> Vec<TokenStream> {
    let trees: Vec<TokenTree> = stream.clone().into_iter().collect();
    let others: Vec<TokenTree> = tokens(r#"= == , . ! & && | < "" 1 x from role (x) {} 'a"#).into_iter().collect();
    let with = |index: usize, middle: TokenStream| -> TokenStream {
        let before = trees.iter().take(index).cloned();
        before.chain(middle).chain(trees.iter().skip(index + 1).cloned()).collect()
    };
    let mut found = Vec::new();
    for (index, tree) in trees.iter().enumerate() {
        found.push(with(index, TokenStream::new()));
        found.push(with(index, [tree.clone(), tree.clone()].into_iter().collect()));
        found.extend(others.iter().map(|other| with(index, other.clone().into())));
        if let TokenTree::Group(group) = tree {
            for inside in slips(&group.stream()) {
                found.push(with(index, TokenTree::from(Group::new(group.delimiter(), inside)).into()));
            }
        }
    }
    found
}
