// A closure has no attribute, so it has no guard.
use auth_runtime::GuardedRouter;
use auth_runtime::routing::get;

fn main() {
    let _: GuardedRouter = GuardedRouter::new().route("/", get(|| async { "open" }));
    let _: GuardedRouter = GuardedRouter::new().route("/", get(|_: axum::http::Method| async { "open" }));
}
