//! What a `check` can do, and what never runs for a refused caller.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use auth_runtime::testing::TestIssuer;
use auth_runtime::{
    DenialReason, GuardedRouter, User, optional_user, require_org, require_permission, require_user, routing,
};
use axum::Router;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::Semaphore;

use crate::support::{Answer, Entered, get_with, get_without, send, watched};

/// Counts how often handlers run, sources of `from` and `check` are extracted, and checks are evaluated.
#[derive(Clone, Default)]
struct App {
    entered: Entered,
    from: Arc<AtomicUsize>,
    check: Arc<AtomicUsize>,
    evaluated: Arc<AtomicUsize>,
    pool: Option<Arc<Semaphore>>,
}

/// The organization in the path, counted.
struct Tenant(String);

impl FromRequestParts<App> for Tenant {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        app.from.fetch_add(1, Ordering::SeqCst);
        let Path((org, _)) =
            Path::<(String, String)>::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        if org == "unreadable" { Err((StatusCode::IM_A_TEAPOT, "no tenant").into_response()) } else { Ok(Self(org)) }
    }
}

/// Replaces a database, and counts its queries.
struct Row(String);

impl FromRequestParts<App> for Row {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        app.check.fetch_add(1, Ordering::SeqCst);
        let Path((_, row)) =
            Path::<(String, String)>::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        if row == "missing" { Err((StatusCode::GONE, "no such row").into_response()) } else { Ok(Self(row)) }
    }
}

#[require_org(role >= "Admin", from = org, check = evaluated(&app, &row.0))]
async fn ordered(State(app): State<App>, Tenant(org): Tenant, row: Row, body: String) -> String {
    app.entered.enter();
    format!("{org} {} {body}", row.0)
}

#[require_org(from = org, check = evaluated(&app, &row.0), deny = not_found)]
async fn ordered_hidden(State(app): State<App>, Tenant(org): Tenant, row: Row) -> String {
    app.entered.enter();
    format!("{org} {}", row.0)
}

/// The second attribute's check is not evaluated if the first one's fails.
#[require_user(check = evaluated(&app, &row))]
#[require_user(check = evaluated(&app, "second"))]
async fn two_checks(State(app): State<App>, Path(row): Path<String>) -> String {
    app.entered.enter();
    row
}

/// Three parts that together are a response.
type Conflict = (StatusCode, [(&'static str, &'static str); 1], &'static str);

fn evaluated(app: &App, row: &str) -> Result<bool, Conflict> {
    app.evaluated.fetch_add(1, Ordering::SeqCst);
    match row {
        "false" => Ok(false),
        "error" => Err((StatusCode::CONFLICT, [("x-why", "edited")], "edited meanwhile")),
        "panic" => panic!("a check that panics"),
        _ => Ok(true),
    }
}

#[require_user(check = { let pool = app.pool.as_ref().ok_or(StatusCode::SERVICE_UNAVAILABLE)?; let _held = pool.acquire().await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?; tokio::task::yield_now().await; Ok::<_, StatusCode>(user.id() == "ada") })]
async fn pooled(State(app): State<App>, user: User) -> String {
    app.entered.enter();
    user.id().to_owned()
}

#[require_user(check = { if user.id() == "root" { return Ok(()); } Err(StatusCode::PAYMENT_REQUIRED) })]
async fn returns(user: User) -> String {
    user.id().to_owned()
}

#[optional_user(check = user.is_none_or(|user| user.id() != "eve"))]
async fn anybody_but_eve(user: Option<User>) -> String {
    user.map_or_else(|| "nobody".to_owned(), |user| user.id().to_owned())
}

async fn app(issuer: &TestIssuer) -> (Router, App) {
    let app = App { pool: Some(Arc::new(Semaphore::new(1))), ..App::default() };
    let routes = GuardedRouter::new()
        .route("/ordered/{org}/{row}", routing::post(ordered))
        .route("/hidden/{org}/{row}", routing::post(ordered_hidden))
        .route("/two_checks/{row}", routing::get(two_checks))
        .route("/pooled", routing::get(pooled))
        .route("/returns", routing::get(returns))
        .route("/anybody_but_eve", routing::get(anybody_but_eve))
        .guarded_by(issuer.verifier().await)
        .with_state(app.clone());
    (routes.into_router(), app)
}

async fn post(app: &Router, path: &str, token: Option<&str>) -> (Answer, bool) {
    let (body, polled) = watched("text");
    let mut request = Request::post(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let answer = send(app, request.body(body).unwrap()).await;
    (answer, polled.load(Ordering::SeqCst))
}

#[tokio::test]
async fn check_is_not_evaluated_for_a_refused_caller() {
    let issuer = TestIssuer::new();
    let (app, counts) = app(&issuer).await;
    let admin = issuer.token().org("acme", "Admin").build();
    let member = issuer.token().org("acme", "Member").build();
    // Extractions of the sources of `from` and `check`, and evaluations. The handler gets what was extracted.
    for (token, path, status, extracted) in [
        (None, "/ordered/acme/1", 401, (0, 0, 0)),
        (Some("garbage"), "/ordered/acme/1", 401, (0, 0, 0)),
        (Some(&*admin), "/ordered/unreadable/1", 418, (1, 0, 0)),
        (Some(&*admin), "/ordered/globex/1", 403, (1, 0, 0)),
        (Some(&*member), "/ordered/acme/1", 403, (1, 0, 0)),
        (Some(&*admin), "/ordered/acme/missing", 410, (1, 1, 0)),
        (Some(&*admin), "/ordered/acme/false", 403, (1, 1, 1)),
        (Some(&*admin), "/ordered/acme/error", 409, (1, 1, 1)),
        (Some(&*admin), "/ordered/acme/1", 200, (1, 1, 1)),
        (Some(&*admin), "/hidden/globex/1", 404, (1, 0, 0)),
        (Some(&*admin), "/hidden/acme/false", 404, (1, 1, 1)),
        (Some(&*admin), "/hidden/acme/error", 409, (1, 1, 1)),
        (Some(&*admin), "/hidden/unreadable/1", 418, (1, 0, 0)),
        (None, "/hidden/acme/1", 401, (0, 0, 0)),
    ] {
        let counted = || {
            let count = |counter: &AtomicUsize| counter.load(Ordering::SeqCst);
            (count(&counts.from), count(&counts.check), count(&counts.evaluated), counts.entered.count())
        };
        let before = counted();
        let (answer, polled) = post(&app, path, token).await;
        let after = counted();
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert_eq!((after.0 - before.0, after.1 - before.1, after.2 - before.2), extracted, "{path}: {answer:?}");
        assert_eq!(after.3 - before.3, usize::from(status == 200), "{path}");
        assert_eq!(polled, status == 200, "{path}");
        if status == 404 {
            assert_eq!(answer.challenge(), None);
        }
    }
    let (answer, _) = post(&app, "/ordered/acme/error", Some(&admin)).await;
    assert_eq!((answer.body.as_str(), answer.headers["x-why"].to_str().unwrap()), ("edited meanwhile", "edited"));
    assert_eq!(answer.denied, Some(DenialReason::Check));
}

#[tokio::test]
async fn after_a_panic_in_check_no_handler_runs() {
    let issuer = TestIssuer::new();
    let (app, counts) = app(&issuer).await;
    let admin = issuer.token().org("acme", "Admin").build();
    let app_of_task = app.clone();
    let token = admin.clone();
    let task = tokio::spawn(async move { post(&app_of_task, "/ordered/acme/panic", Some(&token)).await });
    assert!(task.await.unwrap_err().is_panic());
    assert_eq!(counts.entered.count(), 0);
    assert_eq!(post(&app, "/ordered/acme/1", Some(&admin)).await.0.status, 200);
}

#[tokio::test]
async fn checks_run_from_the_top_until_one_fails() {
    let issuer = TestIssuer::new();
    let (app, counts) = app(&issuer).await;
    let token = issuer.token().build();
    for (path, status, evaluated) in
        [("/two_checks/1", 200, 2), ("/two_checks/false", 403, 1), ("/two_checks/error", 409, 1)]
    {
        let before = counts.evaluated.load(Ordering::SeqCst);
        assert_eq!(get_with(&app, path, &token).await.status, status, "{path}");
        assert_eq!(counts.evaluated.load(Ordering::SeqCst) - before, evaluated, "{path}");
    }
}

#[tokio::test]
async fn check_can_await_a_pool() {
    let issuer = TestIssuer::new();
    let (app, counts) = app(&issuer).await;
    let (ada, bob) = (issuer.token().user("ada").build(), issuer.token().user("bob").build());
    // One permit for all requests.
    let requests = (0..8).map(|index| {
        let (app, token) = (app.clone(), if index % 2 == 0 { ada.clone() } else { bob.clone() });
        tokio::spawn(async move { get_with(&app, "/pooled", &token).await.status.as_u16() })
    });
    let requests: Vec<_> = requests.collect();
    let mut statuses = Vec::new();
    for request in requests {
        statuses.push(request.await.unwrap());
    }
    assert_eq!(statuses, [200, 403, 200, 403, 200, 403, 200, 403]);
    assert_eq!(counts.entered.count(), 4);
    // If the pool is gone, the check makes its own response.
    counts.pool.unwrap().close();
    assert_eq!(get_with(&app, "/pooled", &ada).await.status, 503);
    assert_eq!(get_without(&app, "/pooled").await.status, 401);
}

#[tokio::test]
async fn return_and_question_mark_end_only_the_check() {
    let issuer = TestIssuer::new();
    let (app, _) = app(&issuer).await;
    for (user, status) in [("root", 200), ("ada", 402)] {
        let token = issuer.token().user(user).build();
        assert_eq!(get_with(&app, "/returns", &token).await.status, status, "{user}");
    }
}

#[tokio::test]
async fn check_of_optional_user_can_refuse_one_user() {
    let issuer = TestIssuer::new();
    let (app, _) = app(&issuer).await;
    let (ada, eve) = (issuer.token().user("ada").build(), issuer.token().user("eve").build());
    assert_eq!(get_without(&app, "/anybody_but_eve").await.body, "nobody");
    assert_eq!(get_with(&app, "/anybody_but_eve", &ada).await.body, "ada");
    assert_eq!(get_with(&app, "/anybody_but_eve", "garbage").await.body, "nobody");
    let answer = get_with(&app, "/anybody_but_eve", &eve).await;
    assert_eq!((answer.status, answer.denied), (StatusCode::FORBIDDEN, Some(DenialReason::Check)));
}

/// The explanation of a refusing check says what the attribute asked for, and what the caller had.
#[tokio::test]
async fn a_refusal_by_check_is_explained_with_the_callers_data() {
    #[require_permission("can_read", check = name == "open")]
    async fn named(Path(name): Path<String>) -> String {
        name
    }
    let issuer = TestIssuer::new();
    let routes = GuardedRouter::<()>::new().route("/{name}", routing::get(named));
    let app = routes.guarded_by(issuer.verifier().await).into_router();
    let token = issuer.token().claim("permissions", ["can_read"]).build();
    assert_eq!(get_with(&app, "/open", &token).await.status, 200);
    let refused = get_with(&app, "/closed", &token).await;
    assert_eq!((refused.status, refused.denied), (StatusCode::FORBIDDEN, Some(DenialReason::Check)));
    assert!(refused.explanation.contains(r#"ok permission("can_read"): has ["can_read"]"#), "{}", refused.explanation);
}
