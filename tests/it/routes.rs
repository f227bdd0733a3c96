//! `GuardedRouter` compared with `axum::Router`: the same methods, the same responses, and errors where axum panics.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};

use auth_runtime::routing::{self, MethodRouter, any, delete, get, on, post};
use auth_runtime::testing::TestIssuer;
use auth_runtime::{DenialReason, GuardedRouter, User, public, require_org, require_user};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use axum::routing as plain;
use tower::service_fn;

use crate::support::{get as get_request, get_with, get_without, send};

#[public(reason = "test")]
async fn open() -> &'static str {
    "open"
}

#[require_user]
async fn user() -> &'static str {
    "user"
}

#[require_user]
async fn other() -> &'static str {
    "other"
}

#[require_org(from = path("org"))]
async fn by_name() {}

#[require_user]
async fn counted(State(n): State<u8>) -> String {
    n.to_string()
}

#[require_user]
async fn both(Path((outer, inner)): Path<(String, String)>) -> String {
    format!("{outer} {inner}")
}

async fn plain_handler() {}

fn service() -> impl tower::Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync
{
    service_fn(|_: Request| async { Ok(Response::new(Body::from("service"))) })
}

fn same<T>(value: T) -> T {
    value
}

/// The same program twice: for axum and for `GuardedRouter`.
macro_rules! twice {
    ($($name:literal: |$router:ident, $routing:ident, $handler:ident, $other:ident| $build:expr;)*) => {
        vec![$((
            $name,
            {
                let build = || -> Router {
                    use plain as $routing;
                    let ($handler, $other) = (plain_handler, plain_handler);
                    let $router = || Router::<()>::new();
                    let _ = ($handler, $other, $routing::get::<_, _, ()>(plain_handler));
                    $build
                };
                catch_unwind(AssertUnwindSafe(build)).is_ok()
            },
            {
                let build = || -> GuardedRouter {
                    use routing as $routing;
                    let ($handler, $other) = (user, other);
                    let $router = || GuardedRouter::<()>::new();
                    let _ = ($handler, $other, $routing::get::<_, _, ()>(user));
                    $build
                };
                catch_unwind(AssertUnwindSafe(build)).ok().map(GuardedRouter::build)
            },
        )),*]
    };
}

#[test]
#[allow(unused_qualifications, clippy::too_many_lines)] // `m` stands for two modules; one list of programs
fn build_reports_exactly_what_axum_panics_about() {
    let layer = || tower::layer::layer_fn(same::<axum::routing::Route>);
    let programs = twice! {
        "one": |r, m, h, o| r().route("/", m::get(h));
        "no slash": |r, m, h, o| r().route("a", m::get(h));
        "empty": |r, m, h, o| r().route("", m::get(h));
        "colon": |r, m, h, o| r().route("/:a", m::get(h));
        "star": |r, m, h, o| r().route("/*a", m::get(h));
        "open brace": |r, m, h, o| r().route("/{a", m::get(h));
        "close brace": |r, m, h, o| r().route("/a}", m::get(h));
        "empty name": |r, m, h, o| r().route("/{}", m::get(h));
        "two in a segment": |r, m, h, o| r().route("/{a}{b}", m::get(h));
        "suffix": |r, m, h, o| r().route("/{a}.json", m::get(h));
        "prefix": |r, m, h, o| r().route("/v{a}", m::get(h));
        "catch-all inside": |r, m, h, o| r().route("/{*a}/b", m::get(h));
        "escaped braces": |r, m, h, o| r().route("/{{a}}", m::get(h));
        "one name twice": |r, m, h, o| r().route("/{a}/{a}", m::get(h));
        "method twice": |r, m, h, o| r().route("/a", m::get(h)).route("/a", m::get(o));
        "two methods": |r, m, h, o| r().route("/a", m::get(h)).route("/a", m::post(o));
        "get and head": |r, m, h, o| r().route("/a", m::get(h).head(o));
        "chained twice": |r, m, h, o| r().route("/a", m::get(h).get(o));
        "any twice": |r, m, h, o| r().route("/a", m::any(h)).route("/a", m::any(o));
        "any and get": |r, m, h, o| r().route("/a", m::any(h)).route("/a", m::get(o));
        "any and fallback": |r, m, h, o| r().route("/a", m::any(h).fallback(o));
        "two names": |r, m, h, o| r().route("/{a}", m::get(h)).route("/{b}", m::post(o));
        "two names apart": |r, m, h, o| r().route("/{a}", m::get(h)).route("/{b}/c", m::post(o));
        "static beside": |r, m, h, o| r().route("/{a}", m::get(h)).route("/b", m::get(o));
        "catch-all beside": |r, m, h, o| r().route("/{*a}", m::get(h)).route("/b/{c}", m::get(o));
        "two catch-alls": |r, m, h, o| r().route("/{*a}", m::get(h)).route("/{*b}", m::get(o));
        "nest at the root": |r, m, h, o| r().nest("/", r().route("/a", m::get(h)));
        "nest at nothing": |r, m, h, o| r().nest("", r().route("/a", m::get(h)));
        "nest without slash": |r, m, h, o| r().nest("a", r().route("/a", m::get(h)));
        "nest under a catch-all": |r, m, h, o| r().nest("/{*a}", r().route("/a", m::get(h)));
        "nest under a parameter": |r, m, h, o| r().nest("/{a}", r().route("/b", m::get(h)));
        "nest under a colon": |r, m, h, o| r().nest("/:a", r().route("/b", m::get(h)));
        "nest with a slash": |r, m, h, o| r().nest("/a/", r().route("/", m::get(h)).route("/b", m::get(o)));
        "nest nothing": |r, m, h, o| r().nest("/a", r());
        "nested twice": |r, m, h, o| r().nest("/a", r().route("/b", m::get(h))).nest("/a", r().route("/b", m::get(o)));
        "nested beside": |r, m, h, o| r().nest("/a", r().route("/b", m::get(h))).nest("/a", r().route("/b", m::post(o)));
        "nested clash": |r, m, h, o| r().route("/a/{b}", m::get(h)).nest("/a", r().route("/{c}", m::get(o)));
        "merge": |r, m, h, o| r().route("/a", m::get(h)).merge(r().route("/b", m::get(o)));
        "merge twice": |r, m, h, o| r().route("/a", m::get(h)).merge(r().route("/a", m::get(o)));
        "merge clash": |r, m, h, o| r().route("/{a}", m::get(h)).merge(r().route("/{b}", m::get(o)));
        "two fallbacks set": |r, m, h, o| r().fallback(h).fallback(o);
        "two fallbacks merged": |r, m, h, o| r().fallback(h).merge(r().fallback(o));
        "a fallback reset": |r, m, h, o| r().fallback(h).reset_fallback().merge(r().fallback(o));
        "a fallback merged": |r, m, h, o| r().merge(r().fallback(o)).route("/a", m::get(h));
        "two fallbacks nested": |r, m, h, o| r().nest("/a", r().fallback(h)).nest("/b", r().fallback(o)).fallback(h);
        "two fallbacks nested at one path": |r, m, h, o| r().nest("/a", r().fallback(h)).nest("/a", r().fallback(o));
        "fallbacks nested under two names": |r, m, h, o| r().nest("/{a}", r().fallback(h)).nest("/{b}", r().fallback(o));
        "fallbacks nested and merged": |r, m, h, o|
            r().nest("/a", r().fallback(h)).merge(r().nest("/a", r().fallback(o)));
        "fallbacks nested, hidden": |r, m, h, o|
            r().nest("/x", r().nest("/a", r().fallback(h))).nest("/x", r().nest("/a", r().fallback(o)));
        "405": |r, m, h, o| r().route("/a", m::get(h)).method_not_allowed_fallback(o).route("/b", m::any(h));
        "405 twice": |r, m, h, o| r().route("/a", m::get(h)).method_not_allowed_fallback(o).method_not_allowed_fallback(h);
        "405 and any": |r, m, h, o|
            r().route("/a", m::get(h)).method_not_allowed_fallback(o).merge(r().route("/a", m::any(h)));
        "layer": |r, m, h, o| r().layer(layer()).route("/a", m::get(h).layer(layer()));
        "route_layer": |r, m, h, o| r().route("/a", m::get(h).route_layer(layer())).route_layer(layer());
        "route_layer on nothing": |r, m, h, o| r().route_layer(layer());
        "route_layer on no method": |r, m, h, o| r().route("/a", m::any(h).route_layer(layer()));
        "methods merged": |r, m, h, o| r().route("/a", m::get(h).merge(m::post(o)));
        "methods merged twice": |r, m, h, o| r().route("/a", m::get(h).merge(m::get(o)));
        "method fallbacks merged": |r, m, h, o| r().route("/a", m::get(h).fallback(o).merge(m::any(o)));
        "no handler": |r, m, h, o| r().route("/a", m::MethodRouter::new()).route("/a", m::get(h));
        "every verb": |r, m, h, o| r()
            .route("/a", m::get(h).post(h).put(h).patch(h).delete(h).head(h).options(h).trace(h).connect(h))
            .route("/b", m::post(h)).route("/c", m::put(h)).route("/d", m::patch(h)).route("/e", m::delete(h))
            .route("/f", m::head(h)).route("/g", m::options(h)).route("/h", m::trace(h)).route("/i", m::connect(h))
            .route("/j", m::on(m::MethodFilter::GET.or(m::MethodFilter::PUT), h)).route("/k", m::any(h));
    };
    let (mut good, mut bad) = (0, 0);
    for (name, axum_builds, ours) in programs {
        let ours = ours.unwrap_or_else(|| panic!("{name}: panics"));
        assert_eq!(axum_builds, ours.is_ok(), "{name}: {:?}", ours.err().map(|errors| errors.to_string()));
        *(if axum_builds { &mut good } else { &mut bad }) += 1;
    }
    assert!(good > 20 && bad > 20, "{good} and {bad}");
}

#[test]
fn services_and_public_routers_clash_as_in_axum() {
    let foreign = |router: Router| GuardedRouter::<()>::new().route("/a/{b}", get(user)).public_router("test", router);
    let nested = Router::new().nest_service("/files", service());
    for (name, is_good, router) in [
        ("apart", true, foreign(Router::new().route("/b", plain::get(plain_handler)))),
        ("another method", true, foreign(Router::new().route("/a/{b}", plain::post(plain_handler)))),
        ("the same method", false, foreign(Router::new().route("/a/{b}", plain::get(plain_handler)))),
        ("another name", false, foreign(Router::new().route("/a/{c}", plain::post(plain_handler)))),
        ("a service", false, foreign(Router::new().route_service("/a/{b}", service()))),
        ("nested service", true, foreign(nested.clone())),
        ("nested service twice", false, foreign(nested.clone()).public_router("again", nested)),
        ("a fallback", true, foreign(Router::new().fallback(plain_handler))),
        (
            "two fallbacks",
            false,
            foreign(Router::new().fallback(plain_handler))
                .fallback(user)
                .merge(foreign(Router::new().fallback(plain_handler))),
        ),
        (
            "own and foreign fallback",
            false,
            GuardedRouter::new().fallback(user).public_router("test", Router::new().fallback(plain_handler)),
        ),
        ("a service of ours", true, GuardedRouter::new().public_service("/s", "test", service())),
        (
            "two services",
            false,
            GuardedRouter::new().public_service("/s", "test", service()).public_service("/s", "test", service()),
        ),
        (
            "a handler on a service",
            false,
            GuardedRouter::new().public_service("/s", "test", service()).route("/s", get(user)),
        ),
        ("a router as a service", false, GuardedRouter::new().public_service("/s", "test", Router::<()>::new())),
        ("no reason", false, GuardedRouter::new().public_service("/s", " ", service())),
        ("no reason for a router", false, GuardedRouter::new().public_router("", Router::new())),
    ] {
        let built = catch_unwind(AssertUnwindSafe(|| router.build())).unwrap_or_else(|_| panic!("{name}: panics"));
        assert_eq!(built.is_ok(), is_good, "{name}: {:?}", built.err().map(|errors| errors.to_string()));
    }
}

#[test]
fn build_reports_every_fault_with_route_and_place() {
    let inner = GuardedRouter::new().route("/{org}", get(by_name)).route("/twice", get(user).get(other));
    let errors = GuardedRouter::<()>::new()
        .route("/a/{b}", get(user))
        .route("/a/{c}", post(user))
        .route("/x/{organization}/{y}", get(by_name))
        .route("/plain", delete(by_name))
        .nest("/o/{org}", inner)
        .build()
        .unwrap_err();
    let here = file!();
    let told: Vec<_> = errors.faults().iter().map(|fault| (fault.method, fault.path.as_str(), fault.file)).collect();
    assert_eq!(
        told,
        [
            (None, "/a/{c}", here),
            (Some("GET"), "/o/{org}/twice", here),
            (Some("GET"), "/x/{organization}/{y}", here),
            (Some("DELETE"), "/plain", here),
            (Some("GET"), "/o/{org}/{org}", here),
        ]
    );
    let text = errors.to_string();
    for part in [
        "- /a/{c}: it matches the same paths as `/a/{b}` (",
        "- GET /o/{org}/twice: two policies for one method and path: the other one is at ",
        r#"- GET /x/{organization}/{y}: the guard reads `path("org")`, but the path has `{organization}`, `{y}` ("#,
        r#"- DELETE /plain: the guard reads `path("org")`, but the path has no parameter ("#,
        r#"- GET /o/{org}/{org}: the guard reads `path("org")`, but the path names `{org}` more than once"#,
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(text.lines().count(), 1 + told.len());
    let line = errors.faults()[0].line;
    assert!(line > 0 && text.contains(&format!("({here}:{line})")));
}

#[test]
#[should_panic(expected = "the routes cannot be served:\n- /:a: a segment cannot start with `:`")]
fn into_router_panics_with_the_text_of_build() {
    let _: Router = GuardedRouter::new().route("/:a", get(user)).into_router();
}

#[tokio::test]
async fn verbs_answer_as_in_axum() {
    let issuer = TestIssuer::new();
    let token = issuer.token().build();
    let nested = GuardedRouter::new().route("/", get(user)).route("/{inner}", get(both)).fallback(other);
    let app = GuardedRouter::new()
        .route("/any", any(user).post(other))
        .route("/on", on(routing::MethodFilter::PUT.or(routing::MethodFilter::GET), user))
        .route("/state", get(counted))
        .route("/merged", MethodRouter::new().get(user).merge(post(other)).fallback(open))
        .nest("/n/{outer}", nested)
        .merge(GuardedRouter::new().route("/m", get(user)))
        .method_not_allowed_fallback(other)
        .public_service("/service", "test", service())
        .public_router("test", Router::new().route("/foreign", plain::get(|| async { "foreign" })))
        .guarded_by(issuer.verifier().await)
        .with_state(7);
    assert!(app.has_routes() && !GuardedRouter::<()>::new().has_routes());
    let app = app.build().unwrap();
    for (method, path, expected) in [
        ("GET", "/any", "user"),
        ("DELETE", "/any", "user"),
        ("POST", "/any", "other"),
        ("PUT", "/on", "user"),
        ("GET", "/on", "user"),
        ("POST", "/on", "other"),
        ("GET", "/state", "7"),
        ("GET", "/merged", "user"),
        ("POST", "/merged", "other"),
        ("PATCH", "/merged", "open"),
        ("GET", "/n/a", "user"),
        ("GET", "/n/a/b", "a b"),
        ("GET", "/n/a/b/c", "other"),
        ("GET", "/m", "user"),
        ("POST", "/m", "other"),
        ("PUT", "/service", "service"),
        ("GET", "/foreign", "foreign"),
    ] {
        let request = |token: Option<&str>| {
            let mut request = get_request(path).method(Method::from_bytes(method.as_bytes()).unwrap());
            if let Some(token) = token {
                request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
            }
            request.body(Body::empty()).unwrap()
        };
        let answer = send(&app, request(Some(&token))).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, expected), "{method} {path}");
        let is_open = ["open", "service", "foreign"].contains(&expected);
        let answer = send(&app, request(None)).await;
        assert_eq!(answer.denied, (!is_open).then_some(DenialReason::NoCredentials), "{method} {path}");
    }
    assert_eq!(get_with(&app, "/nowhere", &token).await.status, 404);
    assert_eq!(get_without(&app, "/n/a/b/c").await.status, 401);
}

#[tokio::test]
async fn clones_of_a_router_are_independent() {
    let issuer = TestIssuer::new();
    let first = GuardedRouter::<()>::new().route("/a", get(user)).guarded_by(issuer.verifier().await);
    let second = first.clone().route("/b", get(user));
    assert_eq!(first.table().rows().len() + 1, second.table().rows().len());
    assert_eq!(get_without(&first.into_router(), "/b").await.status, 404);
    assert_eq!(get_without(&second.into_router(), "/b").await.status, 401);
}

#[require_user]
async fn takes_user(user: User) -> String {
    user.id().to_owned()
}

#[tokio::test]
async fn layers_run_before_guards() {
    use axum::handler::Handler as _;
    use axum::middleware::{Next, from_fn};
    let issuer = TestIssuer::new();
    let mark = from_fn(|request: Request, next: Next| async move {
        let mut response = next.run(request).await;
        response.headers_mut().insert("x-mark", "1".parse().unwrap());
        response
    });
    let app = GuardedRouter::<()>::new()
        .route("/router", get(takes_user))
        .route_layer(mark.clone())
        .route("/methods", get(takes_user).layer(mark.clone()))
        .route("/handler", get(takes_user.layer(mark)))
        .route("/none", get(takes_user))
        .guarded_by(issuer.verifier().await)
        .into_router();
    let token = issuer.token().build();
    for (path, is_marked) in [("/router", true), ("/methods", true), ("/handler", true), ("/none", false)] {
        for (answer, status) in [
            (get_without(&app, path).await, StatusCode::UNAUTHORIZED),
            (get_with(&app, path, &token).await, StatusCode::OK),
        ] {
            assert_eq!((answer.status, answer.headers.contains_key("x-mark")), (status, is_marked), "{path}");
        }
    }
}
