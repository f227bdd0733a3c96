//! The whole expansion, with attributes and handlers as text.
#![allow(clippy::expect_used, clippy::panic)]

mod corpus;
mod documented;
mod errors;
mod items;
mod names;
mod prefixes;
mod snapshots;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{File, Item, ItemFn, ItemStruct};

use crate::attribute::Attribute;
use crate::diag::Diag;
use crate::expand::expand_with;
use crate::syntax::type_name;
use crate::unit_struct;
use crate::vocabulary::Vocabulary;

/// Expands each of our attributes in a source text, from top to bottom like rustc.
fn expand_all(source: &str) -> File {
    let mut file = syn::parse_file(source).expect("a source file");
    while let Some(index) = file.items.iter().position(|item| ours(item).is_some()) {
        let item = file.items.remove(index);
        let (attribute, at) = ours(&item).expect("an attribute");
        let (attr, below) = match item {
            Item::Fn(mut item) => (item.attrs.remove(at), item.to_token_stream()),
            Item::Struct(mut item) => (item.attrs.remove(at), item.to_token_stream()),
            _ => panic!("a fn or a struct"),
        };
        let (expansion, _) = expand_one(attribute, &attribute_args(&attr), &below);
        let expansion: File = syn::parse2(expansion.clone()).unwrap_or_else(|error| panic!("{error}: {expansion}"));
        file.items.splice(index..index, expansion.items);
    }
    let items = file.items.into_iter().flat_map(|item| match item {
        Item::Struct(item) => implemented(item),
        item => vec![item],
    });
    File { items: items.collect(), ..file }
}

/// The expansion of `policy_of` on a struct.
fn implemented(mut item: ItemStruct) -> Vec<Item> {
    let is_last = |attr: &syn::Attribute| attr.path().segments.last().is_some_and(|last| last.ident == "policy_of");
    let Some(at) = item.attrs.iter().position(is_last) else { return vec![Item::Struct(item)] };
    let attr = item.attrs.remove(at);
    let expansion = unit_struct::implement(attribute_args(&attr), item.to_token_stream());
    syn::parse2::<File>(expansion).expect("items").items
}

pub(crate) fn expand_one(attribute: Attribute, attr: &TokenStream, item: &TokenStream) -> (TokenStream, Diag) {
    expand_with(attribute, attr.clone(), item, &Ok(Vocabulary::default()))
}

fn ours(item: &Item) -> Option<(Attribute, usize)> {
    let (Item::Fn(ItemFn { attrs, .. }) | Item::Struct(ItemStruct { attrs, .. })) = item else { return None };
    attrs.iter().enumerate().find_map(|(index, attr)| {
        let name = attr.path().segments.last()?.ident.to_string();
        Some((Attribute::from_name(&name)?, index))
    })
}

fn attribute_args(attr: &syn::Attribute) -> TokenStream {
    match &attr.meta {
        syn::Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    }
}

/// Valid attributes, and a handler that fits each of them.
const VALID: &[(Attribute, &str)] = &[
    (Attribute::Public, r#"reason = "load balancer probe", crate = ::auth"#),
    (Attribute::OptionalUser, "invalid = reject, deny = not_found, check = open(&db).await"),
    (Attribute::RequireUser, r#"role >= "Admin" || issuer("own") && !impersonated, deny = forbidden"#),
    (Attribute::RequireUser, r"email_verified, check = matches!(id, Some(n) if n > 1), crate = crate::auth,"),
    (Attribute::RequireOrg, r#"(role == ADMIN || permission("a::b")) && !(scope(scopes::READ)), from = params.org.id"#),
    (Attribute::RequireOrg, r#"from = path("org_id"), check = { let n = f::<A, B>(id)?; Ok::<_, E>(n > 1) }"#),
    (Attribute::RequireOrg, r#"role >= roles::ADMIN, from = header("X-Org-Id")"#),
    (Attribute::RequirePermission, r#""can_view" && (perm::EDIT || permission("x")), from = active()"#),
    (Attribute::RequirePermission, r#""can_view", from = query("org"), deny = not_found"#),
];

pub(crate) const HANDLER: &str = r"
    pub async fn handler(
        State(db): State<Db>,
        params: Query<Params>,
        Path(id): Path<Uuid>,
        Json(doc): Json<Doc>,
    ) -> Result<Json<Doc>, Error> { body? }
";

pub(crate) fn tokens(text: &str) -> TokenStream {
    text.parse().unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Every token at every depth.
fn flatten(tokens: TokenStream) -> Vec<TokenTree> {
    tokens
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Group(group) => flatten(group.stream()),
            token => vec![token],
        })
        .collect()
}

/// Whether a function has exactly one guard among its arguments, alone or in a pair.
pub(crate) fn is_guarded(expansion: &TokenStream) -> bool {
    let file: File = match syn::parse2(expansion.clone()) {
        Ok(file) => file,
        Err(error) => panic!("{error}: {expansion}"),
    };
    let handler = file.items.iter().find_map(|item| match item {
        Item::Fn(handler) => Some(handler),
        _ => None,
    });
    let inputs = handler.into_iter().flat_map(|handler| &handler.sig.inputs);
    let types = inputs.filter_map(|arg| match arg {
        syn::FnArg::Typed(arg) => type_name(&arg.ty).map(ToString::to_string),
        syn::FnArg::Receiver(_) => None,
    });
    let guards = ["Guard", "Guarded", "GuardedLast", "GuardedWith", "GuardedWithLast"];
    let guards = types.filter(|name| guards.contains(&name.as_str())).count();
    guards == 1
}
