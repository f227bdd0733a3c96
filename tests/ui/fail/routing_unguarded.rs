// A handler without a guard cannot be mounted, by any method.
use auth_runtime::GuardedRouter;
use auth_runtime::routing::{MethodFilter, any, get, on};
use axum::Json;

async fn no_arguments() {}

async fn with_body(_: Json<u8>) {}

fn main() {
    let _: GuardedRouter = GuardedRouter::new().route("/", get(no_arguments));
    let _: GuardedRouter = GuardedRouter::new().route("/", get(with_body));
    let _: GuardedRouter = GuardedRouter::new().route("/", any(no_arguments));
    let _: GuardedRouter = GuardedRouter::new().route("/", on(MethodFilter::GET, no_arguments));
    let _: GuardedRouter = GuardedRouter::new().fallback(no_arguments);
    let _: GuardedRouter = GuardedRouter::new().method_not_allowed_fallback(no_arguments);
}
