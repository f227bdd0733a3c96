// A `GuardedRouter` cannot be served: it must become an `axum::Router` first, and the error names the call.
use auth_runtime::GuardedRouter;
use tokio::net::TcpListener;

fn serve(listener: TcpListener, router: GuardedRouter) {
    let _ = axum::serve(listener, router);
}

fn main() {
    let _ = serve;
}
