// Handlers from axum's own functions, services, and responses instead of handlers are refused.
use auth_runtime::routing::{MethodRouter, get};
use auth_runtime::{GuardedRouter, require_user};
use axum::Router;

#[require_user]
async fn guarded() {}

fn main() {
    let _: GuardedRouter = GuardedRouter::new().route("/", axum::routing::get(guarded));
    let _: GuardedRouter = GuardedRouter::new().merge(Router::new().route("/", axum::routing::get(guarded)));
    let _: GuardedRouter = GuardedRouter::new().nest("/", Router::new());
    let _: MethodRouter = get("an answer");
    let _: MethodRouter = get(axum::routing::get(guarded));
    let _: GuardedRouter = GuardedRouter::from(Router::new());
    let _: MethodRouter = MethodRouter::from(axum::routing::get(guarded));
}
