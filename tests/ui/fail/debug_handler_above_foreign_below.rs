// Placement: `debug_handler` above a guard does not compile if another attribute macro is below the guard.
#![allow(unused)]

use auth_runtime::require_user;
use axum::debug_handler;
use axum::extract::Path;

#[debug_handler]
#[require_user]
#[utoipa::path(get, path = "/{id}", params(("id" = String, Path)))]
async fn handler(Path(id): Path<String>) -> String {
    id
}

fn main() {
    let _: axum::Router = axum::Router::new().route("/{id}", axum::routing::get(handler));
}
