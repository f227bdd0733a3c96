// Hygiene: generated code needs no prelude.
#![no_implicit_prelude]
#![deny(unused)]

use ::auth_runtime::{optional_user, public, require_org, require_permission, require_user};
use ::auth_runtime::{OrgMember, User};

#[public(reason = "probe")]
async fn open() {}

#[optional_user(invalid = reject)]
async fn optional(_: ::std::option::Option<User>) {}

#[require_user(role == "Admin" && !scope("x"), check = user.id() == id, deny = not_found)]
async fn own(user: User, ::axum::extract::Path(id): ::axum::extract::Path<::std::string::String>) {}

#[require_org(role >= "Admin", from = org_id)]
#[require_permission("x")]
async fn stacked(::axum::extract::Path(org_id): ::axum::extract::Path<::std::string::String>, _: OrgMember) {}

fn main() {
    let _ = ::auth_runtime::GuardedRouter::<()>::new()
        .route("/1", ::auth_runtime::routing::get(open))
        .route("/2", ::auth_runtime::routing::get(optional))
        .route("/3/{id}", ::auth_runtime::routing::get(own))
        .route("/4/{id}", ::auth_runtime::routing::get(stacked));
}
