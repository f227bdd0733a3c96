//! Routers that are merged and share a path: one has GET, the other POST. As in axum, both methods are served. What
//! each router requires holds for its own method.

use auth_runtime::routing::{get, post};
use auth_runtime::testing::TestIssuer;
use auth_runtime::{Algorithm, GuardedRouter, User, public, require_user};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;

use crate::support::{Answer, send};

#[require_user(scope("admin"))]
struct Admin;

#[require_user(scope("billing"))]
struct Billing;

#[require_user]
async fn read(State(name): State<&'static str>, user: User) -> String {
    format!("{name} read by {}", user.id())
}

#[require_user]
async fn write(State(name): State<&'static str>, user: User) -> String {
    format!("{name} written by {}", user.id())
}

#[public(despite_router, reason = "a probe")]
async fn probe() -> &'static str {
    "probe"
}

async fn ask(app: &Router, method: &str, path: &str, token: Option<&str>) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request = match token {
        Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        None => request,
    };
    send(app, request.body(Body::empty()).unwrap()).await
}

async fn marked(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert("x-layer", HeaderValue::from_static("reads"));
    response
}

fn reads() -> GuardedRouter {
    GuardedRouter::new().route("/x", get(read)).layer(from_fn(marked)).with_state("reads")
}

fn writes() -> GuardedRouter {
    GuardedRouter::new().route("/x", post(write)).with_state("writes")
}

fn new() -> GuardedRouter {
    GuardedRouter::new()
}

/// Both orders of merging, and the same below a path.
fn joined(reads: &GuardedRouter, writes: &GuardedRouter) -> [(&'static str, &'static str, GuardedRouter); 4] {
    let (reads, writes) = (|| reads.clone(), || writes.clone());
    [
        ("merged", "", new().merge(reads()).merge(writes())),
        ("merged the other way", "", new().merge(writes()).merge(reads())),
        ("nested", "/a", new().nest("/a", reads()).nest("/a", writes())),
        ("merged and nested", "/a", new().nest("/a", new().merge(writes()).merge(reads()))),
    ]
}

/// The routers as they are mounted, the requests, and their statuses.
type Case<'a> =
    (&'static str, [(&'static str, &'static str, GuardedRouter); 4], Vec<(&'static str, Option<&'a String>, u16)>);

#[tokio::test]
async fn each_method_of_a_shared_path_is_served_by_its_own_router_with_what_it_requires() {
    let issuer = TestIssuer::with_algorithm(Algorithm::ES256);
    let verifier = issuer.verifier().await;
    let token = |scope: &str| issuer.token().user("ada").scope(scope).build();
    let (user, admin, billing) = (token("none"), token("admin"), token("billing"));
    let (user, admin, billing) = (Some(&user), Some(&admin), Some(&billing));
    let probes = || GuardedRouter::new().route("/x", post(probe));
    let cases: [Case<'_>; 3] = [
        (
            "open",
            joined(&reads(), &writes()),
            vec![("GET", None, 401), ("POST", None, 401), ("GET", user, 200), ("HEAD", user, 200), ("POST", user, 200)],
        ),
        (
            "two areas",
            joined(&reads().require::<Admin>(), &writes().require::<Billing>()),
            vec![
                ("GET", None, 401),
                ("POST", None, 401),
                ("GET", user, 403),
                ("HEAD", billing, 403),
                ("GET", billing, 403),
                ("POST", admin, 403),
                ("GET", admin, 200),
                ("HEAD", admin, 200),
                ("POST", billing, 200),
                // The response to other methods is that of one of the areas.
                ("DELETE", None, 401),
                ("DELETE", user, 403),
            ],
        ),
        (
            "an area with a probe",
            joined(&reads().require::<Admin>(), &probes().require::<Billing>()),
            vec![
                ("GET", None, 401),
                ("POST", None, 200),
                ("GET", billing, 403),
                ("GET", admin, 200),
                ("DELETE", None, 401),
            ],
        ),
    ];
    for (case, mounted, requests) in cases {
        for (how, prefix, routes) in mounted {
            let table = routes.table().to_string();
            let app = routes.guarded_by(verifier.clone()).into_router();
            for (method, token, status) in requests.clone() {
                let answer = ask(&app, method, &format!("{prefix}/x"), token.map(String::as_str)).await;
                assert_eq!(answer.status, status, "{case}, {how}: {method}");
                // The layer of one router does not reach the other.
                let is_layered = answer.headers.contains_key("x-layer");
                assert!(method == "DELETE" || is_layered == (method != "POST"), "{case}, {how}: {method}");
                let expected = match (method, status) {
                    ("GET", 200) => "reads read by ada",
                    ("POST", 200) if case.ends_with("probe") => "probe",
                    ("POST", 200) => "writes written by ada",
                    _ => continue,
                };
                assert_eq!(answer.body, expected, "{case}, {how}");
            }
            for method in ["GET ", "POST"] {
                assert!(table.lines().any(|line| line.starts_with(method) && line.contains("/x")), "{table}");
            }
        }
    }
}

/// As `axum::Router` does.
#[tokio::test]
async fn a_method_of_neither_router_gets_405_with_the_methods_of_both() {
    let issuer = TestIssuer::with_algorithm(Algorithm::ES256);
    let plain = |method: fn(fn() -> std::future::Ready<()>) -> axum::routing::MethodRouter| {
        Router::new().route("/x", method(|| std::future::ready(())))
    };
    let (gets, posts): (Router, Router) = (plain(axum::routing::get), plain(axum::routing::post));
    let plain = [gets.clone().merge(posts.clone()), posts.merge(gets)];
    let guarded = [reads().merge(writes()), writes().merge(reads())];
    for (plain, guarded) in plain.into_iter().zip(guarded) {
        let guarded = guarded.guarded_by(issuer.verifier().await).into_router();
        for method in ["DELETE", "OPTIONS", "X-UNUSUAL"] {
            let (expected, answer) = (ask(&plain, method, "/x", None).await, ask(&guarded, method, "/x", None).await);
            assert_eq!((answer.status.as_u16(), expected.status.as_u16()), (405, 405), "{method}");
            assert_eq!(answer.headers[header::ALLOW], expected.headers[header::ALLOW], "{method}");
        }
    }
}

/// axum has one response for each path below which nothing matches. Two routers may want to give it.
#[tokio::test]
async fn routers_below_one_path_can_both_require_policies_and_have_fallbacks() {
    #[require_user]
    async fn fallback() -> &'static str {
        "fallback"
    }

    let issuer = TestIssuer::with_algorithm(Algorithm::ES256);
    let token = |scope: &str| issuer.token().user("ada").scope(scope).build();
    let (admin, billing) = (token("admin"), token("billing"));
    let (reads, writes) = (|| reads().require::<Admin>(), || writes().require::<Billing>());
    let with_fallback = || new().route("/y", get(probe)).fallback(fallback).require::<Billing>();
    let plain = Router::new().route("/y", axum::routing::get(|| async {})).fallback(|| async { "fallback" });
    for (case, routes, expected) in [
        ("two areas", new().nest("/a", reads()).nest("/a", writes()), [401, 404, 403]),
        ("two merged routers with areas", new().nest("/a", reads()).merge(new().nest("/a", writes())), [401, 404, 403]),
        ("an area in an area", new().nest("/a", new().nest("/b", reads())).nest("/a/b", writes()), [404, 404, 404]),
        (
            "routers in an area",
            new().nest("/a", self::reads()).nest("/a", self::writes()).require::<Admin>(),
            [401, 404, 403],
        ),
        ("an area, and a fallback", new().nest("/a", reads()).nest("/a", with_fallback()), [401, 403, 200]),
        ("a fallback, and an area", new().nest("/a", with_fallback()).nest("/a", reads()), [401, 403, 200]),
        (
            "a mounted router's fallback",
            new().nest("/a", reads()).guarded_router::<Billing>("/a", plain.clone()),
            [401, 403, 200],
        ),
    ] {
        let app =
            routes.guarded_by(issuer.verifier().await).build().unwrap_or_else(|errors| panic!("{case}: {errors}"));
        let statuses = [None, Some(&admin), Some(&billing)].map(|token| token.map(String::as_str));
        for (token, expected) in statuses.into_iter().zip(expected) {
            assert_eq!(ask(&app, "GET", "/a/none", token).await.status, expected, "{case}");
        }
        for path in ["/a/x", "/a/b/x", "/a/b/none"] {
            let status = ask(&app, "GET", path, None).await.status;
            assert!(status == 401 || status == 404, "{case}: {path} {status}");
        }
    }
}
