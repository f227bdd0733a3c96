//! What an attribute says about what it stands on.

use super::{expand_one, tokens};
use crate::kind::Kind;

/// Faults of the item, or between it and the attribute.
pub(super) const ITEMS: &[(Kind, &str, &str, &[&str])] = &[
    (Kind::RequireUser, "", "fn f() {}", &["a handler is asynchronous: make it `async fn`"]),
    (Kind::RequireUser, "", "const fn f() {}", &["a handler is no `const fn`: make it `async fn`"]),
    (Kind::RequireUser, "", "async unsafe fn f() {}", &["a router calls only safe functions: remove `unsafe`"]),
    (Kind::RequireUser, "", "async extern \"C\" fn f() {}", &["a router calls only Rust functions: remove `extern`"]),
    (
        Kind::RequireUser,
        "",
        "async unsafe extern \"C\" fn f(x: u8, ...) {}",
        &[
            "a router calls only safe functions: remove `unsafe`",
            "a router calls only Rust functions: remove `extern`",
            "a handler has a fixed number of arguments: remove `...`",
        ],
    ),
    (Kind::RequireUser, "", "async fn f(x) {}", &["`require_user` cannot read this function: expected `:`"]),
    (
        Kind::RequireUser,
        "",
        "async fn f(&self) {}",
        &["`require_user` guards free functions: move the handler out of the `impl`, to a free function"],
    ),
    (
        Kind::RequireUser,
        "",
        "async fn f(x: Self) {}",
        &["`require_user` guards free functions, where there is no `Self`: move the handler to a free function"],
    ),
    (
        Kind::RequireUser,
        "",
        "async fn f();",
        &["`require_user` guards a handler: put it on an `async fn`, not on a declaration without a body"],
    ),
    (Kind::Public, "", "struct S;", &["`public` guards a handler: put it on an `async fn`, not on a struct"]),
    (
        Kind::Public,
        "",
        "pub const X: u8 = 1;",
        &["`public` guards a handler: put it on an `async fn`, not on a constant"],
    ),
    (
        Kind::Public,
        "",
        "extern \"C\" { }",
        &["`public` guards a handler: put it on an `async fn`, not on an `extern` block"],
    ),
    (Kind::Public, "", "async move |x| {}", &["`public` guards a handler: put it on an `async fn`, not on a closure"]),
    (Kind::Public, "", "|x| {}", &["`public` guards a handler: put it on an `async fn`, not on a closure"]),
    (
        Kind::Public,
        "",
        "impl X {}",
        &[
            "`public` guards a handler: put it on an `async fn`, not on an `impl`: each of its handlers needs its own, as a free function",
        ],
    ),
    (
        Kind::RequireOrg,
        "from = id",
        "async fn f(#[cfg(x)] Path(id): Path<String>) {}",
        &["`id` is bound by an argument that is there only under a `cfg`: put the `cfg` on two handlers instead"],
    ),
    (
        Kind::RequireOrg,
        "from = id",
        "async fn f(id: impl Extract) {}",
        &["`id` is bound by `impl Extract`: a guard has to name the type, write it out or make it a generic parameter"],
    ),
    (
        Kind::RequireOrg,
        "from = id",
        "async fn f(id: Option<axum::Json<Id>>) {}",
        &[
            "`id` is bound by `Option<axum::Json<Id>>`, which reads the body: the org id has to come from the path, the query or the headers",
        ],
    ),
    (
        Kind::RequireOrg,
        "from = id",
        "async fn f(id: A, B { x: id, .. }: B) {}",
        &["`id` is bound twice: rename one of the two"],
    ),
    (
        Kind::RequireOrg,
        "from = id",
        "async fn f() {}",
        &["no argument binds `id`: add one that does, as `Path(id): Path<String>`"],
    ),
    (
        Kind::Public,
        "",
        "#[require_user] async fn f() {}",
        &["`require_user` contradicts `public`: remove one of the two"],
    ),
    (
        Kind::RequireUser,
        "",
        "#[auth_runtime::optional_user(x)] async fn f() {}",
        &["`optional_user` contradicts `require_user`: remove one of the two"],
    ),
    (Kind::RequireUser, "", "#[other::public] async fn f() {}", &[]),
    (
        Kind::OptionalUser,
        "",
        "async fn f(user: auth_runtime::User) {}",
        &["under `optional_user` there may be no user: take `Option<User>`"],
    ),
    (Kind::OptionalUser, "", "async fn f(user: models::User) {}", &[]),
    (
        Kind::RequireUser,
        "",
        "async fn f(user: Option<User>) {}",
        &["take `User`: `require_user` admits nobody without one"],
    ),
    (Kind::RequireUser, "", "#[require_permission(\"x\")] async fn f(user: Option<User>) {}", &[]),
    (
        Kind::Public,
        "",
        "async fn f(a: User, b: Claims<C>, c: Claims) {}",
        &[
            "a `public` handler has no `User`: guard it by `optional_user` or `require_user`, or remove this argument",
            "a `public` handler has no `Claims<C>`: guard it by `optional_user` or `require_user`, or remove this argument",
        ],
    ),
    (
        Kind::RequireUser,
        "",
        "async fn f<const B: bool>() {}",
        &["a guarded handler's const parameter is a `usize`: make it one, or a type parameter"],
    ),
    (Kind::RequireUser, "", "async fn f(_: ::auth_runtime::__private::Guard<__auth_1_f>, id: impl X) -> Self {}", &[]),
];

#[test]
fn items() {
    for (kind, attr, item, expected) in ITEMS {
        let (_, diag) = expand_one(*kind, &tokens(attr), &tokens(item));
        assert_eq!(diag.messages(), *expected, "#[{}({attr})] {item}", kind.name());
    }
}
