// Services and plain routers can only be added with `public_service` and `public_router`.
use auth_runtime::routing::get;
use auth_runtime::{GuardedRouter, require_user};
use axum::Router;
use axum::http::StatusCode;

#[require_user]
async fn guarded() {}

/// Like Swagger UI.
struct Docs;

impl<S: Clone + Send + Sync + 'static> From<Docs> for Router<S> {
    fn from(_: Docs) -> Self {
        Router::new().route("/docs", axum::routing::get(|| async {}))
    }
}

fn main() {
    let router: GuardedRouter = GuardedRouter::new()
        .route("/", get(guarded))
        .public_router("documentation", Docs)
        .public_router("assets", Router::new().route("/logo", axum::routing::get(|| async {})))
        .public_service("/gone", "old clients", axum::routing::any(|| async { StatusCode::GONE }));
    assert_eq!(router.table().rows().len(), 4);
}
