//! The position of the guard, and that it is found wherever other macros have moved it.

use proc_macro2::TokenStream;

use crate::attribute::Attribute;
use crate::expand::tests::{expand_one, tokens};

/// The arguments before and after a second attribute for a permission. `G` is the policy of the first attribute, `P`
/// the pair of a guard and an argument, `L` the same for the last argument, `W` the guard alone, `M` the type for a
/// guard in its own argument.
const FOUND: &[(&str, &str)] = &[
    ("_: L<G, M>", "_: L<A, M>"),
    ("_: P<G, M>, x: X", "_: P<A, M>, x: X"),
    ("_: W<G>", "_: L<A, M>"),
    ("P(_, x): P<G, X>, y: Y", "P(_, x): P<A, X>, y: Y"),
    ("L(_, x): L<G, X>", "L(_, x): L<A, X>"),
    // Moved, renamed, joined, or all of these.
    ("x: X, _: P<G, M>", "x: X, _: P<A, M>"),
    ("x: X, P(_, y): P<G, Y>", "x: X, P(_, y): P<A, Y>"),
    ("L(_, x): L<G, X>, y: Y", "P(_, x): P<A, X>, y: Y"),
    ("__arg0: L<G, X>", "__arg0: L<A, X>"),
    ("__arg0: P<G, M>, x: X", "_: P<A, M>, x: X"),
    ("__arg0: W<G>, x: X", "_: P<A, M>, x: X"),
];

/// How the first attribute changes the arguments: the attributes below it, the arguments before, and the arguments
/// after.
const CHOSEN: &[(&str, &str, &str)] = &[
    ("", "", "_: L<F, M>"),
    ("", "x: X, y: Y", "P(_, x): P<F, X>, y: Y"),
    ("", "mut x: X", "L(_, mut x): L<F, X>"),
    ("", "#[a] x: X", "_: P<F, M>, #[a] x: X"),
    ("#[doc = \"x\"] #[must_use] #[allow(x)] #[rustfmt::skip]", "x: X", "L(_, x): L<F, X>"),
    ("#[tracing::instrument(skip(x))]", "x: X", "L(_, x): L<F, X>"),
    ("#[auth_runtime::require_permission(\"p\")]", "x: X", "L(_, x): L<F, X>"),
    ("#[cfg_attr(a, inline, doc = \"x, y\")]", "x: X", "L(_, x): L<F, X>"),
    ("#[cfg_attr(a, inline, utoipa::path(get))]", "x: X", "_: P<F, M>, x: X"),
    ("#[utoipa::path(get)]", "x: X", "_: P<F, M>, x: X"),
    // It might add an argument.
    ("#[utoipa::path(get)]", "", "_: P<F, M>"),
    ("#[inline] #[debug_handler]", "x: X", "_: P<F, M>, x: X"),
];

#[test]
fn an_existing_guard_is_found() {
    for (before, after) in FOUND {
        let both = "::auth_runtime::__private::And<__auth_1_f, __auth_2_f>";
        let inputs = expanded("\"p\"", Attribute::RequirePermission, "", &written(&before.replace('G', "__auth_1_f")));
        assert_eq!(inputs, compact(&tokens(&written(&after.replace('A', both)))), "{before}");
    }
}

#[test]
fn the_position_of_the_guard_is_chosen() {
    for (attrs, before, after) in CHOSEN {
        let inputs = expanded("", Attribute::RequireUser, attrs, before);
        let after = written(&after.replace('F', "__auth_1_f"));
        assert_eq!(inputs, compact(&tokens(&after)), "{attrs} {before}");
    }
}

#[test]
fn errors_reported_by_the_attribute_above_are_still_refused() {
    let item = format!("async fn f(_: {}, x: Self) {{}}", guard("::auth_runtime::__private::DenyAll"));
    let (expansion, diag) = expand_one(Attribute::RequireUser, &tokens(""), &tokens(&item));
    assert!(diag.is_empty());
    assert!(expansion.to_string().matches("DenyAll").count() == 2, "{expansion}");
}

/// Arguments with the runtime's full names.
fn written(inputs: &str) -> String {
    let private = |name: &str| format!("::auth_runtime::__private::{name}");
    let inputs =
        inputs.replace('M', &private("OnlyRoutersCallThisSoDebugHandlerGoesBelow")).replace('W', &private("Guard"));
    inputs.replace('P', &private("Guarded")).replace('L', &private("GuardedLast"))
}

fn guard(policy: &str) -> String {
    format!("::auth_runtime::__private::Guard<{policy}>")
}

/// The text between the parentheses of the expanded function.
fn expanded(attr: &str, attribute: Attribute, attrs: &str, inputs: &str) -> String {
    let item = tokens(&format!("{attrs} async fn f({inputs}) {{}}"));
    let (expansion, diag) = expand_one(attribute, &tokens(attr), &item);
    assert_eq!(diag.messages(), [""; 0]);
    let file: syn::File = syn::parse2(expansion).expect("items");
    let inputs = file.items.into_iter().find_map(|item| match item {
        syn::Item::Fn(handler) => Some(handler.sig.inputs),
        _ => None,
    });
    compact(&quote::quote!(#inputs))
}

/// The text without differences in token spacing.
fn compact(tokens: &TokenStream) -> String {
    tokens.to_string().replace(' ', "")
}
