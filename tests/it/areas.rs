//! Routers that require a policy, attacked: by layers between the policies and the handlers, by methods without a
//! handler, by merged and nested routers, by other verifiers, and by policies that contradict each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth_runtime::routing::{RouteLayer, any, get, head, post};
use auth_runtime::testing::{TestClock, TestIssuer};
use auth_runtime::{
    Algorithm, DenialReason, GuardedRouter, Loaded, Membership, OrgMember, Require, RequireLayer, User, Verifier,
    public, require_org, require_permission, require_user,
};
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::handler::Handler as _;
use axum::http::{HeaderValue, Method, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::{Router, routing as plain};
use tower_http::cors::{Any, CorsLayer};

use crate::support::{Answer, Entered, get_with, get_without, send};

#[require_user]
struct Member;

#[require_user(scope("admin"))]
struct Admin;

#[require_user(scope("billing"))]
struct Billing;

#[require_org(from = path("org_id"))]
struct InOrg;

#[require_org(from = path("org_id"), fresh = "0s")]
struct InOrgNow;

#[require_user]
async fn jobs(user: User) -> String {
    user.id().to_owned()
}

#[public(despite_router, reason = "a probe")]
async fn probe() -> &'static str {
    "probe"
}

fn quick() -> TestIssuer {
    TestIssuer::with_algorithm(Algorithm::ES256)
}

/// A request with this token, if there is one.
async fn ask(app: &Router, method: Method, path: &str, token: Option<&str>) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request = match token {
        Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        None => request,
    };
    send(app, request.body(Body::empty()).unwrap()).await
}

// Layers in between.

async fn drop_extensions(mut request: Request, next: Next) -> Response {
    request.extensions_mut().clear();
    next.run(request).await
}

/// For clients that can send only GET and POST.
async fn override_method(mut request: Request, next: Next) -> Response {
    if let Some(method) = request.headers().get("x-http-method-override") {
        *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
    }
    next.run(request).await
}

/// Puts another credential into the request, like a token exchange.
async fn exchange(mut request: Request, next: Next) -> Response {
    request.headers_mut().insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer another"));
    next.run(request).await
}

#[tokio::test]
async fn a_layer_that_drops_extensions_gets_500_and_never_another_verifier() {
    let (own, other) = (quick(), quick());
    let verifier = own.verifier().await;
    let in_between = |layer: Between| {
        let routes = GuardedRouter::new().route("/jobs", get(jobs)).require::<Member>();
        match layer {
            Between::Nothing => routes,
            Between::Dropping => routes.layer_after_require(from_fn(drop_extensions)),
            Between::Verifier(other) => routes.layer_after_require(RequireLayer::<Member>::new().verifier(other)),
        }
    };
    // The same keys, but another verifier.
    let twin = own.verifier().await;
    for (layer, status, denied) in [
        (Between::Nothing, 200, None),
        (Between::Dropping, 500, Some(DenialReason::RouterSkipped)),
        (Between::Verifier(twin), 500, Some(DenialReason::RouterSkipped)),
    ] {
        let area = in_between(layer);
        let routes = GuardedRouter::new().nest("/a", area.clone()).merge(area).guarded_by(verifier.clone());
        let app = routes.into_router();
        for path in ["/jobs", "/a/jobs"] {
            let answer = get_with(&app, path, &own.token().build()).await;
            assert_eq!((answer.status.as_u16(), answer.denied), (status, denied), "{path} {answer:?}");
            assert_eq!(get_with(&app, path, &other.token().build()).await.status, 401, "{path}");
            assert_eq!(get_without(&app, path).await.status, 401, "{path}");
        }
    }
}

enum Between {
    Nothing,
    Dropping,
    Verifier(Verifier),
}

#[tokio::test]
async fn a_service_below_a_layer_that_drops_extensions_uses_its_own_verifier() {
    let (own, other) = (quick(), quick());
    let echo = plain::any(|request: Request| async move {
        request.extensions().get::<User>().map_or("nobody", User::id).to_owned()
    });
    let routes = GuardedRouter::new()
        .guarded_service::<Member>("/files", echo)
        .require::<Member>()
        .layer_after_require(from_fn(drop_extensions));
    let app = routes.guarded_by(own.verifier().await).into_router();
    assert_eq!(get_with(&app, "/files", &own.token().user("ada").build()).await.body, "ada");
    assert_eq!(get_with(&app, "/files", &other.token().build()).await.status, 401);
    assert_eq!(get_without(&app, "/files").await.status, 401);
}

#[tokio::test]
async fn a_changed_method_does_not_take_a_request_past_a_policy() {
    let issuer = quick();
    let (user, admin) = (issuer.token().build(), issuer.token().scope("admin").build());
    let area = || GuardedRouter::new().route("/x", get(jobs).post(probe)).require::<Admin>();
    let verifier = issuer.verifier().await;
    let layer = || from_fn(override_method);
    for (name, routes) in [
        ("outside", area().layer(layer())),
        ("below an outer policy", GuardedRouter::new().merge(area()).require::<Member>().layer_after_require(layer())),
        (
            "around a method router",
            GuardedRouter::new().route("/x", get(jobs).post(probe).layer(layer())).require::<Admin>(),
        ),
    ] {
        let app = routes.guarded_by(verifier.clone()).into_router();
        let overridden = async |from: Method, to: &str, token: &str| {
            let request = Request::builder().method(from).uri("/x").header("x-http-method-override", to);
            let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
            send(&app, request.body(Body::empty()).unwrap()).await
        };
        // From the guarded method to the public one.
        let answer = overridden(Method::GET, "POST", &user).await;
        assert!(answer.status == 403 || answer.status == 500, "{name} {answer:?}");
        // The other way round, the public route only becomes stricter.
        let answer = overridden(Method::POST, "GET", &user).await;
        assert!(answer.status == 403 || answer.body == "probe", "{name} {answer:?}");
        assert_eq!(ask(&app, Method::GET, "/x", Some(&user)).await.status, 403, "{name}");
        assert_eq!(ask(&app, Method::GET, "/x", Some(&admin)).await.status, 200, "{name}");
        assert_eq!(ask(&app, Method::POST, "/x", None).await.body, "probe", "{name}");
    }
}

#[tokio::test]
async fn results_of_policies_stay_whatever_a_later_layer_writes() {
    let issuer = quick();
    let routes = GuardedRouter::new().route("/jobs", get(jobs)).require::<Member>();
    let routes = routes.layer_after_require(from_fn(exchange)).guarded_by(issuer.verifier().await);
    let answer = get_with(&routes.into_router(), "/jobs", &issuer.token().user("ada").build()).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "ada"));
}

/// A generic function that takes a layer needs only one bound.
fn layered(routes: GuardedRouter, layer: impl RouteLayer) -> GuardedRouter {
    routes.layer(layer.clone()).route_layer(layer.clone()).layer_after_require(layer)
}

#[tokio::test]
async fn a_public_method_of_an_area_uses_the_verifier_of_its_router() {
    let (own, other) = (quick(), quick());
    let guarded = get(probe.layer(RequireLayer::<Admin>::new()));
    let routes = GuardedRouter::new().route("/x", guarded).require::<Member>();
    let app = layered(routes, from_fn(override_method)).guarded_by(own.verifier().await).into_router();
    for (token, status) in [
        (own.token().scope("admin").build(), 200),
        (own.token().build(), 403),
        (other.token().scope("admin").build(), 401),
    ] {
        assert_eq!(get_with(&app, "/x", &token).await.status, status);
    }
}

// Methods.

#[tokio::test]
async fn every_method_of_every_kind_of_route_is_held() {
    let issuer = quick();
    let (user, admin) = (issuer.token().build(), issuer.token().scope("admin").build());
    let nested = GuardedRouter::new().route("/n", get(jobs));
    let area = GuardedRouter::new()
        .route("/get", get(jobs))
        .route("/head", get(probe).head(jobs))
        .route("/any", any(jobs).get(probe))
        .route("/split", get(probe))
        .route("/split", head(jobs))
        .nest("/nested", nested)
        .require::<Admin>();
    let app = GuardedRouter::new().nest("/a", area).guarded_by(issuer.verifier().await).into_router();
    // Without a token, with a token that the area refuses, with one that it admits.
    for (method, path, anonymous, of_user, of_admin) in [
        (Method::GET, "/a/get", 401, 403, 200),
        (Method::HEAD, "/a/get", 401, 403, 200),
        (Method::OPTIONS, "/a/get", 401, 403, 405),
        (Method::POST, "/a/get", 401, 403, 405),
        (Method::TRACE, "/a/get", 401, 403, 405),
        (Method::GET, "/a/head", 200, 200, 200),
        (Method::HEAD, "/a/head", 401, 403, 200),
        (Method::OPTIONS, "/a/head", 401, 403, 405),
        (Method::GET, "/a/any", 200, 200, 200),
        (Method::HEAD, "/a/any", 200, 200, 200),
        (Method::OPTIONS, "/a/any", 401, 403, 200),
        (Method::PATCH, "/a/any", 401, 403, 200),
        (Method::GET, "/a/split", 200, 200, 200),
        (Method::HEAD, "/a/split", 401, 403, 200),
        (Method::GET, "/a/nested/n", 401, 403, 200),
        (Method::DELETE, "/a/nested/n", 401, 403, 405),
        (Method::GET, "/a/nested/none", 401, 403, 404),
        (Method::OPTIONS, "/a/none", 401, 403, 404),
    ] {
        for (token, status) in [(None, anonymous), (Some(&user), of_user), (Some(&admin), of_admin)] {
            let answer = ask(&app, method.clone(), path, token.map(String::as_str)).await;
            assert_eq!(answer.status, status, "{method} {path} {token:?} {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_preflight_request_is_answered_before_the_policies_of_an_area() {
    let issuer = quick();
    let cors = CorsLayer::new().allow_origin(Any).allow_methods([Method::GET]);
    let area = GuardedRouter::new().route("/jobs", get(jobs)).require::<Admin>().layer(cors);
    let app = GuardedRouter::new().nest("/a", area).guarded_by(issuer.verifier().await).into_router();
    let preflight = Request::options("/a/jobs").header("origin", "https://app.example");
    let preflight = preflight.header("access-control-request-method", "GET").body(Body::empty()).unwrap();
    let answer = send(&app, preflight).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
    let request = Request::get("/a/jobs").header("origin", "https://app.example").body(Body::empty()).unwrap();
    let answer = send(&app, request).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.headers["access-control-allow-origin"], "*", "the page must be able to read the refusal");
}

// Routers in routers.

#[tokio::test]
async fn merged_routers_keep_what_each_requires() {
    let issuer = quick();
    let token = |scopes: &str| issuer.token().scope(scopes).build();
    let (none, admin, billing, both) = (token("x"), token("admin"), token("billing"), token("admin billing"));
    let admin_area = GuardedRouter::new().route("/shared", get(jobs)).route("/admin", get(jobs)).require::<Admin>();
    let bills = GuardedRouter::new().route("/shared", post(jobs)).route("/bills", get(jobs)).require::<Billing>();
    let inner = GuardedRouter::new().nest("/inner", bills.clone()).require::<Admin>();
    let routes = GuardedRouter::new().route("/open", get(jobs)).merge(admin_area).merge(bills).merge(inner);
    let app = routes.guarded_by(issuer.verifier().await).into_router();
    for (method, path, expected) in [
        (Method::GET, "/open", [200, 200, 200, 200]),
        (Method::GET, "/admin", [403, 200, 403, 200]),
        (Method::GET, "/bills", [403, 403, 200, 200]),
        (Method::GET, "/shared", [403, 200, 403, 200]),
        (Method::POST, "/shared", [403, 403, 200, 200]),
        (Method::GET, "/inner/bills", [403, 403, 403, 200]),
    ] {
        assert_eq!(ask(&app, method.clone(), path, None).await.status, 401, "{path}");
        for (token, status) in [&none, &admin, &billing, &both].into_iter().zip(expected) {
            assert_eq!(ask(&app, method.clone(), path, Some(token)).await.status, status, "{method} {path}");
        }
    }
}

#[public(reason = "says which methods there are")]
async fn methods() -> &'static str {
    "methods"
}

#[tokio::test]
async fn a_fallback_for_methods_does_not_reach_into_an_area() {
    let issuer = quick();
    let area = || GuardedRouter::new().route("/jobs", get(jobs)).require::<Admin>();
    let after = GuardedRouter::<()>::new().nest("/a", area()).method_not_allowed_fallback(methods);
    let fault = after.build().unwrap_err().to_string();
    assert!(
        fault.contains(
            "* /a/jobs: `method_not_allowed_fallback` would respond here without `Admin`, which a router requires at"
        ) && fault.contains("call it before that router is mounted"),
        "{fault}"
    );
    let before = GuardedRouter::new().route("/x", get(jobs)).method_not_allowed_fallback(methods).nest("/a", area());
    let app = before.guarded_by(issuer.verifier().await).into_router();
    assert_eq!(ask(&app, Method::DELETE, "/x", None).await.body, "methods");
    assert_eq!(ask(&app, Method::DELETE, "/a/jobs", None).await.status, 401);
    let admin = issuer.token().scope("admin").build();
    let answer = ask(&app, Method::DELETE, "/a/jobs", Some(&admin)).await;
    assert_eq!((answer.status.as_u16(), answer.headers[header::ALLOW].to_str().unwrap()), (405, "GET,HEAD"));
}

#[tokio::test]
async fn an_area_under_another_verifier_than_its_outer_router_asks_its_own_for_all_policies() {
    let (inner, outer) = (quick(), quick());
    let echo = || plain::any(|user: axum::Extension<User>| async move { user.id().to_owned() });
    let area = GuardedRouter::new()
        .route("/jobs", get(jobs))
        .route("/closure", get(|guard: Require<Member>| async move { guard.user().id().to_owned() }))
        .guarded_service::<Member>("/files", echo())
        .guarded_router::<Member>("/router", Router::new().route("/x", echo()))
        .fallback(jobs)
        .require::<Admin>()
        .guarded_by(inner.verifier().await);
    let routes = GuardedRouter::new().nest("/a", area).route("/jobs", get(jobs)).require::<Member>();
    let app = routes.guarded_by(outer.verifier().await).into_router();
    let of_inner = inner.token().user("ada").scope("admin").build();
    let of_outer = outer.token().user("ada").scope("admin").build();
    for path in ["/a/jobs", "/a/closure", "/a/files", "/a/router/x", "/a/none"] {
        let answer = get_with(&app, path, &of_inner).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "ada"), "{path} {answer:?}");
        assert_eq!(get_with(&app, path, &of_outer).await.status, 401, "{path}");
        assert_eq!(get_with(&app, path, &inner.token().build()).await.status, 403, "{path}");
    }
    assert_eq!(get_with(&app, "/jobs", &of_outer).await.status, 200);
    assert_eq!(get_with(&app, "/jobs", &of_inner).await.status, 401);
}

// What the policies require.

#[require_org(from = org_id)]
async fn role(Path(org_id): Path<String>, org: OrgMember) -> String {
    format!("{org_id} {}", org.role().unwrap_or_default())
}

#[tokio::test]
async fn fresh_on_a_group_applies_to_everything_that_it_serves() {
    let issuer = quick();
    let directory = issuer.directory();
    let builder = Verifier::builder().issuer(issuer.issuer()).directory(directory.clone()).clock(TestClock::now());
    let verifier = builder.directory_fresh_for(Duration::from_secs(60)).build().await.unwrap();
    let area = |routes: GuardedRouter| GuardedRouter::new().nest("/orgs/{org_id}", routes);
    let routes = || GuardedRouter::new().route("/role", get(role));
    let cached = area(routes().require::<InOrg>()).guarded_by(verifier.clone()).into_router();
    let fresh = area(routes().require::<InOrgNow>()).guarded_by(verifier.clone()).into_router();
    let token = issuer.token().user("ada").build();
    directory.member("ada", Membership::new("acme", "Member"));
    for app in [&cached, &fresh] {
        assert_eq!(get_with(app, "/orgs/acme/role", &token).await.body, "acme Member");
    }
    directory.member("ada", Membership::new("acme", "Admin"));
    assert_eq!(get_with(&cached, "/orgs/acme/role", &token).await.body, "acme Member");
    // The handler reuses the group's answer, and does not ask a second time.
    let before = directory.lookups();
    assert_eq!(get_with(&fresh, "/orgs/acme/role", &token).await.body, "acme Admin");
    assert_eq!(directory.lookups(), before + 1);
    directory.remove("ada", "acme");
    assert_eq!(get_with(&fresh, "/orgs/acme/role", &token).await.status, 403);
}

#[require_permission("projects:read")]
#[require_user(scope("read"), load = rows.load(id))]
async fn row(State(rows): State<Rows>, Path(id): Path<u64>, Loaded(row): Loaded<u64>) -> String {
    row.to_string()
}

#[derive(Clone, Default)]
struct Rows(Entered);

impl Rows {
    fn load(&self, id: u64) -> Option<u64> {
        self.0.enter();
        (id == 1).then_some(id)
    }
}

#[tokio::test]
async fn nothing_is_loaded_for_a_caller_whom_a_policy_or_an_attribute_refuses() {
    let issuer = quick();
    let rows = Rows::default();
    let routes = GuardedRouter::new().route("/rows/{id}", get(row)).require::<Admin>().with_state(rows.clone());
    let app = routes.guarded_by(issuer.verifier().await).into_router();
    let token = |scopes: &str, permission: &str| issuer.token().scope(scopes).permission(permission).build();
    for (token, status, loads) in [
        // Each of the three policies refuses by itself.
        (token("read", "projects:read"), 403, 0),
        (token("admin read", "none"), 403, 0),
        (token("admin", "projects:read"), 403, 0),
        (token("admin read", "projects:read"), 200, 1),
    ] {
        let before = rows.0.count();
        let answer = get_with(&app, "/rows/1", &token).await;
        assert_eq!((answer.status.as_u16(), rows.0.count() - before), (status, loads), "{answer:?}");
    }
    assert_eq!(get_without(&app, "/rows/1").await.status, 401);
    assert_eq!(get_with(&app, "/rows/2", &token("admin read", "projects:read")).await.status, 404);
}

#[require_org(!(role >= "Admin"), from = path("org_id"))]
struct NoAdmin;

#[require_org(role == "Admin" && !impersonated, from = path("org_id"))]
struct ExactlyAdmin;

#[require_org(role == "Admin", from = path("other"))]
struct AdminElsewhere;

#[require_user(impersonated || scope("x"))]
struct Support;

#[require_user(impersonated)]
struct Impersonated;

#[require_org(role >= "Admin", from = org_id)]
async fn of_admin(Path(org_id): Path<String>) -> String {
    org_id
}

#[require_org(role >= "Admin", from = id)]
async fn of_other_admin(Path((org_id, id)): Path<(String, String)>) -> String {
    org_id + &id
}

#[test]
fn policies_that_contradict_each_other_are_a_fault_with_both_places() {
    type Routes = GuardedRouter;
    for (name, routes, expected) in [
        (
            "a group and an attribute over the same parameter",
            Routes::new().nest("/{org_id}", Routes::new().route("/x", get(of_admin)).require::<NoAdmin>()),
            Some("GET /{org_id}/x: no request is admitted: `NoAdmin`, which the router requires at tests/it/areas.rs:"),
        ),
        (
            "two groups",
            Routes::new().route("/{org_id}", get(jobs)).require::<ExactlyAdmin>().require::<NoAdmin>(),
            Some("needs `role == \"Admin\"`, and `NoAdmin`, which the router requires at tests/it/areas.rs:"),
        ),
        (
            "two groups about the user",
            Routes::new().route("/{org_id}", get(jobs)).require::<ExactlyAdmin>().require::<Impersonated>(),
            Some("needs `!impersonated`, and `Impersonated`, which the router requires at tests/it/areas.rs:"),
        ),
        (
            "a group and a service",
            Routes::new().guarded_service::<NoAdmin>("/{org_id}", plain::any(|| async {})).require::<ExactlyAdmin>(),
            Some("* /{org_id}: no request is admitted"),
        ),
        (
            "two policies of a closure",
            Routes::new().route("/{org_id}", get(|_: Require<(NoAdmin, ExactlyAdmin)>| async {})),
            Some("no request is admitted: `NoAdmin` needs"),
        ),
        // These policies can be met together.
        ("a stricter rule", Routes::new().route("/{org_id}", get(of_admin)).require::<ExactlyAdmin>(), None),
        (
            "another parameter",
            Routes::new().route("/{org_id}/{other}", get(jobs)).require::<NoAdmin>().require::<AdminElsewhere>(),
            None,
        ),
        ("another argument", Routes::new().route("/{org_id}/{id}", get(of_other_admin)).require::<NoAdmin>(), None),
        (
            "one of two",
            Routes::new().route("/{org_id}", get(jobs)).require::<ExactlyAdmin>().require::<Support>(),
            None,
        ),
    ] {
        let built = routes.build().map(drop).map_err(|errors| errors.to_string());
        match expected {
            None => assert_eq!(built, Ok(()), "{name}"),
            Some(expected) => {
                let fault = built.unwrap_err();
                assert!(fault.contains(expected) && fault.contains("(tests/it/areas.rs:"), "{name}: {fault}");
            }
        }
    }
}

#[tokio::test]
async fn a_layer_after_require_runs_once_for_each_admitted_request() {
    let issuer = quick();
    let ran = Arc::new(AtomicUsize::new(0));
    let count = |ran: &Arc<AtomicUsize>| {
        let ran = Arc::clone(ran);
        from_fn(move |request: Request, next: Next| {
            ran.fetch_add(1, Ordering::SeqCst);
            next.run(request)
        })
    };
    let routes = GuardedRouter::new().route("/jobs", get(jobs)).fallback(jobs).require::<Admin>();
    let app = routes.layer_after_require(count(&ran)).guarded_by(issuer.verifier().await).into_router();
    let (user, admin) = (issuer.token().build(), issuer.token().scope("admin").build());
    for (method, path, token, runs) in [
        (Method::GET, "/jobs", &user, 0),
        (Method::DELETE, "/jobs", &user, 0),
        (Method::GET, "/jobs", &admin, 1),
        (Method::DELETE, "/jobs", &admin, 1),
        (Method::GET, "/none", &admin, 1),
    ] {
        let before = ran.load(Ordering::SeqCst);
        ask(&app, method.clone(), path, Some(token)).await;
        assert_eq!(ran.load(Ordering::SeqCst) - before, runs, "{method} {path}");
    }
}

#[require_user(unrestricted(file, reason = "every user reads every file"))]
struct Reader;

#[test]
fn policies_with_names_account_for_the_parameters_that_they_read() {
    type Routes = GuardedRouter;
    let service = || plain::any(|| async {});
    for (name, routes, unread) in [
        ("a group", Routes::new().route("/{org_id}", get(jobs)).require::<InOrg>(), None),
        ("a closure", Routes::new().route("/{org_id}", get(|_: Require<InOrg>| async {})), None),
        (
            "a closure, one of two",
            Routes::new().route("/{org_id}/{seat}", get(|_: Require<InOrg>| async {})),
            Some("seat"),
        ),
        ("a group, one of two", Routes::new().route("/{org_id}/{seat}", get(jobs)).require::<InOrg>(), Some("seat")),
        ("no group", Routes::new().route("/{org_id}", get(jobs)).require::<Member>(), Some("org_id")),
        ("the rest of a path", Routes::new().guarded_service::<Member>("/{*path}", service()), None),
        ("a service", Routes::new().guarded_service::<InOrg>("/{org_id}/{file}", service()), Some("file")),
        ("unrestricted", Routes::new().guarded_service::<Reader>("/{file}", service()), None),
    ] {
        let built = routes.account_for_parameters().build().map(drop).map_err(|errors| errors.to_string());
        match unread {
            None => assert_eq!(built, Ok(()), "{name}"),
            Some(unread) => {
                let fault = built.unwrap_err();
                assert!(fault.contains(&format!("no guard reads `{{{unread}}}`")), "{name}: {fault}");
            }
        }
    }
}

#[tokio::test]
async fn a_refused_call_of_grpc_gets_its_status_and_no_body() {
    let issuer = quick();
    let layer = RequireLayer::<Admin>::new().verifier(issuer.verifier().await);
    let app = Router::new().route("/greeter/Greet", plain::post(|| async { "answer" })).layer(layer);
    let (user, admin) = (issuer.token().build(), issuer.token().scope("admin").build());
    for (content_type, token, status, grpc) in [
        ("application/grpc", None, 401, Some("16")),
        ("application/grpc+proto", Some(&user), 403, Some("7")),
        ("application/grpc", Some(&admin), 200, None),
        ("application/json", None, 401, None),
    ] {
        let request = Request::post("/greeter/Greet").header(header::CONTENT_TYPE, content_type);
        let request = match token {
            Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        };
        let answer = send(&app, request.body(Body::empty()).unwrap()).await;
        let found = answer.headers.get("grpc-status").map(|value| value.to_str().unwrap());
        assert_eq!((answer.status.as_u16(), found), (status, grpc), "{answer:?}");
        assert_eq!(answer.body.is_empty(), grpc.is_some(), "{answer:?}");
        assert_eq!(answer.denied.is_some(), status != 200, "{answer:?}");
    }
}
