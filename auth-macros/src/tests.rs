//! Expansion as a whole, over the texts of attributes and handlers.
#![allow(clippy::expect_used, clippy::panic)]

mod conditions;
mod corpus;
mod depth;
mod documented;
mod errors;
mod items;
mod names;
mod places;
mod prefixes;
mod round_trips;
mod snapshots;
mod vocabulary;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{File, Item, ItemFn};

use crate::diag::Diag;
use crate::expand::expand_with;
use crate::kind::Kind;
use crate::syntax::type_name;
use crate::vocabulary::Vocabulary;

/// Expands every attribute of ours in a source text, top to bottom as rustc does.
fn expand_all(source: &str) -> File {
    let mut file = syn::parse_file(source).expect("a source file");
    while let Some(index) = file.items.iter().position(|item| ours(item).is_some()) {
        let item = file.items.remove(index);
        let (kind, at) = ours(&item).expect("an attribute");
        let Item::Fn(mut handler) = item else { panic!("a fn") };
        let attr = handler.attrs.remove(at);
        let (expansion, _) = expand_one(kind, &attribute_args(&attr), &handler.to_token_stream());
        let expansion: File = syn::parse2(expansion.clone()).unwrap_or_else(|error| panic!("{error}: {expansion}"));
        file.items.splice(index..index, expansion.items);
    }
    file
}

fn expand_one(kind: Kind, attr: &TokenStream, item: &TokenStream) -> (TokenStream, Diag) {
    expand_with(kind, attr.clone(), item, &Ok(Vocabulary::default()))
}

fn ours(item: &Item) -> Option<(Kind, usize)> {
    let Item::Fn(ItemFn { attrs, .. }) = item else { return None };
    attrs.iter().enumerate().find_map(|(index, attr)| {
        let name = attr.path().segments.last()?.ident.to_string();
        Some((Kind::from_name(&name)?, index))
    })
}

fn attribute_args(attr: &syn::Attribute) -> TokenStream {
    match &attr.meta {
        syn::Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    }
}

/// Attributes that are right, and a handler that each of them fits.
const VALID: &[(Kind, &str)] = &[
    (Kind::Public, r#"reason = "load balancer probe", crate = ::auth"#),
    (Kind::OptionalUser, "invalid = reject, deny = not_found, check = open(&db).await"),
    (Kind::RequireUser, r#"role >= "Admin" || issuer("own") && !impersonated, deny = forbidden"#),
    (Kind::RequireUser, r"email_verified, check = matches!(id, Some(n) if n > 1), crate = crate::auth,"),
    (Kind::RequireOrg, r#"(role == ADMIN || permission("a::b")) && !(scope(scopes::READ)), from = params.org.id"#),
    (Kind::RequireOrg, r#"from = path("org_id"), check = { let n = f::<A, B>(id)?; Ok::<_, E>(n > 1) }"#),
    (Kind::RequireOrg, r#"role >= roles::ADMIN, from = header("X-Org-Id")"#),
    (Kind::RequirePermission, r#""can_view" && (perm::EDIT || permission("x")), from = active()"#),
    (Kind::RequirePermission, r#""can_view", from = query("org"), deny = not_found"#),
];

const HANDLER: &str = r"
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

/// Whether a fn has exactly one guard among its arguments, alone or in a pair.
fn is_guarded(expansion: &TokenStream) -> bool {
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
    let guards = types.filter(|name| ["Guard", "Guarded", "GuardedLast"].contains(&name.as_str())).count();
    guards == 1
}
