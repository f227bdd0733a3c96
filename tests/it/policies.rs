//! Named policies: on closures and methods, around routers, and around services. Also handlers from public projects
//! that no attribute could guard.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_runtime::routing::{RouteErrors, any, get, post};
use auth_runtime::testing::{DenialMatrix, TestIssuer, denial_matrix};
use auth_runtime::{
    Algorithm, DenialReason, GuardedRouter, ObserveLayer, OrgMember, Require, RequireLayer, TokenLocation, User,
    Verifier, optional_user, public, require_org, require_permission, require_user,
};
use axum::body::Body;
use axum::extract::{Extension, FromRequestParts as _, Path, Request, State};
use axum::http::{Method, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing as plain};
use tower::{Layer as _, service_fn};

use crate::support::{Answer, Recorded, get_with, get_without, send, watched};

#[require_org(role >= "Admin", from = path("org_id"))]
#[derive(Debug)]
pub struct OrgAdmin;

#[require_org(from = path("org_id"))]
pub struct InOrg;

#[require_user]
pub struct Member;

#[require_user(scope("admin"))]
#[require_permission("can_bill")]
pub struct Biller;

#[require_user(scope("admin"))]
pub struct AdminArea;

#[require_org(from = header("x-org"))]
pub struct ByHeader;

#[optional_user]
pub struct Anyone;

#[public(reason = "a test")]
pub struct Open;

fn quick() -> TestIssuer {
    TestIssuer::with_algorithm(Algorithm::ES256)
}

async fn served(routes: GuardedRouter, issuer: &TestIssuer) -> Router {
    routes.guarded_by(issuer.verifier().await).into_router()
}

fn faults(routes: GuardedRouter) -> Vec<String> {
    let errors: RouteErrors = routes.build().unwrap_err();
    errors.faults().iter().map(ToString::to_string).collect()
}

// Handlers that cannot have an attribute.

trait Catalog: Clone + Send + Sync + 'static {
    fn name(&self) -> &'static str;
}

#[derive(Clone)]
struct InMemory;

impl Catalog for InMemory {
    fn name(&self) -> &'static str {
        "memory"
    }
}

struct Api;

impl Api {
    #[allow(clippy::unused_async)] // a handler is an `async fn`
    async fn member(_: Require<OrgAdmin>, Path(org_id): Path<String>, org: OrgMember) -> String {
        format!("{org_id} {}", org.role().unwrap_or_default())
    }
}

async fn generic<C: Catalog>(_: Require<Member>, State(catalog): State<C>) -> &'static str {
    catalog.name()
}

/// A table of closures over a trait, like that of a catalog with one function for each operation.
fn catalog<C: Catalog>(catalog: C) -> GuardedRouter {
    GuardedRouter::new()
        .route("/{org_id}/tables", get(|_: Require<OrgAdmin>, State(c): State<C>| async move { c.name() }))
        .route(
            "/{org_id}/tables/{table}",
            get(|admin: Require<OrgAdmin>, Path((_, table)): Path<(String, String)>| async move {
                format!("{} {} {table}", admin.user().id(), admin.org().id())
            })
            .post(async |_: Require<(OrgAdmin, Biller)>, body: String| body),
        )
        .route("/{org_id}/named", get(Api::member))
        .route("/generic", get(generic::<C>))
        .route("/open", get(|_: Require<Open>| async { "open" }))
        .route("/anyone", get(|_: Require<Anyone>, user: Option<User>| async move { user.is_some().to_string() }))
        .with_state(catalog)
}

#[tokio::test]
async fn closures_methods_and_generic_handlers_are_guarded_by_their_first_argument() {
    let issuer = quick();
    let app = served(catalog(InMemory), &issuer).await;
    let admin = issuer.token().user("ada").org("acme", "Admin").build();
    let member = issuer.token().user("bob").org("acme", "Member").build();
    for (path, anonymous, of_member, of_admin, elsewhere) in [
        ("/acme/tables", 401, 403, (200, "memory"), 403),
        ("/acme/tables/t", 401, 403, (200, "ada acme t"), 403),
        ("/acme/named", 401, 403, (200, "acme Admin"), 403),
        ("/generic", 401, 200, (200, "memory"), 200),
        ("/open", 200, 200, (200, "open"), 200),
        ("/anyone", 200, 200, (200, "true"), 200),
    ] {
        assert_eq!(get_without(&app, path).await.status, anonymous, "{path}");
        assert_eq!(get_with(&app, path, &member).await.status, of_member, "{path}");
        let answer = get_with(&app, path, &admin).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), of_admin, "{path}");
        assert_eq!(get_with(&app, &path.replace("acme", "globex"), &admin).await.status, elsewhere, "{path}");
    }
    // Two policies: both must admit, and the body is read behind them.
    let biller = issuer.token().org("acme", "Admin").scope("admin").permission("can_bill").build();
    for (token, status, is_read) in [(&admin, 403, false), (&biller, 200, true)] {
        let (body, polled) = watched("text");
        let request = Request::post("/acme/tables/t").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let answer = send(&app, request.header(header::CONTENT_TYPE, "text/plain").body(body).unwrap()).await;
        assert_eq!((answer.status.as_u16(), polled.load(Ordering::SeqCst)), (status, is_read), "{answer:?}");
    }
}

#[require_user]
async fn beside_an_alias(_: Alias) {}

type Alias = Require<OrgAdmin>;

#[tokio::test]
async fn a_second_guard_is_a_fault_or_refuses_every_request() {
    let two = get(|_: Require<Member>, _: Require<OrgAdmin>| async {});
    let faults = faults(GuardedRouter::new().route("/{org_id}", two));
    assert!(faults[0].contains("the handler takes a second `Require`: write `Require<(A, B)>`"), "{faults:?}");
    // Together with an attribute it does not compile, unless the type has another name.
    let issuer = quick();
    let app = served(GuardedRouter::new().route("/{org_id}", get(beside_an_alias)), &issuer).await;
    let answer = get_with(&app, "/acme", &issuer.token().org("acme", "Admin").build()).await;
    assert_eq!((answer.status.as_u16(), answer.denied), (500, Some(DenialReason::SecondGuard)));
}

// Around routers.

#[require_user]
async fn jobs() -> &'static str {
    "jobs"
}

#[require_org(role >= "Owner", from = org_id)]
async fn strict(Path(org_id): Path<String>, org: OrgMember) -> String {
    format!("{org_id} {}", org.id())
}

#[require_user]
async fn of_the_group(org: OrgMember) -> String {
    org.id().to_owned()
}

#[public(despite_router, reason = "a probe")]
async fn probe() -> &'static str {
    "probe"
}

#[require_user(scope("jobs"), deny = not_found)]
async fn hidden() {}

#[public(reason = "a page")]
async fn page() {}

#[tokio::test]
async fn a_router_requires_its_policy_of_all_that_it_serves() {
    let issuer = quick();
    let nested = GuardedRouter::new().route("/jobs", get(jobs)).fallback(jobs);
    let merged = GuardedRouter::new().route("/merged", get(jobs));
    let admin = GuardedRouter::new()
        .route("/before", get(jobs))
        .require::<AdminArea>()
        .route("/after", get(jobs).post(probe))
        .nest("/nested", nested)
        .merge(merged)
        .guarded_service::<Member>("/service", plain::get(|| async { "jobs" }))
        .method_not_allowed_fallback(jobs)
        .fallback(jobs);
    let routes = GuardedRouter::new().nest("/admin", admin).route("/jobs", get(jobs));
    let app = served(routes, &issuer).await;
    let user = issuer.token().build();
    let admin = issuer.token().scope("admin").build();
    for path in ["/before", "/after", "/nested/jobs", "/nested/no/such", "/merged", "/service", "/no/such", "/nested"] {
        let path = format!("/admin{path}");
        assert_eq!(get_without(&app, &path).await.status, 401, "{path}");
        let answer = get_with(&app, &path, &user).await;
        assert_eq!((answer.status.as_u16(), answer.denied), (403, Some(DenialReason::Condition)), "{path}");
        let refused = "condition not met: AdminArea: #[require_user(scope(\"admin\"))] at tests/it/policies.rs:";
        assert!(answer.explanation.starts_with(refused), "{answer:?}");
        let answer = get_with(&app, &path, &admin).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "jobs"), "{path}");
    }
    // The policy also applies to methods without a handler.
    for (token, status) in [(&user, 403), (&admin, 200)] {
        let request = Request::delete("/admin/before").header(header::AUTHORIZATION, format!("Bearer {token}"));
        assert_eq!(send(&app, request.body(Body::empty()).unwrap()).await.status, status);
    }
    // One method of a path stays public, by `despite_router`.
    let anonymous = send(&app, Request::post("/admin/after").body(Body::empty()).unwrap()).await;
    assert_eq!((anonymous.status.as_u16(), anonymous.body.as_str()), (200, "probe"));
    // The policy does not apply to paths that the router does not serve.
    assert_eq!(get_with(&app, "/jobs", &user).await.status, 200);
}

#[tokio::test]
async fn requests_without_a_route_need_the_policies_of_the_router() {
    let issuer = quick();
    let area = || GuardedRouter::new().route("/jobs", get(jobs)).require::<Member>();
    let alone = served(area(), &issuer).await;
    let nested = served(GuardedRouter::new().nest("/area", area()), &issuer).await;
    let elsewhere = served(GuardedRouter::new().nest("/area", area()).fallback(page), &issuer).await;
    let merged = served(GuardedRouter::new().merge(area()), &issuer).await;
    for (app, path, anonymous, member) in [
        (&alone, "/none", 401, 404),
        (&alone, "/jobs", 401, 200),
        (&nested, "/area/none", 401, 404),
        (&nested, "/none", 404, 404),
        (&elsewhere, "/area/none", 200, 200),
        (&merged, "/none", 404, 404),
        (&merged, "/jobs", 401, 200),
    ] {
        assert_eq!(get_without(app, path).await.status, anonymous, "{path}");
        assert_eq!(get_with(app, path, &issuer.token().build()).await.status, member, "{path}");
    }
    // The response does not reveal to strangers which methods have a handler.
    let request = |token: Option<&str>| {
        let request = Request::delete("/jobs");
        let request = token.map_or(Request::delete("/jobs"), |token| request.header(header::AUTHORIZATION, token));
        request.body(Body::empty()).unwrap()
    };
    assert_eq!(send(&alone, request(None)).await.status, 401);
    let token = format!("Bearer {}", issuer.token().build());
    assert_eq!(send(&alone, request(Some(&token))).await.status, 405);
}

#[tokio::test]
async fn each_policy_decides_by_itself_with_its_own_organization() {
    let issuer = quick();
    let orgs = GuardedRouter::new()
        .route("/bill", get(strict))
        .route("/name", get(of_the_group))
        .route("/hidden", get(hidden))
        .require::<InOrg>();
    let both = GuardedRouter::new().nest("/orgs/{org_id}", orgs).require::<ByHeader>();
    let app = served(both, &issuer).await;
    let entry = |role: &str, id: &str| serde_json::json!({ "org_id": id, "user_role": role });
    let token = |orgs: serde_json::Value| issuer.token().claim("org_id_to_org_member_info", orgs).build();
    let owner = token(serde_json::json!({ "acme": entry("Owner", "acme"), "globex": entry("Member", "globex") }));
    let only_acme = token(serde_json::json!({ "acme": entry("Owner", "acme") }));
    let send_to = async |path: &str, token: &str, org: &str| {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}")).header("x-org", org);
        send(&app, request.body(Body::empty()).unwrap()).await
    };
    for (path, token, org, status, body) in [
        // The outer policy selects another organization, which does not affect the inner ones.
        ("/orgs/acme/bill", &owner, "globex", 200, Some("acme acme")),
        ("/orgs/globex/bill", &owner, "acme", 403, None),
        ("/orgs/acme/bill", &only_acme, "globex", 403, None),
        ("/orgs/globex/name", &owner, "acme", 200, Some("globex")),
        ("/orgs/initech/name", &owner, "acme", 403, None),
        // Each handler has its own `deny`.
        ("/orgs/acme/hidden", &owner, "acme", 404, None),
        ("/orgs/initech/hidden", &owner, "acme", 403, None),
    ] {
        let answer = send_to(path, token, org).await;
        assert_eq!(answer.status, status, "{path} {org}: {answer:?}");
        assert!(body.is_none_or(|body| answer.body == body), "{path} {org}: {answer:?}");
    }
}

#[tokio::test]
async fn the_token_is_verified_once_and_by_the_verifier_of_the_route() {
    let (inner, outer) = (quick(), quick());
    let own = GuardedRouter::new().route("/own", get(jobs)).guarded_by(inner.verifier().await);
    let routes = GuardedRouter::new().merge(own).route("/jobs", get(jobs)).require::<Member>();
    let app = routes.guarded_by(outer.verifier().await).into_router();
    for (path, issuer, other) in [("/own", &inner, &outer), ("/jobs", &outer, &inner)] {
        assert_eq!(get_with(&app, path, &issuer.token().build()).await.status, 200, "{path}");
        assert_eq!(get_with(&app, path, &other.token().build()).await.status, 401, "{path}");
    }
    // A policy removes the token from the URI of an event stream, and the guard behind it still knows the user.
    let issuer = quick();
    let verifier = Verifier::builder().issuer(issuer.issuer()).token_location(TokenLocation::event_stream_query("t"));
    let events = GuardedRouter::new().route("/events", get(jobs)).require::<Member>().require::<Anyone>();
    let app = events.guarded_by(verifier.build().await.unwrap()).into_router();
    let request =
        Request::get(format!("/events?t={}", issuer.token().build())).header(header::ACCEPT, "text/event-stream");
    assert_eq!(send(&app, request.body(Body::empty()).unwrap()).await.status, 200);
}

#[tokio::test]
async fn layers_run_between_the_policies_of_a_router_and_the_guards_of_its_handlers() {
    // The workspace layer of a multi-tenant back end: it needs the user, and runs before the handler.
    async fn workspace(
        State(seen): State<Arc<AtomicUsize>>,
        user: User,
        org: OrgMember,
        mut request: Request,
        next: Next,
    ) -> Response {
        seen.fetch_add(1, Ordering::SeqCst);
        request.extensions_mut().insert(format!("{} in {}", user.id(), org.id()));
        next.run(request).await
    }
    #[require_user(scope("read"))]
    async fn handler(Extension(workspace): Extension<String>) -> String {
        workspace
    }
    let (issuer, seen) = (quick(), Arc::new(AtomicUsize::new(0)));
    let routes = GuardedRouter::new()
        .route("/{org_id}/files", get(handler).post(probe))
        .require::<InOrg>()
        .layer_after_require(from_fn_with_state(Arc::clone(&seen), workspace));
    let app = served(routes, &issuer).await;
    let reader = issuer.token().user("ada").org("acme", "Member").scope("read").build();
    let member = issuer.token().user("ada").org("acme", "Member").build();
    for (path, token, status, layers, body) in [
        ("/acme/files", None, 401, 0, ""),
        ("/globex/files", Some(&reader), 403, 0, ""),
        ("/acme/files", Some(&member), 403, 1, ""),
        ("/acme/files", Some(&reader), 200, 1, "ada in acme"),
    ] {
        let before = seen.load(Ordering::SeqCst);
        let answer = match token {
            Some(token) => get_with(&app, path, token).await,
            None => get_without(&app, path).await,
        };
        assert_eq!((answer.status.as_u16(), seen.load(Ordering::SeqCst) - before), (status, layers), "{answer:?}");
        assert!(body.is_empty() || answer.body == body, "{answer:?}");
    }
    // A method that stays public is public to the layer too.
    let answer = send(&app, Request::post("/acme/files").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.body, "probe");
    let unused = faults(GuardedRouter::new().route("/jobs", get(jobs)).layer_after_require(from_fn(pass)));
    assert!(unused[0].contains("`layer_after_require` on a router without `require`: use `layer`"), "{unused:?}");
}

async fn pass(request: Request, next: Next) -> Response {
    next.run(request).await
}

#[test]
fn contradictions_are_faults_with_both_places() {
    let service = || service_fn(|_: Request| async { Ok::<_, Infallible>(Response::new(Body::empty())) });
    let here = |routes: GuardedRouter| faults(routes);
    for (routes, expected) in [
        (
            GuardedRouter::new().route("/page", get(page)).require::<Member>(),
            &["GET /page: the route is public, but `Member`, which the router requires at tests/it/policies.rs:"][..],
        ),
        (
            GuardedRouter::new().public_service("/files", "assets", service()).require::<Member>(),
            &["* /files: the route is public, but `Member`, which the router requires at"],
        ),
        (
            GuardedRouter::new().route("/closure", get(|_: Require<Open>| async {})).require::<Member>(),
            &["GET /closure: the route is public"],
        ),
        (
            GuardedRouter::new().route("/jobs", get(jobs)).require::<OrgAdmin>(),
            &["GET /jobs: `OrgAdmin`, which the router requires at tests/it/policies.rs:"],
        ),
        (
            GuardedRouter::new().route("/jobs", get(|_: Require<OrgAdmin>| async {})),
            &["GET /jobs: `OrgAdmin` reads `path(\"org_id\")`, but the path has no parameter"],
        ),
        (
            GuardedRouter::new().guarded_fallback::<OrgAdmin>(service()),
            &["/*: `OrgAdmin` reads `path(\"org_id\")`, but a fallback has no parameters"],
        ),
        (GuardedRouter::new().require::<Open>(), &["`Open` admits every request: require a policy with a user"]),
        (
            GuardedRouter::new().route("/name", get(of_the_group)).require::<Member>(),
            &["GET /name: the handler takes an `OrgMember`, but no attribute selects an organization"],
        ),
        (
            GuardedRouter::new().guarded_service::<Member>("/files", Router::new()),
            &["/files: an `axum::Router` cannot be a service here: use `guarded_router`"],
        ),
    ] {
        let found = here(routes);
        for expected in expected {
            assert!(found.iter().any(|fault| fault.contains(expected)), "{expected}: {found:#?}");
        }
    }
    assert!(GuardedRouter::<()>::new().route("/probe", get(probe)).require::<Member>().build().is_ok());
}

// Features that also work with attributes.

fn area() -> GuardedRouter {
    let orgs = GuardedRouter::new().route("/bill", get(strict)).route("/name", get(of_the_group)).require::<InOrg>();
    let services = GuardedRouter::new()
        .guarded_service::<Member>("/files/{*path}", plain::get(|| async {}))
        .guarded_router::<Biller>("/bills", Router::new().route("/{id}", plain::any(|| async {})))
        .guarded_fallback::<Member>(plain::any(|| async {}));
    GuardedRouter::new()
        .nest("/orgs/{org_id}", orgs)
        .route("/tables/{org_id}", post(|_: Require<(OrgAdmin, Biller)>| async {}))
        .route("/jobs", get(jobs).post(probe))
        .merge(services)
        .require::<AdminArea>()
}

const COMMITTED: &str = r#"# Routes and their policies: written by `Table::text`, compared by a test.
# parameters: 1 unread, 0 unbound
*       /*  AdminArea: require_user(scope("admin")); Member: require_user
*       /bills/{id}  AdminArea: require_user(scope("admin")); Biller: require_user(scope("admin")) + require_permission(permission("can_bill")) unread: {id}
*       /files/{*path}  AdminArea: require_user(scope("admin")); Member: require_user
GET     /jobs  AdminArea: require_user(scope("admin")); require_user
POST    /jobs  public(despite_router, reason = "a probe")
GET     /orgs/{org_id}/bill  AdminArea: require_user(scope("admin")); InOrg: require_org(from = path("org_id")); require_org(role >= "Owner", from = org_id with "Path(org_id): Path<String>")
GET     /orgs/{org_id}/name  AdminArea: require_user(scope("admin")); InOrg: require_org(from = path("org_id")); require_user
POST    /tables/{org_id}  AdminArea: require_user(scope("admin")); OrgAdmin: require_org(role >= "Admin", from = path("org_id")); Biller: require_user(scope("admin")) + require_permission(permission("can_bill"))
"#;

#[test]
fn tables_show_each_policy_with_its_name_and_places() {
    let table = area().table();
    assert_eq!(table.text(), COMMITTED);
    assert!(table.compare(COMMITTED).is_ok());
    let shown = table.to_string();
    let line = shown.lines().find(|line| line.contains("/tables")).unwrap();
    for part in [
        "AdminArea (tests/it/policies.rs:",
        "required at tests/it/policies.rs:",
        "; OrgAdmin (tests/it/policies.rs:",
        "; Biller (",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(shown.ends_with("8 routes, 1 public"), "{shown}");
}

#[test]
fn a_policy_that_a_router_no_longer_requires_is_looser() {
    let routes = |require: bool, strict: bool| {
        let routes = GuardedRouter::<()>::new();
        let routes = if strict {
            routes.route("/{org_id}", get(|_: Require<OrgAdmin>| async {}))
        } else {
            routes.route("/{org_id}", get(|_: Require<InOrg>| async {}))
        };
        if require { routes.require::<AdminArea>().table() } else { routes.table() }
    };
    let said = |before: &auth_runtime::routing::Table, now: &auth_runtime::routing::Table| {
        now.loosened_since(before)
            .iter()
            .map(|change| change.to_string().lines().next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let none: [&str; 0] = [];
    assert_eq!(said(&routes(false, true), &routes(true, true)), none);
    assert_eq!(said(&routes(true, false), &routes(true, true)), none);
    let without = said(&routes(true, true), &routes(false, true));
    assert!(
        without.len() == 2 && without.iter().any(|change| change.contains("now admits more callers")),
        "{without:?}"
    );
    let weaker = said(&routes(true, true), &routes(true, false));
    assert!(weaker.len() == 1 && weaker[0].contains("now admits more callers"), "{weaker:?}");
}

#[tokio::test]
async fn the_denial_matrix_tries_every_policy() {
    let report = denial_matrix(area(), &quick()).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(report.routes(), 8, "{report}");
    assert!(report.skipped().is_empty() && report.requests() > 45, "{report}");
    let by_header = GuardedRouter::new().nest("/{org_id}", catalog(InMemory)).require::<ByHeader>();
    let error = DenialMatrix::new().run(by_header, &quick()).await.unwrap_err();
    assert!(error.to_string().contains("the route is public"), "{error}");
}

#[utoipa::path(get, path = "/orgs/{org_id}/name", responses((status = 200)))]
#[allow(dead_code, clippy::unused_async)]
async fn documented() {}

#[test]
fn openapi_describes_every_policy_of_a_route() {
    #[derive(utoipa::OpenApi)]
    #[openapi(paths(documented))]
    struct Document;
    let document = area().openapi(<Document as utoipa::OpenApi>::openapi()).unwrap();
    let operation = &serde_json::to_value(&document).unwrap()["paths"]["/orgs/{org_id}/name"]["get"];
    assert_eq!(operation["security"], serde_json::json!([{ "bearer": ["admin"] }]));
    let access = "Access: an access token, with membership in the organization given by path parameter `org_id`, and \
                  scope `admin`.";
    assert_eq!(operation["description"], access);
}

// Before services.

/// Responds with what it can see of the request.
async fn echo(request: Request) -> String {
    let user = request.extensions().get::<User>().map_or("nobody", User::id).to_owned();
    let org = request.extensions().get::<OrgMember>().map_or("none", OrgMember::id).to_owned();
    let headers = request.headers();
    let value = |name: &str| headers.get(name).map_or("-", |value| value.to_str().unwrap()).to_owned();
    let (cookie, own, auth) = (value("cookie"), value("x-user-id"), value("authorization"));
    format!("{user} {org} auth={auth} cookie={cookie} id={own} {}", request.uri())
}

#[tokio::test]
async fn services_see_neither_the_credential_nor_identity_headers_of_a_client() {
    let issuer = quick();
    let verifier = async || {
        let builder = Verifier::builder()
            .issuer(issuer.issuer())
            .token_location(TokenLocation::authorization())
            .token_location(TokenLocation::cookie("token"))
            .token_location(TokenLocation::event_stream_query("t"))
            .identity_headers(["x-user-id"]);
        builder.build().await.unwrap()
    };
    let routes = || {
        GuardedRouter::<()>::new()
            .guarded_service::<InOrg>("/s/{org_id}/{*rest}", plain::any(echo))
            .guarded_router::<InOrg>("/r/{org_id}", Router::new().route("/x", plain::get(echo)))
            .guarded_fallback::<Member>(plain::any(echo))
    };
    let app = routes().guarded_by(verifier().await).into_router();
    let open = routes().danger_forward_credentials().guarded_by(verifier().await).into_router();
    let token = issuer.token().user("ada").org("acme", "Member").build();
    let bearer = format!("Bearer {token}");
    let request = |path: &str, name: &str, value: String| {
        Request::get(path).header(name, value).header("x-user-id", "eve").header("accept", "text/event-stream")
    };
    for (path, name, value, expected) in [
        ("/s/acme/a?b=1", "authorization", bearer.clone(), "ada acme auth=- cookie=- id=- /s/acme/a?b=1".to_owned()),
        (
            "/s/acme/a",
            "cookie",
            format!("a=1; token={token}; b=2"),
            "ada acme auth=- cookie=a=1; b=2 id=- /s/acme/a".to_owned(),
        ),
        ("/s/acme/a", "cookie", format!("token={token}"), "ada acme auth=- cookie=- id=- /s/acme/a".to_owned()),
        ("/r/acme/x", "authorization", bearer.clone(), "ada acme auth=- cookie=- id=- /x".to_owned()),
        ("/index.html", "authorization", bearer.clone(), "ada none auth=- cookie=- id=- /index.html".to_owned()),
        (&format!("/i?t={token}&b=1"), "x-other", String::new(), "ada none auth=- cookie=- id=- /i?b=1".to_owned()),
    ] {
        let answer = send(&app, request(path, name, value.clone()).body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.body), (200, expected), "{path} {name}");
    }
    let answer = send(&open, request("/s/acme/a", "authorization", bearer.clone()).body(Body::empty()).unwrap()).await;
    assert_eq!(answer.body, format!("ada acme auth={bearer} cookie=- id=eve /s/acme/a"));
    // Without a credential, or for another organization, the service gets no request.
    for (path, status) in [("/s/acme/a", 401), ("/r/acme/x", 401), ("/index.html", 401)] {
        assert_eq!(get_without(&app, path).await.status, status, "{path}");
    }
    for path in ["/s/globex/a", "/r/globex/x"] {
        assert_eq!(get_with(&app, path, &token).await.status, 403, "{path}");
    }
    let wrong = Verifier::builder().issuer(issuer.issuer()).identity_headers(["x user"]).build().await.unwrap_err();
    assert!(wrong.to_string().contains("\"x user\" is not the name of a header"), "{wrong}");
}

#[tokio::test]
async fn a_layer_guards_any_service_and_names_a_missing_route() {
    let issuer = quick();
    let verifier = issuer.verifier().await;
    let inner = Router::new().route("/x/{org_id}", plain::get(echo));
    let member = RequireLayer::<Member>::new().verifier(verifier.clone());
    let around: Router = Router::new().fallback_service(member.layer(inner.clone()));
    let token = issuer.token().user("ada").org("acme", "Admin").build();
    assert_eq!(get_without(&around, "/x/acme").await.status, 401);
    let answer = get_with(&around, "/x/acme", &token).await;
    assert_eq!(answer.body, "ada none auth=- cookie=- id=- /x/acme");
    // `path(..)` needs a route around the layer.
    let admin = RequireLayer::<OrgAdmin>::new().verifier(verifier.clone());
    let outside = Router::new().fallback_service(admin.layer(inner.clone()));
    let bare = tower::ServiceExt::<Request>::map_response(admin.layer(inner.clone()), |response| response);
    let response = tower::ServiceExt::oneshot(
        bare,
        Request::get("/x/acme").header(header::AUTHORIZATION, format!("Bearer {token}")).body(Body::empty()).unwrap(),
    )
    .await
    .unwrap();
    assert_eq!(response.status(), 500);
    let denied = response.extensions().get::<auth_runtime::Denied>().unwrap();
    assert_eq!(denied.reason(), DenialReason::NoRoute);
    // A request that matches no route has no parameters.
    assert_eq!(get_with(&outside, "/x/acme", &token).await.status, 400);
    let routed = inner.route_layer(admin);
    for (path, status) in [("/x/acme", 200), ("/x/globex", 403)] {
        assert_eq!(get_with(&routed, path, &token).await.status, status, "{path}");
    }
    let forwarded = Router::new()
        .route("/", plain::get(echo))
        .layer(RequireLayer::<Member>::new().verifier(verifier).danger_forward_credentials());
    assert!(get_with(&forwarded, "/", &token).await.body.contains("auth=Bearer "));
}

#[tokio::test]
async fn refusals_are_those_of_a_guard() {
    let issuer = quick();
    let app = served(area().route("/any", any(jobs)), &issuer).await;
    let expired = issuer.token().expired().build();
    let strange = issuer.token().signed_by_stranger().build();
    let two = Request::get("/jobs")
        .header(header::AUTHORIZATION, format!("Bearer {expired}"))
        .header(header::AUTHORIZATION, format!("Bearer {strange}"));
    let answers: [(Answer, u16); 4] = [
        (get_without(&app, "/jobs").await, 401),
        (get_with(&app, "/jobs", &expired).await, 401),
        (get_with(&app, "/jobs", &strange).await, 401),
        (send(&app, two.body(Body::empty()).unwrap()).await, 400),
    ];
    for (answer, status) in answers {
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.challenge().unwrap().starts_with("Bearer"), "{answer:?}");
    }
    // No byte of a body is read before every policy admits.
    for method in [Method::POST, Method::PUT] {
        let (body, polled) = watched("text");
        let request = Request::builder().method(method).uri("/any").header(header::AUTHORIZATION, "Bearer x");
        assert_eq!(send(&app, request.body(body).unwrap()).await.status, 401);
        assert!(!polled.load(Ordering::SeqCst));
    }
    assert_eq!(format!("{OrgAdmin:?}"), "OrgAdmin");
}

/// What a policy would say is not an event, not an observed decision, and not in the audit; what it says is.
#[tokio::test]
async fn what_a_policy_would_admit_leaves_no_trace() {
    let issuer = quick();
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let asked = plain::any_service(service_fn(|request: Request| async move {
        let (mut parts, _) = request.into_parts();
        let would = [
            Require::<Member>::would_admit(&parts).await,
            Require::<AdminArea>::would_admit(&parts).await,
            Require::<(Member, AdminArea)>::would_admit(&parts).await,
            Require::<OrgAdmin>::would_admit(&parts).await,
            Require::<Audited>::would_admit(&parts).await,
        ];
        let response = match parts.uri.query() {
            Some(_) => Require::<Audited>::from_request_parts(&mut parts, &()).await.err(),
            None => None,
        };
        Ok::<_, Infallible>(response.unwrap_or_else(|| format!("{would:?}").into_response()))
    }));
    let (observer, auditor) = (Arc::clone(&seen), Arc::clone(&seen));
    let routes = GuardedRouter::new()
        .guarded_service::<Member>("/orgs/{org_id}", asked)
        .layer(ObserveLayer::new(move |seen| {
            let outcome = format!("{} {:?}", seen.outcome().as_str(), seen.policy().as_deref().unwrap_or_default());
            observer.lock().unwrap().push(outcome);
        }))
        .layer(ObserveLayer::audit(move |entry| {
            auditor.lock().unwrap().push(format!("audit: {}", entry.decision().outcome().as_str()));
            Ok::<(), &str>(())
        }));
    let app = served(routes, &issuer).await;
    let plain = issuer.token().user("ada").org("acme", "Member").build();
    let admin = issuer.token().user("ada").org("acme", "Admin").scope("admin").build();
    let recorded = Recorded::default();
    let logging = tracing::subscriber::set_default(recorded.subscriber());
    for (token, would) in [(&plain, "[true, false, false, false, false]"), (&admin, "[true, true, true, true, true]")] {
        assert_eq!(get_with(&app, "/orgs/acme", token).await.body, would);
    }
    let logged = |recorded: &Recorded| recorded.entries().iter().any(|entry| entry.contains("request refused"));
    assert!(!logged(&recorded), "{:?}", recorded.entries());
    assert_eq!(std::mem::take(&mut *seen.lock().unwrap()), ["admitted \"Member\"", "admitted \"Member\""]);
    // Asked in earnest, it is all of these.
    let refused = get_with(&app, "/orgs/acme?x", &plain).await;
    assert_eq!(
        (refused.status.as_u16(), refused.challenge()),
        (403, Some("Bearer error=\"insufficient_scope\", scope=\"admin\""))
    );
    assert!(logged(&recorded));
    drop(logging);
    assert_eq!(get_with(&app, "/orgs/acme?x", &admin).await.status, 200);
    let seen = seen.lock().unwrap();
    assert!(seen.contains(&"audit: refused".to_owned()) && seen.contains(&"audit: admitted".to_owned()), "{seen:?}");
    assert!(seen.contains(&"refused \"Audited\"".to_owned()), "{seen:?}");
}

#[require_user(scope("admin"), audit)]
pub struct Audited;
