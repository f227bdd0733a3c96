// Every method of axum's router accepts guarded handlers: any arity, generic, with the guard alone or in a pair.
use auth_runtime::routing::{self, MethodFilter, MethodRouter, any, connect, delete, get, head, on, options, patch, post, put, trace};
use auth_runtime::{GuardedRouter, OrgMember, User, optional_user, public, require_org, require_user};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::handler::Handler;
use axum::http::{HeaderMap, Method, Uri};

#[derive(Clone)]
struct App;

#[public(reason = "probe")]
async fn no_arguments() {}

#[require_user]
async fn one(user: User) -> String {
    user.id().to_owned()
}

#[optional_user]
async fn optional(_: Option<User>) {}

#[require_org(from = org_id)]
async fn paired(Path(org_id): Path<String>, org: OrgMember, Json(body): Json<u8>) -> String {
    format!("{org_id} {} {body}", org.role().unwrap_or_default())
}

#[require_user]
#[allow(clippy::too_many_arguments)]
async fn fifteen(
    _1: Method, _2: Uri, _3: HeaderMap, _4: User, _5: Method, _6: Uri, _7: HeaderMap, _8: User, _9: Method, _10: Uri,
    _11: HeaderMap, _12: State<App>, _13: Method, _14: Query<()>, _15: String,
) {
}

#[require_user]
async fn generic<T: Send + 'static>(_: State<App>) {
    drop(std::any::type_name::<T>());
}

fn main() {
    let inner = GuardedRouter::<App>::new().route("/", get(generic::<u8>)).fallback(one);
    let handlers: MethodRouter<App> = MethodRouter::new().get(one).merge(post(one)).fallback(optional);
    let router: GuardedRouter = GuardedRouter::new()
        .route("/a", get(no_arguments).post(one).put(one).patch(one).delete(one).options(one).trace(one).connect(one))
        .route("/b", head(one).on(MethodFilter::GET, fifteen))
        .route("/c", on(MethodFilter::GET, optional))
        .route("/d", any(one))
        .route("/e", post(one).layer(axum::Extension(1)).route_layer(axum::Extension(1)))
        .route("/f/{org_id}", routing::put(paired))
        .route("/g", patch(one)).route("/h", delete(one)).route("/i", options(one)).route("/j", trace(one))
        .route("/k", connect(one)).route("/l", put(one)).route("/m", handlers)
        .route("/n", get(one.layer(axum::Extension(1))))
        .nest("/nested", inner)
        .merge(GuardedRouter::new().route("/o", get(one)))
        .layer(axum::Extension(1))
        .route_layer(axum::Extension(1))
        .fallback(no_arguments)
        .method_not_allowed_fallback(no_arguments)
        .reset_fallback()
        .with_state(App);
    assert!(router.has_routes());
    let _: axum::Router = router.into_router();
}
