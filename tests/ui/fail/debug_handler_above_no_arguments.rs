// Placement: `debug_handler` above a guard does not compile if the handler has no argument to pair the guard with.
#![allow(unused)]

use auth_runtime::require_user;
use axum::debug_handler;

#[debug_handler]
#[require_user]
async fn handler() -> &'static str {
    "ok"
}

fn main() {
    let _: axum::Router = axum::Router::new().route("/", axum::routing::get(handler));
}
