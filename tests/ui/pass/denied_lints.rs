//! Hygiene: generated code passes lints that a user denies. `tests/strict` also checks clippy's lints.
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    missing_copy_implementations,
    elided_lifetimes_in_paths,
    let_underscore,
    explicit_outlives_requirements,
    private_bounds,
    private_interfaces,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unreachable_pub,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    variant_size_differences,
    rust_2018_idioms,
    future_incompatible,
    nonstandard_style,
    unused
)]
#![forbid(unsafe_code)]

use auth_runtime::{GuardedRouter, OrgMember, User, require_org, require_permission, require_user, routing::get};
use axum::extract::{Path, State};
use axum::http::StatusCode;

/// Documented.
#[require_user(check = user.id() == id)]
pub async fn own(mut user: User, Path(id): Path<String>) -> String {
    user = user.clone();
    format!("{} {id}", user.id())
}

#[require_org((role >= "Admin"), from = org_id)]
#[require_permission("x", check = {(!org_id.is_empty())})]
async fn stacked(Path(mut org_id): Path<String>, State(ref unit): State<()>, org: OrgMember) -> String {
    let () = unit;
    org_id.push_str(org.id());
    org_id
}

/// Only the attributes use the arguments.
#[require_org(from = org, check = whole.1 != user.id())]
#[require_user(check = { user.id() != *id })]
async fn read_by_attributes(Path(ref whole @ (ref org, ref id)): Path<(String, String)>, user: User) -> &'static str {
    #![allow(clippy::unused_async)]
    "read"
}

/// `update` of the guide: `cargo fix` must find no unused argument to rename.
#[require_user(scope("posts:write"), check = owns_post(&db, &user, id).await)]
async fn update(State(db): State<()>, user: User, Path(id): Path<u64>) -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn owns_post(db: &(), user: &User, id: u64) -> Result<bool, StatusCode> {
    let () = *db;
    Ok(user.id() == id.to_string())
}

/// Nothing is moved before the body.
#[require_user(check = user.id() == id)]
async fn moved_by_the_body(user: User, Path(id): Path<String>) -> String {
    drop(user);
    id
}

/// In a private module.
mod inner {
    use super::{Path, require_org};

    #[derive(Debug, serde::Deserialize)]
    pub(super) struct Ids {
        pub(super) org: String,
    }

    #[require_org(from = ids.org)]
    pub(super) async fn private_types(Path(ids): Path<Ids>) -> String {
        ids.org
    }
}

fn main() {
    let router = GuardedRouter::<()>::new()
        .route("/1/{id}", get(own))
        .route("/2/{id}", get(stacked))
        .route("/3/{org}", get(inner::private_types))
        .route("/4/{org}/{id}", get(read_by_attributes))
        .route("/5/{id}", get(moved_by_the_body))
        .route("/6/{id}", get(update))
        .into_router();
    drop(router);
}
