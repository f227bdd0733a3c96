// A router without its state cannot be served.
use auth_runtime::routing::get;
use auth_runtime::{GuardedRouter, require_user};
use axum::extract::State;

#[derive(Clone)]
struct App;

#[require_user]
async fn handler(_: State<App>) {}

fn main() {
    let _: axum::Router = GuardedRouter::new().route("/", get(handler)).into_router();
}
