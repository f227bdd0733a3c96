// The state's type is inferred as in axum: from the handlers, or from `with_state`.
use auth_runtime::routing::get;
use auth_runtime::{GuardedRouter, require_user};
use axum::extract::{FromRef, State};

#[derive(Clone)]
struct Db;

#[derive(Clone, FromRef)]
struct App {
    db: Db,
}

#[require_user]
async fn rows(State(_): State<Db>) {}

#[require_user]
async fn stateless() {}

fn users() -> GuardedRouter<App> {
    GuardedRouter::new().route("/users", get(rows))
}

fn generic<S: Clone + Send + Sync + 'static>() -> GuardedRouter<S> {
    GuardedRouter::new().route("/stateless", get(stateless))
}

fn main() {
    let app = App { db: Db };
    let own = GuardedRouter::new().route("/own", get(rows)).with_state(Db);
    let router = GuardedRouter::new().merge(users()).nest("/v1", generic()).merge(own).with_state(app);
    let unfinished: axum::Router<App> = users().build().unwrap();
    let _: (axum::Router, axum::Router<App>) = (router.into_router(), unfinished);
}
