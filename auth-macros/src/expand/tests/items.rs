//! The errors about the item under an attribute.

use proc_macro2::TokenStream;
use quote::ToTokens as _;

use super::{expand_one, tokens};
use crate::attribute::Attribute;

/// Errors in the item, or between the item and the attribute.
pub(super) const ITEMS: &[(Attribute, &str, &str, &[&str])] = &[
    (Attribute::RequireUser, "", "fn f() {}", &["a handler must be asynchronous: make it `async fn`"]),
    (Attribute::RequireUser, "", "const fn f() {}", &["a handler cannot be a `const fn`: make it `async fn`"]),
    (Attribute::RequireUser, "", "async unsafe fn f() {}", &["a handler cannot be `unsafe`: remove `unsafe`"]),
    (Attribute::RequireUser, "", "async extern \"C\" fn f() {}", &["a handler cannot be `extern`: remove `extern`"]),
    (
        Attribute::RequireUser,
        "",
        "async unsafe extern \"C\" fn f(x: u8, ...) {}",
        &[
            "a handler cannot be `unsafe`: remove `unsafe`",
            "a handler cannot be `extern`: remove `extern`",
            "a handler cannot be variadic: remove `...`",
        ],
    ),
    (Attribute::RequireUser, "", "async fn f(x) {}", &["`require_user` cannot read this function: expected `:`"]),
    (
        Attribute::RequireUser,
        "",
        "async fn f(&self) {}",
        &["`require_user` works only on free functions: move the handler out of the `impl`"],
    ),
    (
        Attribute::RequireUser,
        "",
        "async fn f(x: Self) {}",
        &["`require_user` works only on free functions: move the handler out of the `impl`"],
    ),
    (
        Attribute::RequireUser,
        "",
        "async fn f();",
        &["`require_user` works only on an `async fn`, not on a declaration without a body"],
    ),
    (
        Attribute::RequireOrg,
        "role >= T::ROLE || claim(\"tier\") == r#ADMIN || role == t::T || role == ::T::ROLE || role == T, from = id",
        "async fn f<T: Tier, const ADMIN: usize>(Path(id): Path<String>) {}",
        &[
            "`T` is a generic parameter of this handler: use a const of a module",
            "`ADMIN` is a generic parameter of this handler: use a const of a module",
        ],
    ),
    (Attribute::Public, "", "pub(crate) struct S;", &[]),
    (Attribute::RequireOrg, "from = path(\"org\")", "struct S;", &[]),
    (Attribute::RequireUser, "", "struct S(u8);", &[UNIT]),
    (Attribute::RequireUser, "", "struct S {}", &[UNIT]),
    (Attribute::RequireUser, "", "struct S<T>;", &[UNIT]),
    (
        Attribute::RequireUser,
        "check = ok()",
        "struct S;",
        &["`check` is not allowed on a struct: put it on the handler, whose arguments it can read"],
    ),
    (
        Attribute::RequireUser,
        "load = row()",
        "struct S;",
        &["`load` is not allowed on a struct: put it on the handler that takes the object"],
    ),
    (
        Attribute::RequireOrg,
        "from = org_id",
        "struct S;",
        &["a struct has no arguments: write `path(\"..\")`, `query(\"..\")`, `header(\"..\")` or `active()`"],
    ),
    (
        Attribute::Public,
        "",
        "#[::auth_runtime::__private::policy_of(::auth_runtime::__private, __auth_1_S)] struct S;",
        &[OPENS],
    ),
    (
        Attribute::RequireOrg,
        "from = active()",
        "#[::auth_runtime::__private::policy_of(::auth_runtime::__private, __auth_1s_S)] struct S;",
        &[ONE_ORG],
    ),
    (Attribute::RequireUser, "", "async fn f(_: Require<Admin>) {}", &[ONE_GUARD]),
    (
        Attribute::Public,
        "despite_router",
        "async fn f() {}",
        &["`despite_router` needs a reason: write `#[public(despite_router, reason = \"..\")]`"],
    ),
    (
        Attribute::Public,
        "despite_router, despite_router, reason = \"x\"",
        "async fn f() {}",
        &["`despite_router` is given twice: remove one"],
    ),
    (Attribute::Public, "despite_router reason = \"x\"", "async fn f() {}", &["expected `,` here"]),
    (
        Attribute::Public,
        "audit, reason = \"x\"",
        "async fn f() {}",
        &["`audit` is not allowed on `public`, which allows every request: remove it"],
    ),
    (Attribute::RequireUser, "audit, audit", "async fn f() {}", &["`audit` is given twice: remove one"]),
    (Attribute::RequireUser, "audit scope(\"x\")", "async fn f() {}", &["expected `,` here"]),
    (
        Attribute::RequireUser,
        "audit, scope(\"x\")",
        "async fn f() {}",
        &["the condition must come first, before `key = value`"],
    ),
    (Attribute::RequireUser, "scope(\"x\"), audit", "async fn f() {}", &[]),
    (Attribute::RequireUser, "audit", "struct S;", &[]),
    (Attribute::OptionalUser, "audit, invalid = reject", "async fn f() {}", &[]),
    (Attribute::Public, "reason = \"x\", despite_router", "async fn f() {}", &[]),
    (Attribute::Public, "", "pub const X: u8 = 1;", &["`public` works only on an `async fn`, not on a constant"]),
    (Attribute::Public, "", "extern \"C\" { }", &["`public` works only on an `async fn`, not on an `extern` block"]),
    (Attribute::Public, "", "async move |x| {}", &["`public` works only on an `async fn`, not on a closure"]),
    (Attribute::Public, "", "|x| {}", &["`public` works only on an `async fn`, not on a closure"]),
    (
        Attribute::Public,
        "",
        "impl X {}",
        &[
            "`public` works only on an `async fn`, not on an `impl`: move each handler out of it and put the attribute there",
        ],
    ),
    (
        Attribute::RequireUser,
        "load = find(id)",
        "async fn f(Path(id): Path<u64>, Loaded(a): Loaded<A>, Loaded(b): Loaded<B>) {}",
        &["a handler can have only one `Loaded` argument: load two objects as a tuple"],
    ),
    (
        Attribute::RequireUser,
        "",
        "async fn f(Loaded(a): Loaded<A>) {}",
        &["the handler takes `Loaded<A>`, but no attribute loads it: add `load = ..`"],
    ),
    (Attribute::RequireUser, "", "#[require_org(from = x, load = y)] async fn f(Loaded(a): Loaded<A>) {}", &[]),
    (
        Attribute::RequireUser,
        "load = find(a)",
        "async fn f(Loaded(a): Loaded<A>) {}",
        &["`a` does not exist before `load` has run: use the arguments that identify the object"],
    ),
    (
        Attribute::RequireUser,
        "check = a.is_open",
        "#[require_user(load = find())] async fn f(Loaded(a): Loaded<A>) {}",
        &["`a` is not loaded yet: put this `check` on the attribute with `load`, or below that attribute"],
    ),
    (
        Attribute::RequireOrg,
        "from = a, load = find()",
        "async fn f(Loaded(a): Loaded<A>) {}",
        &["`a` comes from a `load`, which runs after the organization is known: use another argument"],
    ),
    (
        Attribute::RequireUser,
        "load = find(id)",
        "async fn f(::auth_runtime::__private::GuardedWith(_, ::auth_runtime::__private::Load((), (Path(id),), Loaded(a))): ::auth_runtime::__private::GuardedWith<__auth_1_f, ::auth_runtime::__private::Load<(), (Path<u64>,), Loaded<A>>>) {}",
        &["two attributes have a `load`: keep one, and load two objects as a tuple"],
    ),
    (
        Attribute::RequireUser,
        "check = true",
        "async fn f(__arg0: ::auth_runtime::__private::Guarded<__auth_1_f, Path<u64>>) {}",
        &["another macro has replaced the arguments of this handler: put the attributes of `auth_runtime` below it"],
    ),
    (
        Attribute::RequireOrg,
        "from = id",
        "async fn f(#[cfg(x)] Path(id): Path<String>) {}",
        &["`id` exists only under a `cfg`: write two handlers, each with its own `cfg`"],
    ),
    (
        Attribute::RequireOrg,
        "from = id",
        "async fn f(id: impl Extract) {}",
        &[
            "`id` has the type `impl Extract`, which a guard cannot name: write the type out, or make it a type parameter",
        ],
    ),
    (
        Attribute::RequireOrg,
        "from = id",
        "async fn f(id: Option<axum::Json<Id>>) {}",
        &[
            "`id` comes from `Option<axum::Json<Id>>`, which reads the body: take the organization id from the path, the query or a header",
        ],
    ),
    (
        Attribute::RequireOrg,
        "from = id",
        "async fn f(id: A, B { x: id, .. }: B) {}",
        &["two arguments are named `id`: rename one"],
    ),
    (
        Attribute::RequireOrg,
        "from = id",
        "async fn f() {}",
        &["no argument named `id`: add one, for example `Path(id): Path<String>`"],
    ),
    (
        Attribute::OptionalUser,
        "",
        "async fn f(user: auth_runtime::User) {}",
        &["under `optional_user` there may be no user: take `Option<User>`"],
    ),
    (Attribute::OptionalUser, "", "async fn f(user: models::User) {}", &[]),
    (
        Attribute::RequireUser,
        "",
        "async fn f(user: Option<User>) {}",
        &["take `User`: under `require_user` there is always a user"],
    ),
    (Attribute::RequireUser, "", "#[require_permission(\"x\")] async fn f(user: Option<User>) {}", &[]),
    (
        Attribute::Public,
        "",
        "async fn f(a: User, b: Claims<C>, c: Claims) {}",
        &[
            "a `public` handler has no `User`: use `optional_user` or `require_user`, or remove this argument",
            "a `public` handler has no `Claims<C>`: use `optional_user` or `require_user`, or remove this argument",
        ],
    ),
    (
        Attribute::RequireUser,
        "",
        "async fn f<const B: bool>() {}",
        &["a const parameter of a guarded handler must be `usize`: change its type, or use a type parameter"],
    ),
    (
        Attribute::RequireUser,
        "",
        "async fn f(_: ::auth_runtime::__private::Guard<__auth_1_f>, id: impl X) -> Self {}",
        &[],
    ),
    (Attribute::Public, "", "async fn f(_: ::auth_runtime::__private::Guard<__auth_1_f>) {}", &[OPENS]),
    (Attribute::OptionalUser, "", "async fn f(_: ::auth_runtime::__private::Guard<__auth_1_f>) {}", &[LETS_IN]),
    (
        Attribute::RequireOrg,
        "from = active()",
        "async fn f(_: ::auth_runtime::__private::Guard<__auth_1s_f>) {}",
        &[ONE_ORG],
    ),
    // A router may select an organization for all of its routes.
    (Attribute::RequireUser, "", "async fn f(org: OrgMember) {}", &[]),
];

const OPENS: &str = "`public` cannot be combined with another attribute: remove one";
const LETS_IN: &str = "`optional_user` allows requests without a user, but another attribute here does not: remove one";
const ONE_ORG: &str = "two attributes select an organization: keep `from = ..` on one of them";
const UNIT: &str = "a policy must be a struct without fields or generic parameters: write `pub struct OrgAdmin;`";
const ONE_GUARD: &str = "a handler can have only one guard: remove this attribute, or put its policy on a struct and write `Require<(A, B)>`";

#[test]
fn errors_of_items_are_reported() {
    for (attribute, attr, item, expected) in ITEMS {
        let (_, diag) = expand_one(*attribute, &tokens(attr), &tokens(item));
        assert_eq!(diag.messages(), *expected, "#[{}({attr})] {item}", attribute.name());
    }
}

/// Attributes in their order, each under an unrelated name, and the errors of the last one.
#[test]
fn attributes_contradict_each_other_under_any_name() {
    type Written = (Attribute, &'static str);
    const PUBLIC: Written = (Attribute::Public, "");
    const OPTIONAL: Written = (Attribute::OptionalUser, "");
    const USER: Written = (Attribute::RequireUser, "");
    const ORG: Written = (Attribute::RequireOrg, "from = id");
    const ACTIVE: Written = (Attribute::RequireOrg, "from = active()");
    const PERMISSION: Written = (Attribute::RequirePermission, "\"p\"");
    const IN_ORG: Written = (Attribute::RequirePermission, "\"p\", from = path(\"org\")");
    const BROKEN: Written = (Attribute::RequirePermission, "");
    const TABLE: &[(&[Written], &[&str])] = &[
        (&[USER, USER], &[]),
        (&[OPTIONAL, OPTIONAL], &[]),
        (&[USER, ORG], &[]),
        (&[ORG, PERMISSION], &[]),
        (&[USER, ORG, PERMISSION], &[]),
        (&[PUBLIC, PUBLIC], &[OPENS]),
        (&[PUBLIC, USER], &[OPENS]),
        (&[USER, PUBLIC], &[OPENS]),
        (&[PUBLIC, OPTIONAL], &[OPENS]),
        (&[USER, ORG, PUBLIC], &[OPENS]),
        (&[OPTIONAL, USER], &[LETS_IN]),
        (&[OPTIONAL, ORG], &[LETS_IN]),
        (&[PERMISSION, OPTIONAL], &[LETS_IN]),
        (&[USER, ORG, OPTIONAL], &[LETS_IN]),
        (&[ORG, ORG], &[ONE_ORG]),
        (&[ORG, ACTIVE], &[ONE_ORG]),
        (&[ACTIVE, IN_ORG], &[ONE_ORG]),
        (&[IN_ORG, USER, ORG], &[ONE_ORG]),
        // An attribute that cannot be parsed has its own error.
        (&[BROKEN, PUBLIC], &[]),
        (&[USER, BROKEN, OPTIONAL], &[]),
        (&[PUBLIC, USER, USER], &[]),
    ];
    for (attributes, expected) in TABLE {
        for place in ["", "#[other] "] {
            let (item, said) = in_turn(attributes, &format!("{place}async fn f(Path(id): Path<String>) {{}}"));
            assert_eq!(said, *expected, "{attributes:?}");
            let denies =
                expected.is_empty() && !attributes.contains(&BROKEN) && !attributes.starts_with(&[PUBLIC, USER]);
            assert_eq!(!item.to_string().contains("DenyAll"), denies, "{attributes:?}: {item}");
        }
    }
}

/// The handler after all attributes were expanded, first to last, and the errors of the last one.
fn in_turn(attributes: &[(Attribute, &str)], item: &str) -> (TokenStream, Vec<String>) {
    attributes.iter().fold((tokens(item), Vec::new()), |(item, _), (attribute, attr)| {
        let (expansion, diag) = expand_one(*attribute, &tokens(attr), &item);
        let file: syn::File = syn::parse2(expansion).expect("items");
        let handler = file.items.into_iter().find(|item| matches!(item, syn::Item::Fn(_)));
        (handler.expect("the handler").to_token_stream(), diag.messages())
    })
}
