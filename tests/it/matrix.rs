//! The denial matrix: it passes if guards decide as the table says, and reports the routes where they do not.

use auth_runtime::routing::{any, get, post};
use auth_runtime::testing::{DenialMatrix, MatrixError, TestIssuer, denial_matrix};
use auth_runtime::{Algorithm, Claims, DenialReason, Denied, GuardedRouter, OrgMember, TokenLocation, User, Verifier};
use auth_runtime::{optional_user, public, require_org, require_permission, require_user};
use auth_tests_vocabulary::ordered;
use axum::Json;
use axum::extract::{Extension, Path, Query, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::Value;

#[public(reason = "probe")]
async fn health() -> StatusCode {
    StatusCode::NOT_FOUND
}

#[optional_user]
async fn hello(user: Option<User>) -> String {
    user.map_or_else(String::new, |user| user.id().to_owned())
}

#[optional_user(invalid = reject)]
async fn strict_hello() {}

#[derive(Deserialize)]
struct Plan {
    #[serde(rename = "plan")]
    _plan: String,
}

/// The guard admits a caller whose token has no plan; this argument refuses.
#[require_user]
async fn asks_for_a_claim(_: Claims<Plan>) {}

#[require_user]
async fn asks_for_more(user: User) -> Result<(), Denied> {
    user.require_org("nowhere").map(drop)
}

#[require_user(!(role == "Banned") && (scope("a") && scope("b") || email_verified) && !impersonated)]
async fn conditions(Json(_): Json<Value>) {}

#[require_user(issuer("own"))]
async fn own() {}

#[require_org(role == "Admin" && role == "Auditor", from = org_id)]
async fn two_roles(Path(org_id): Path<String>) {}

#[require_org(from = org_id)]
#[require_permission(permission("a") && !permission("b"), deny = not_found)]
async fn tuple(Path((org_id, _post)): Path<(String, u32)>) {}

#[require_org(from = org_id)]
async fn swapped(Path((_post, org_id)): Path<(String, String)>) {}

#[derive(Deserialize)]
struct Params {
    org_id: String,
}

#[require_org(from = params.org_id)]
async fn field(Path(params): Path<Params>) {}

#[require_org(from = params.org_id)]
async fn in_query(Query(params): Query<Params>) {}

#[require_org(role == "Owner", from = path("org"))]
async fn by_path(org: OrgMember) -> String {
    org.id().to_owned()
}

#[require_org(from = query("org"))]
async fn by_query() {}

#[require_org(from = header("x-org"))]
async fn by_header() {}

#[require_org(permission("p"), from = active())]
async fn by_active() {}

#[require_permission("p")]
async fn direct() {}

#[require_user(scope("a"), check = allowed())]
async fn checked() {}

fn allowed() -> Result<(), StatusCode> {
    Err(StatusCode::IM_A_TEAPOT)
}

#[derive(Clone)]
struct Tenant(String);

#[require_org(from = id)]
async fn elsewhere(Extension(Tenant(id)): Extension<Tenant>) {}

/// Keys of this kind are the fastest to generate.
fn quick() -> TestIssuer {
    TestIssuer::with_algorithm(Algorithm::ES256)
}

fn routes() -> GuardedRouter {
    let org = GuardedRouter::new()
        .route("/tuple/{org_id}/{post}", post(tuple))
        .route("/positional/{a}/{b}", post(tuple))
        .route("/field/{org_id}", get(field))
        .route("/path/{org}/{*rest}", get(by_path))
        .route("/two/{org_id}", get(two_roles))
        .route("/ordered/{org}", any(ordered).get(by_path))
        .fallback(asks_for_more);
    GuardedRouter::new()
        .route("/health", get(health))
        .route("/hello", get(hello).post(strict_hello))
        .route("/more", get(asks_for_more))
        .route("/claims", get(asks_for_a_claim))
        .route("/conditions", post(conditions))
        .route("/in_query", get(in_query))
        .route("/query", get(by_query))
        .route("/header", get(by_header))
        .route("/active", get(by_active))
        .route("/direct", get(direct))
        .route("/checked", get(checked))
        .route("/{one}/{two}", get(direct))
        .nest("/org", org)
        .public_service("/open", "test", axum::routing::get(|| async {}))
}

#[tokio::test]
async fn the_matrix_passes_if_every_guard_enforces_its_policy() {
    let report = denial_matrix(routes(), &quick()).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(report.up_to_check(), ["GET /checked"]);
    assert_eq!(report.skipped(), ["* /open: a public service or router"]);
    assert_eq!(report.routes(), routes().table().rows().len() - 1);
    assert!(report.requests() > 100, "{report}");
    let text = report.to_string();
    assert!(
        text.contains(
            "tested without its check: GET /checked\nnot tested: * /open: a public service or router\n\
             nothing is shown about objects: add callers and objects to the matrix\n"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn the_matrix_sends_the_expected_number_of_requests() {
    for (router, requests) in [
        // public: without a token
        (GuardedRouter::new().route("/", get(health)), 1),
        // none, HEAD, expired, stranger, admitted
        (GuardedRouter::new().route("/", get(asks_for_more)), 5),
        // plus another organization, no organization, another tenant
        (GuardedRouter::new().route("/", get(by_query)), 8),
        // plus another role
        (GuardedRouter::new().route("/{org}", get(by_path)), 9),
        // without HEAD; plus two roles that are too low: Member, and one that no attribute mentions
        (GuardedRouter::new().route("/{org}", post(ordered)), 9),
        // without HEAD; plus: without email_verified, with `Banned`, impersonated, another tenant
        (GuardedRouter::new().route("/", post(conditions)), 8),
        // admitted with both roles; refused with one of them, and without roles
        (GuardedRouter::new().route("/{org_id}", get(two_roles)), 11),
    ] {
        let routes = router.table().to_string();
        let report = denial_matrix(router, &quick()).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(report.requests(), requests, "{routes}");
    }
}

#[tokio::test]
async fn the_matrix_reports_the_first_wrong_answer_with_its_reason() {
    let issuer = quick();
    let stranger = quick().verifier().await;
    let answers = from_fn(|_: Request, _: Next| async { "everybody is welcome" });
    let opens = from_fn(|mut request: Request, next: Next| async move {
        request.extensions_mut().insert(Tenant("globex".to_owned()));
        let method = request.method().clone();
        if method == "HEAD" { StatusCode::OK.into_response() } else { next.run(request).await }
    });
    for (router, expected) in [
        (
            GuardedRouter::new().route("/a", get(health)).route("/b", get(asks_for_more).layer(answers)),
            "GET /b must refuse this request, but does not:\n  policy:  require_user (FILE)\n  \
             request: GET /b, without a token\n  answer:  admitted",
        ),
        (
            GuardedRouter::new().route("/b", get(asks_for_more)).layer(opens),
            "GET /b must refuse this request, but does not:\n  policy:  require_user (FILE)\n  \
             request: HEAD /b, by HEAD, without a token\n  answer:  admitted",
        ),
        (
            GuardedRouter::new().nest("/n", GuardedRouter::new().route("/b", get(direct)).guarded_by(stranger)),
            "GET /n/b must admit this request, but does not:\n  policy:  require_permission(\"p\") (FILE)\n  \
             request: GET /n/b, as a caller who meets the policy, with permission(\"p\")\n  \
             answer:  refused, because the token is not accepted: ",
        ),
        (
            GuardedRouter::new().route("/{org_id}/{post}", get(swapped)),
            "GET /{org_id}/{post} must admit this request, but does not:\n  \
             policy:  require_org(from = org_id) with Path((_post, org_id)): Path<(String, String)> (FILE)\n  \
             request: GET /0190b1f2-0000-4000-8000-0000000000aa/1, as a caller who meets the policy, in the role \"Unheard-of\"\n  answer:  refused: NotAMember",
        ),
        (
            GuardedRouter::new().route("/", get(elsewhere)),
            "GET / must refuse this request, but does not:\n  policy:  require_org(from = id) with Extension(Tenant(id)): Extension<Tenant> (FILE)\n  \
             request: GET /?id=0190b1f2-0000-4000-8000-0000000000aa, as a member of another organization\n  \
             answer:  refused, because the organization was not named exactly once: set a value for the path or the header with \
             `DenialMatrix`",
        ),
        (
            GuardedRouter::new().route("a", get(direct)),
            "the routes cannot be served:\n- a: a path must start with `/` (FILE)",
        ),
    ] {
        let error = denial_matrix(router, &issuer).await.unwrap_err().to_string();
        let place = error.find(file!()).map(|at| error[at..].split(')').next().unwrap().to_owned());
        let error = place.map_or_else(|| error.clone(), |place| error.replace(&place, "FILE"));
        assert!(error.starts_with(expected), "{error}\nexpected:\n{expected}");
    }
}

#[tokio::test]
async fn the_matrix_uses_the_routers_own_verifier() {
    let issuer = quick();
    let routes = || GuardedRouter::new().route("/", get(own));
    let named = Verifier::new(issuer.issuer().named("own")).await.unwrap();
    assert_eq!(denial_matrix(routes().guarded_by(named), &issuer).await.unwrap().routes(), 1);
    let report = denial_matrix(routes(), &issuer).await.unwrap();
    assert_eq!(report.skipped(), ["GET /: no caller was found who meets its condition"]);
    let by_cookie =
        Verifier::builder().token_location(TokenLocation::cookie("t")).issuer(issuer.issuer()).build().await.unwrap();
    let error = denial_matrix(GuardedRouter::new().route("/", get(direct)).guarded_by(by_cookie), &issuer).await;
    assert!(matches!(&error, Err(MatrixError::Answer(wrong)) if wrong.reason == Some(DenialReason::NoCredentials)));
}

#[tokio::test]
async fn the_matrix_fills_paths_and_headers_with_given_values() {
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Color {
        Red,
    }
    #[require_org(from = org)]
    async fn picky(Path((org, _color)): Path<(String, Color)>) {
        drop(Color::Red);
    }
    let issuer = quick();
    let routes = || GuardedRouter::new().route("/{org}/{color}", get(picky));
    let error = denial_matrix(routes(), &issuer).await.unwrap_err();
    assert!(error.to_string().contains("not named exactly once"), "{error}");
    let settings = DenialMatrix::new().fill("color", "red").org("acme").header("x-test", "1");
    assert_eq!(settings.run(routes(), &issuer).await.unwrap().requests(), 8);
    let unfit = DenialMatrix::new().fill("color", "\u{7f} ").run(routes(), &issuer).await;
    assert!(matches!(unfit, Err(MatrixError::Request { .. })), "{unfit:?}");
}
