//! A single-page application: its shell is public, its API is guarded, and a wrong path of the API is a 404.

use std::path::Path;

use auth_runtime::routing::get;
use auth_runtime::{GuardedRouter, User, public, require_user};
use axum::http::StatusCode;
use tower_http::services::{ServeDir, ServeFile};

#[require_user]
pub struct Member;

#[public(reason = "the shell has no data: it logs the visitor in")]
pub struct Shell;

#[require_user]
async fn me(user: User) -> String {
    user.id().to_owned()
}

#[require_user]
async fn missing() -> StatusCode {
    StatusCode::NOT_FOUND
}

pub fn routes(folder: &Path) -> GuardedRouter {
    let shell = ServeDir::new(folder).fallback(ServeFile::new(folder.join("index.html")));
    let api = GuardedRouter::new().route("/me", get(me)).fallback(missing).require::<Member>();
    GuardedRouter::new().nest("/api", api).guarded_fallback::<Shell>(shell)
}

/// The same for an application whose code itself is only for members.
pub fn for_members(folder: &Path) -> GuardedRouter {
    let shell = ServeDir::new(folder).fallback(ServeFile::new(folder.join("index.html")));
    GuardedRouter::new().guarded_fallback::<Member>(shell)
}
