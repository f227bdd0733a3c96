//! Generated code passes the lints of its user, including the strictest lints of clippy.
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    missing_copy_implementations,
    unreachable_pub,
    unused_qualifications,
    unused_lifetimes,
    unused_results,
    rust_2018_idioms,
    single_use_lifetimes,
    trivial_casts,
    let_underscore,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::let_underscore_must_use,
    clippy::let_underscore_untyped,
    clippy::used_underscore_binding
)]

use auth_runtime::{
    GuardedRouter, OrgMember, User, optional_user, public, require_org, require_permission, require_user, routing,
};
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;

/// Open.
#[public(reason = "probe")]
pub async fn health() -> &'static str {
    "ok"
}

/// Open to everyone, and greets users by name.
#[optional_user(invalid = reject)]
pub async fn hello(user: Option<User>) -> String {
    user.map_or_else(|| "nobody".to_owned(), |user| user.id().to_owned())
}

async fn owns(user: &User, id: &str) -> Result<bool, StatusCode> {
    std::future::ready(()).await;
    if id.is_empty() { Err(StatusCode::NOT_FOUND) } else { Ok(user.id() == id) }
}

/// For the user with this id.
///
/// # Errors
/// None.
#[require_user(!impersonated || email_verified, check = owns(&user, &id).await)]
pub async fn own(user: User, Path(id): Path<String>) -> Result<impl IntoResponse, StatusCode> {
    Ok(id)
}

/// A pattern with `mut`, and one with `ref`.
#[require_org((role >= "Admin" || permission("all")) && !scope("guest"), from = org_id, deny = not_found)]
#[require_permission("can_view_billing" || issuer("own"), check = { let mut seen = page; seen += 1; seen > 0 })]
pub async fn billing(
    Path(mut org_id): Path<String>,
    Query(page): Query<u32>,
    State(()): State<()>,
    _headers: HeaderMap,
    org: OrgMember,
) -> String {
    org_id.push_str(org.role().unwrap_or_default());
    format!("{org_id} {page}")
}

/// Seven arguments, so that a separate guard argument makes eight.
#[require_user]
pub async fn seven(
    #[allow(unused_variables)] first: State<()>,
    _: State<()>,
    _: State<()>,
    _: State<()>,
    _: State<()>,
    _: State<()>,
    _: State<()>,
) -> &'static str {
    "seven"
}

/// An extractor of two parts.
#[derive(Debug)]
pub struct Scoped(pub String, pub Ids);

/// The fields of a part.
#[derive(Debug)]
pub struct Ids {
    /// The organization.
    pub org_id: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Scoped {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let org_id = parts.uri.path().to_owned();
        std::future::ready(Ok(Self(String::new(), Ids { org_id }))).await
    }
}

/// The organization is a field in the second part of a pattern.
#[require_org(from = org_id)]
pub async fn scoped(Scoped(language, Ids { org_id }): Scoped) -> String {
    language + &org_id
}

/// Generic over its result.
#[require_user(check = fits::<T>())]
pub async fn generic<T: Default + IntoResponse + Send + 'static>(_: State<()>) -> T {
    T::default()
}

const fn fits<T>() -> bool {
    size_of::<T>() > 0
}

/// `/health`, `/hello`, `/users/{id}`, `/orgs/{org_id}/billing`, `/seven`, `/scoped`, `/generic`.
pub fn routes() -> GuardedRouter {
    GuardedRouter::new()
        .route("/health", routing::get(health))
        .route("/hello", routing::get(hello))
        .route("/users/{id}", routing::get(own))
        .route("/orgs/{org_id}/billing", routing::get(billing))
        .route("/seven", routing::get(seven))
        .route("/scoped", routing::get(scoped))
        .route("/generic", routing::get(generic::<String>))
}
