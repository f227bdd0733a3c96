//! `ObserveLayer`: what access logs, counters and audits get to know about the decision of each request.

mod audit;
mod recipes;

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use auth_runtime::testing::TestIssuer;
use auth_runtime::{
    Claims, DenialReason, Denied, GuardedRouter, ObserveLayer, Observed, Require, RequireLayer, User, Verifier,
    optional_user, public, require_org, require_user, routing,
};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt as _;

use crate::support::{Recorded, Secrets, get_with, get_without};

/// What an observer has seen, one line for each request.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn layer(&self) -> ObserveLayer {
        let seen = self.clone();
        ObserveLayer::new(move |observed| seen.0.lock().unwrap().push(line(observed)))
    }

    /// The lines since the last call.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn one(&self) -> String {
        let lines = self.take();
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines.into_iter().next().unwrap()
    }
}

fn line(seen: &Observed<'_>) -> String {
    let text = |value: Option<std::borrow::Cow<'_, str>>| value.unwrap_or("-".into()).into_owned();
    format!(
        "{} {} {} {} [{}] {}@{} in {}: {}",
        seen.method(),
        seen.route().unwrap_or("-"),
        seen.status().map_or("-".to_owned(), |status| status.as_u16().to_string()),
        seen.outcome().as_str(),
        text(seen.policy()),
        text(seen.user()),
        text(seen.issuer()),
        text(seen.org()),
        seen.denied().map_or("-", |denied| denied.reason().as_str()),
    )
}

#[require_user]
async fn whoami(user: User) -> String {
    user.id().to_owned()
}

#[optional_user]
async fn hello() {}

#[public(reason = "a test")]
async fn health() {}

#[require_org(role == "Admin", from = org)]
#[require_user(!impersonated)]
async fn admin(Path(org): Path<String>) -> String {
    org
}

#[require_org(from = org, deny = not_found)]
async fn hidden(Path(org): Path<String>) -> String {
    org
}

#[require_user]
async fn panics() {
    panic!("on purpose");
}

#[require_user(check = checks())]
async fn panics_in_check() {}

fn checks() -> bool {
    panic!("on purpose")
}

#[require_user]
async fn refuses(user: User) -> Result<(), Denied> {
    user.require_org("globex").map(drop)
}

#[derive(serde::Deserialize)]
struct Seats {
    #[allow(dead_code)]
    seats: u32,
}

#[require_user]
async fn misfits(_: Claims<Seats>) {}

#[require_user]
async fn forever() {
    std::future::pending::<()>().await;
}

#[require_user]
struct Member;

#[require_org(role == "Admin", from = path("org"))]
struct OrgAdmin;

#[require_user(scope("deep"))]
struct Deep;

fn routes(verifier: &Verifier) -> GuardedRouter {
    let service = axum::routing::any(|user: User| async move { user.id().to_owned() });
    let plain = Router::new()
        .route("/plain", axum::routing::get(whoami))
        .route("/open", axum::routing::get(|| async {}))
        .route("/layered", axum::routing::get(|| async {}).layer(RequireLayer::<Member>::new()));
    GuardedRouter::new()
        .route("/whoami", routing::get(whoami))
        .route("/hello", routing::get(hello))
        .route("/health", routing::get(health))
        .route("/orgs/{org}", routing::get(admin))
        .route("/hidden/{org}", routing::get(hidden))
        .route("/panics", routing::get(panics))
        .route("/panics-in-check", routing::get(panics_in_check))
        .route("/refuses", routing::get(refuses))
        .route("/misfits", routing::get(misfits))
        .route("/forever", routing::get(forever))
        .route("/require/{org}", routing::get(|_: Require<(Member, OrgAdmin)>| async {}))
        .guarded_service::<OrgAdmin>("/service/{org}", service)
        .nest(
            "/group/{org}",
            GuardedRouter::new()
                .route("/", routing::get(hello))
                .route("/whoami", routing::get(whoami))
                .require::<OrgAdmin>(),
        )
        .nest("/deep", GuardedRouter::new().route("/x", routing::get(whoami)).require::<Deep>())
        .public_router("a test", plain)
        .guarded_by(verifier.clone())
}

#[tokio::test]
async fn the_outcome_of_every_kind_of_guard_is_seen() {
    let issuer = TestIssuer::new();
    let verifier = issuer.verifier().await;
    let seen = Seen::default();
    let app = routes(&verifier).layer(seen.layer()).into_router();
    let token = issuer.token().user("ada").org("acme", "Admin").org("beta", "Member").build();
    let ada = "ada@https://issuer.test";
    let admin = r#"require_org(role == "Admin", from = org) + require_user(!impersonated)"#;
    for (path, with_token, expected) in [
        ("/whoami", true, format!("GET /whoami 200 admitted [require_user] {ada} in -: -")),
        ("/whoami", false, "GET /whoami 401 refused [require_user] -@- in -: no_credentials".to_owned()),
        ("/hello", true, format!("GET /hello 200 admitted [optional_user] {ada} in -: -")),
        ("/hello", false, "GET /hello 200 anonymous [optional_user] -@- in -: -".to_owned()),
        ("/health", true, r#"GET /health 200 public [public(reason = "a test")] -@- in -: -"#.to_owned()),
        ("/orgs/acme", true, format!("GET /orgs/{{org}} 200 admitted [{admin}] {ada} in acme: -")),
        ("/orgs/beta", true, format!("GET /orgs/{{org}} 403 refused [{admin}] {ada} in beta: condition")),
        ("/orgs/globex", true, format!("GET /orgs/{{org}} 403 refused [{admin}] {ada} in globex: not_a_member")),
        (
            "/hidden/acme",
            true,
            format!("GET /hidden/{{org}} 200 admitted [require_org(from = org, deny = not_found)] {ada} in acme: -"),
        ),
        (
            "/hidden/x",
            true,
            format!(
                "GET /hidden/{{org}} 404 refused [require_org(from = org, deny = not_found)] {ada} in x: not_a_member"
            ),
        ),
        ("/require/acme", true, format!("GET /require/{{org}} 200 admitted [OrgAdmin] {ada} in acme: -")),
        ("/require/beta", true, format!("GET /require/{{org}} 403 refused [OrgAdmin] {ada} in beta: condition")),
        ("/require/acme", false, "GET /require/{org} 401 refused [Member] -@- in -: no_credentials".to_owned()),
        ("/service/acme", true, format!("GET /service/{{org}} 200 admitted [OrgAdmin] {ada} in acme: -")),
        ("/service/beta", true, format!("GET /service/{{org}} 403 refused [OrgAdmin] {ada} in beta: condition")),
        // The innermost decision with a user counts; the organization is that of the group.
        ("/group/acme/whoami", true, format!("GET /group/{{org}}/whoami 200 admitted [require_user] {ada} in acme: -")),
        (
            "/group/beta/whoami",
            true,
            format!("GET /group/{{org}}/whoami 403 refused [OrgAdmin] {ada} in beta: condition"),
        ),
        ("/deep/x", true, format!("GET /deep/x 403 refused [Deep] {ada} in -: condition")),
        ("/plain", true, format!("GET /plain 200 admitted [require_user] {ada} in -: -")),
        ("/plain", false, "GET /plain 401 refused [require_user] -@- in -: no_credentials".to_owned()),
        ("/layered", true, format!("GET /layered 200 admitted [Member] {ada} in -: -")),
        ("/layered", false, "GET /layered 401 refused [Member] -@- in -: no_credentials".to_owned()),
        ("/open", true, "GET /open 200 undecided [-] -@- in -: -".to_owned()),
        ("/nowhere", true, "GET - 404 undecided [-] -@- in -: -".to_owned()),
        // The handler, or one of its arguments, refuses a caller whom the guard has admitted.
        ("/refuses", true, format!("GET /refuses 403 refused [-] {ada} in globex: not_a_member")),
        ("/misfits", true, format!("GET /misfits 401 refused [-] {ada} in -: invalid_token")),
    ] {
        let answer = if with_token { get_with(&app, path, &token).await } else { get_without(&app, path).await };
        let line = seen.one();
        assert_eq!(line, expected, "{path}");
        assert!(line.contains(&format!(" {} ", answer.status.as_u16())));
    }
    // The issuer whose key signed a refused token.
    get_with(&app, "/whoami", &issuer.token().user("ada").expired().build()).await;
    assert_eq!(seen.one(), "GET /whoami 401 refused [require_user] -@https://issuer.test in -: invalid_token");
}

#[tokio::test]
async fn it_works_around_axum_routers_and_handlers_and_several_layers_see_the_same() {
    let issuer = TestIssuer::new();
    let verifier = issuer.verifier().await;
    let token = issuer.token().user("ada").build();
    let (outer, inner) = (Seen::default(), Seen::default());
    let guarded = RequireLayer::<Member>::new().verifier(verifier.clone());
    // A plain router with a guarded handler, behind a layer that guards the whole router.
    let app = Router::new().route("/x", axum::routing::get(whoami).layer(inner.layer()));
    let app = app.layer(guarded.clone()).layer(outer.layer());
    assert_eq!(get_with(&app, "/x", &token).await.status, 200);
    let expected = "GET /x 200 admitted [require_user] ada@https://issuer.test in -: -";
    assert_eq!((outer.one().as_str(), inner.one().as_str()), (expected, expected));
    assert_eq!(get_without(&app, "/x").await.status, 401);
    assert_eq!((outer.take().len(), inner.take().len()), (1, 0), "the guard stands between");
    // A service without a router.
    let service = tower::service_fn(|_: Request| async { Ok::<_, Infallible>(Response::new(Body::empty())) });
    let service = tower::ServiceBuilder::new().layer(outer.layer()).layer(guarded).service(service);
    let request = Request::get("/secret-path").header(header::AUTHORIZATION, format!("Bearer {token}"));
    assert_eq!(service.oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status(), 200);
    assert_eq!(outer.one(), "GET - 200 admitted [Member] ada@https://issuer.test in -: -");
}

#[tokio::test]
async fn each_policy_has_its_own_decision() {
    let issuer = TestIssuer::new();
    let verifier = issuer.verifier().await;
    let all = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&all);
    let layer = ObserveLayer::new(move |seen| {
        assert_eq!(seen.verified().map(|verified| verified.user().id().to_owned()).as_deref(), Some("ada"));
        assert!(seen.elapsed().as_secs() < 60);
        for decision in seen.decisions() {
            let (file, _) = decision.place().unwrap();
            assert!(file.ends_with("observe.rs"), "{file}");
            kept.lock().unwrap().push(format!("{} {}", decision.policy().unwrap(), decision.outcome().as_str()));
        }
    });
    let app = routes(&verifier).layer(layer).into_router();
    let token = issuer.token().user("ada").org("acme", "Admin").build();
    get_with(&app, "/group/acme", &token).await;
    assert_eq!(std::mem::take(&mut *all.lock().unwrap()), ["OrgAdmin admitted", "optional_user admitted"]);
    get_with(&app, "/require/acme", &token).await;
    assert_eq!(std::mem::take(&mut *all.lock().unwrap()), ["Member admitted", "OrgAdmin admitted"]);
    get_with(&app, "/require/globex", &token).await;
    assert_eq!(std::mem::take(&mut *all.lock().unwrap()), ["Member admitted", "OrgAdmin refused"]);
}

/// Discards the extensions of a response.
async fn strips(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.extensions_mut().clear();
    if response.status() == StatusCode::UNAUTHORIZED { StatusCode::IM_A_TEAPOT.into_response() } else { response }
}

#[tokio::test]
async fn the_outcome_survives_layers_that_replace_the_response() {
    let issuer = TestIssuer::new();
    let verifier = issuer.verifier().await;
    let seen = Seen::default();
    let app = routes(&verifier).layer(from_fn(strips)).layer(seen.layer()).into_router();
    let token = issuer.token().user("ada").build();
    get_with(&app, "/whoami", &token).await;
    assert_eq!(seen.one(), "GET /whoami 200 admitted [require_user] ada@https://issuer.test in -: -");
    get_without(&app, "/whoami").await;
    assert_eq!(seen.one(), "GET /whoami 418 refused [require_user] -@- in -: no_credentials");
}

#[tokio::test]
async fn a_request_without_a_response_is_observed_with_its_decision() {
    let issuer = TestIssuer::new();
    let verifier = issuer.verifier().await;
    let seen = Seen::default();
    let app = routes(&verifier).layer(seen.layer()).into_router();
    let token = issuer.token().user("ada").build();
    let send = |path: &'static str| {
        let (app, token) = (app.clone(), token.clone());
        tokio::spawn(async move { get_with(&app, path, &token).await.status })
    };
    assert!(send("/panics").await.unwrap_err().is_panic());
    assert_eq!(seen.one(), "GET /panics - admitted [require_user] ada@https://issuer.test in -: -");
    // The policy made no decision.
    assert!(send("/panics-in-check").await.unwrap_err().is_panic());
    assert_eq!(seen.one(), "GET /panics-in-check - undecided [-] -@- in -: -");
    // The client disconnects.
    let mut request = Box::pin(get_with(&app, "/forever", &token));
    assert!(futures_util::poll!(&mut request).is_pending());
    assert!(seen.take().is_empty());
    drop(request);
    assert_eq!(seen.one(), "GET /forever - admitted [require_user] ada@https://issuer.test in -: -");
}

#[tokio::test]
async fn a_panic_of_the_observer_changes_no_answer() {
    let issuer = TestIssuer::new();
    let verifier = issuer.verifier().await;
    let plain = routes(&verifier).into_router();
    let app = routes(&verifier).layer(ObserveLayer::new(|_| panic!("on purpose"))).into_router();
    let token = issuer.token().user("ada").org("acme", "Admin").build();
    for path in ["/whoami", "/orgs/acme", "/orgs/globex", "/hidden/x", "/health", "/group/acme", "/deep/x", "/nowhere"]
    {
        for (answer, expected) in [
            (get_with(&app, path, &token).await, get_with(&plain, path, &token).await),
            (get_without(&app, path).await, get_without(&plain, path).await),
        ] {
            let whole = |answer: &crate::support::Answer| (answer.status, answer.body.clone(), answer.headers.clone());
            assert_eq!(whole(&answer), whole(&expected), "{path}");
        }
    }
    // This includes a panic while a handler's panic unwinds: a second panic would end the process.
    let panicking = tokio::spawn(async move { get_with(&app, "/panics", &token).await.status });
    assert!(panicking.await.unwrap_err().is_panic());
}

/// An observer that prints everything it can access.
#[tokio::test]
async fn no_observer_sees_a_token() {
    let issuer = TestIssuer::new();
    let verifier = issuer.verifier().await;
    let recorded = Recorded::default();
    let kept = recorded.clone();
    let layer = ObserveLayer::new(move |seen| {
        kept.add(line(seen));
        kept.debug(seen);
        kept.debug(&seen.decisions());
        kept.debug(&seen.verified());
        kept.debug(&seen.denied());
    });
    let app = routes(&verifier).layer(layer).into_router();
    let mut secrets = Secrets::default();
    for token in [
        issuer.token().user("ada").org("acme", "Admin").build(),
        issuer.token().user("ada").expired().build(),
        issuer.token().user("ada").signed_by_stranger().build(),
    ] {
        secrets.text(&token);
        for path in ["/whoami", "/orgs/acme", "/service/acme", "/group/acme", "/layered", "/open", "/refuses"] {
            get_with(&app, &format!("{path}?access_token={token}"), &token).await;
        }
    }
    let entries = recorded.entries();
    assert!(entries.len() > 100 && entries.concat().contains("ada"));
    for entry in entries {
        assert_eq!(secrets.found_in(&entry), None, "{entry}");
    }
}

#[tokio::test]
async fn texts_for_the_log_are_escaped_and_bounded() {
    let issuer = TestIssuer::new();
    let verifier = issuer.verifier().await;
    let seen = Seen::default();
    let app = routes(&verifier).layer(seen.layer()).into_router();
    let token = issuer.token().user(&format!("a\nb{}", "x".repeat(5000))).build();
    get_with(&app, "/whoami", &token).await;
    let line = seen.one();
    assert!(line.contains(r"a\nbxxx") && line.len() < 400, "{line}");
    get_with(&app, &format!("/orgs/{}%0Ax", "y".repeat(5000)), &token).await;
    let line = seen.one();
    assert!(line.len() < 800 && !line.contains('\n'), "{line}");
}

#[test]
fn each_reason_has_its_own_name() {
    use std::time::Duration;
    let retry_after = Duration::ZERO;
    let all = [
        DenialReason::NoCredentials,
        DenialReason::AmbiguousCredentials,
        DenialReason::InvalidCredential,
        DenialReason::Unavailable { retry_after },
        DenialReason::OrgNotNamed,
        DenialReason::DotSegment,
        DenialReason::NotAMember,
        DenialReason::Condition,
        DenialReason::StepUp,
        DenialReason::Load,
        DenialReason::Check,
        DenialReason::KeysUnavailable { retry_after },
        DenialReason::DirectoryUnavailable { retry_after },
        DenialReason::NoVerifier,
        DenialReason::NoGuard,
        DenialReason::NoRoute,
        DenialReason::SecondGuard,
        DenialReason::DenyAll,
        DenialReason::NotRecorded,
    ];
    let names: std::collections::BTreeSet<_> = all.iter().map(|reason| reason.as_str()).collect();
    assert_eq!(names.len(), all.len());
    for reason in all {
        // The name of the variant.
        let debug = format!("{reason:?}");
        let variant = debug.split([' ', '(']).next().unwrap();
        let words =
            variant.chars().flat_map(|c| if c.is_uppercase() { vec!['_', c.to_ascii_lowercase()] } else { vec![c] });
        assert_eq!(format!("_{}", reason.as_str()), words.collect::<String>());
    }
}
