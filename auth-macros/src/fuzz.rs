//! The checks of the fuzz targets: any attribute on any item expands to code with a guard or to `compile_error!`, and
//! any `auth.toml` is accepted, or refused with an error, without a panic. This is not a part of the macros themselves.
#![allow(clippy::panic)]

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::Item;

use crate::attribute::Attribute;
use crate::expand::expand_with;
use crate::vocabulary::{self, Vocabulary};

const HANDLER: &str = "pub async fn handler(State(db): State<Db>, Path(org_id): Path<Uuid>, params: Query<Params>, \
    user: User, Json(doc): Json<Doc>) -> Result<Json<Doc>, Error> { body? }";

/// `NAME ARGUMENTS`, or `NAME ARGUMENTS`, a zero byte, and the item.
pub fn attribute(input: &[u8]) {
    let Ok(input) = std::str::from_utf8(input) else { return };
    let (name, rest) = input.split_once(' ').unwrap_or((input, ""));
    let attribute = Attribute::from_name(name).unwrap_or(Attribute::RequireUser);
    let (arguments, item) = rest.split_once('\0').unwrap_or((rest, HANDLER));
    // rustc parses the types of the function first, and limits their nesting. Here, short items replace that limit.
    if item.len() > 1_024 {
        return;
    }
    // rustc refuses input that is not tokens before a macro is called.
    let (Ok(arguments), Ok(item)) = (arguments.parse::<TokenStream>(), item.parse::<TokenStream>()) else { return };
    let is_one_item = syn::parse2::<Item>(item.clone()).is_ok();
    let is_handler = matches!(syn::parse2(item.clone()), Ok(Item::Fn(_)));
    let is_struct = matches!(syn::parse2(item.clone()), Ok(Item::Struct(_)));
    let is_guarded_already = flatten(item.clone()).iter().any(is_guard);
    let (expansion, diag) = expand_with(attribute, arguments, &item, &Ok(Vocabulary::default()));
    let text = expansion.to_string();
    let failed = !diag.is_empty();
    assert_eq!(failed, text.contains("compile_error"), "{text}");
    // An attribute is on an item that rustc has parsed.
    if !is_one_item {
        return;
    }
    let file: syn::File = match syn::parse2(expansion) {
        Ok(file) => file,
        Err(error) => panic!("not code: {error}: {text}"),
    };
    if is_struct {
        // A struct that cannot be a policy gets an error, and every other one becomes a policy.
        assert!(failed || text.contains("policy_of"), "no policy: {text}");
        return;
    }
    if !is_handler {
        assert!(failed, "accepted on an item that is not a function: {text}");
        return;
    }
    let handlers: Vec<_> =
        file.items.iter().filter_map(|item| if let Item::Fn(handler) = item { Some(handler) } else { None }).collect();
    let [handler] = handlers.as_slice() else { panic!("expected the function exactly once: {text}") };
    let inputs = &handler.sig.inputs;
    let types = inputs.iter().filter_map(|arg| match arg {
        syn::FnArg::Typed(arg) => Some(arg.ty.to_token_stream()),
        syn::FnArg::Receiver(_) => None,
    });
    let guards = types.flat_map(flatten).filter(is_guard).count();
    assert!(guards >= 1, "no guard: {text}");
    if !is_guarded_already {
        assert_eq!(guards, 1, "{text}");
        assert_eq!(failed, text.contains("DenyAll"), "an error denies, and nothing else does: {text}");
    }
}

fn is_guard(token: &TokenTree) -> bool {
    const GUARDS: [&str; 5] = ["Guard", "Guarded", "GuardedLast", "GuardedWith", "GuardedWithLast"];
    matches!(token, TokenTree::Ident(name) if GUARDS.iter().any(|guard| name == guard))
}

fn flatten(tokens: TokenStream) -> Vec<TokenTree> {
    let mut found = Vec::new();
    let mut open = vec![tokens.into_iter()];
    while let Some(tokens) = open.last_mut() {
        match tokens.next() {
            None => {
                open.pop();
            }
            Some(TokenTree::Group(group)) => open.push(group.stream().into_iter()),
            Some(token) => found.push(token),
        }
    }
    found
}

/// An accepted `auth.toml` has distinct names, and a refused one is reported with its line.
pub fn auth_toml(input: &[u8]) {
    match vocabulary::parse(input) {
        Ok(vocabulary) => {
            let roles = vocabulary.roles.unwrap_or_default();
            assert!(vocabulary.hierarchy.iter().all(|role| roles.contains(role)));
            for names in [roles, vocabulary.permissions.unwrap_or_default(), vocabulary.scopes.unwrap_or_default()] {
                let distinct: std::collections::BTreeSet<_> = names.iter().collect();
                assert_eq!(distinct.len(), names.len(), "{names:?}");
                assert!(names.iter().all(|name| !name.trim().is_empty()), "{names:?}");
            }
        }
        Err((line, message)) => {
            let lines = input.split(|byte| *byte == b'\n').count();
            assert!((1..=lines).contains(&line) && !message.contains('\n'), "line {line}: {message}");
        }
    }
}
