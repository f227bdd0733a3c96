//! Where the guard goes, and that one is found wherever other macros have left it.

use proc_macro2::TokenStream;

use super::{expand_one, tokens};
use crate::kind::Kind;

/// The arguments before and after a second attribute, a permission; `G` is the first one's guard, `M` the type that
/// stands beside a guard with an argument of its own.
const FOUND: &[(&str, &str)] = &[
    ("_: (G, M)", "_: (A, M)"),
    ("_: (G, M), x: X", "_: (A, M), x: X"),
    ("_: G", "_: (A, M)"),
    ("(_, x): (G, X), y: Y", "(_, x): (A, X), y: Y"),
    // Moved, renamed, or both.
    ("x: X, _: (G, M)", "x: X, _: (A, M)"),
    ("x: X, (_, y): (G, Y)", "x: X, (_, y): (A, Y)"),
    ("__arg0: (G, X)", "__arg0: (A, X)"),
    ("__arg0: (G, M), x: X", "_: (A, M), x: X"),
    ("__arg0: G, x: X", "_: (A, M), x: X"),
];

/// The arguments before and after a first attribute, with the attributes below it.
const CHOSEN: &[(&str, &str, &str)] = &[
    ("", "", "_: (F, M)"),
    ("", "x: X, y: Y", "(_, x): (F, X), y: Y"),
    ("", "mut x: X", "(_, mut x): (F, X)"),
    ("", "#[a] x: X", "_: (F, M), #[a] x: X"),
    ("#[doc = \"x\"] #[must_use] #[allow(x)] #[rustfmt::skip]", "x: X", "(_, x): (F, X)"),
    ("#[tracing::instrument(skip(x))]", "x: X", "(_, x): (F, X)"),
    ("#[auth_runtime::require_permission(\"p\")]", "x: X", "(_, x): (F, X)"),
    ("#[cfg_attr(a, inline, doc = \"x, y\")]", "x: X", "(_, x): (F, X)"),
    ("#[cfg_attr(a, inline, utoipa::path(get))]", "x: X", "_: (F, M), x: X"),
    ("#[utoipa::path(get)]", "x: X", "_: (F, M), x: X"),
    ("#[inline] #[debug_handler]", "x: X", "_: (F, M), x: X"),
];

const MARKER: &str = "::auth_runtime::__private::DebugHandlerGoesBelow";

#[test]
fn a_guard_is_found() {
    for (before, after) in FOUND {
        let first = guard("__auth_1_f");
        let both = "::auth_runtime::__private::Guard<
            ::auth_runtime::__private::And<__auth_1_f, __auth_2_f>,
            (::auth_runtime::__private::NoSource, ::auth_runtime::__private::NoSource),
            (::auth_runtime::__private::NoSource, ::auth_runtime::__private::NoSource)>";
        let inputs = expanded("\"p\"", Kind::RequirePermission, "", &before.replace('G', &first).replace('M', MARKER));
        assert_eq!(inputs, compact(&tokens(&after.replace('A', both).replace('M', MARKER))), "{before}");
    }
}

#[test]
fn a_place_is_chosen() {
    for (attrs, before, after) in CHOSEN {
        let inputs = expanded("", Kind::RequireUser, attrs, before);
        let after = after.replace('F', &guard("__auth_1_f")).replace('M', MARKER);
        assert_eq!(inputs, compact(&tokens(&after)), "{attrs} {before}");
    }
}

#[test]
fn what_the_attribute_above_reported_is_refused_all_the_same() {
    let item = format!("async fn f(_: {}, x: Self) {{}}", guard("::auth_runtime::__private::DenyAll"));
    let (expansion, diag) = expand_one(Kind::RequireUser, &tokens(""), &tokens(&item));
    assert!(diag.is_empty());
    assert!(expansion.to_string().matches("DenyAll").count() == 2, "{expansion}");
}

fn guard(policy: &str) -> String {
    format!("::auth_runtime::__private::Guard<{policy}>")
}

/// What stands between the parentheses of the expanded fn.
fn expanded(attr: &str, kind: Kind, attrs: &str, inputs: &str) -> String {
    let item = tokens(&format!("{attrs} async fn f({inputs}) {{}}"));
    let (expansion, diag) = expand_one(kind, &tokens(attr), &item);
    assert_eq!(diag.messages(), [""; 0]);
    let file: syn::File = syn::parse2(expansion).expect("items");
    let inputs = file.items.into_iter().find_map(|item| match item {
        syn::Item::Fn(handler) => Some(handler.sig.inputs),
        _ => None,
    });
    compact(&quote::quote!(#inputs))
}

/// Text that does not tell how tightly tokens were written.
fn compact(tokens: &TokenStream) -> String {
    tokens.to_string().replace(' ', "")
}
