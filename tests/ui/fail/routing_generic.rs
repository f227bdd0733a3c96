// A function that passes a handler on must require its guard.
use auth_runtime::require_user;
use auth_runtime::routing::{MethodRouter, get};
use axum::handler::Handler;

fn mount<H: Handler<T, ()>, T: 'static>(handler: H) -> MethodRouter {
    get(handler)
}

#[require_user]
async fn guarded() {}

fn main() {
    let _ = mount(guarded);
}
