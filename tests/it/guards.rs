//! The basic rules of a guard: which requests it admits and refuses, and what does not run before it.

use std::sync::atomic::Ordering;

use auth_runtime::testing::TestIssuer;
use auth_runtime::{DenialReason, GuardedRouter, InvalidTokenReason, OrgMember, User, routing};
use auth_runtime::{optional_user, public, require_org, require_permission, require_user};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Method, Request, StatusCode, header};
use axum::{Json, Router};
use serde_json::{Value, json};
use tower_http::cors::CorsLayer;

use crate::support::{Entered, Signer, get, get_with, get_without, send, watched};

#[public(reason = "probe")]
async fn health(State(entered): State<Entered>) -> &'static str {
    entered.enter();
    "ok"
}

#[require_user]
async fn whoami(State(entered): State<Entered>, user: User) -> String {
    entered.enter();
    user.id().to_owned()
}

#[optional_user]
async fn hello(user: Option<User>) -> String {
    user.map_or_else(|| "nobody".to_owned(), |user| user.id().to_owned())
}

#[require_org(role >= "Admin", from = org_id)]
async fn update(
    State(entered): State<Entered>,
    Path(org_id): Path<String>,
    org: OrgMember,
    Json(body): Json<Value>,
) -> String {
    entered.enter();
    assert_eq!(org_id, org.id());
    format!("{} {body}", org.role().unwrap_or_default())
}

#[require_user]
#[require_org(role == "Admin", from = org_id)]
#[require_permission("can_view_billing")]
async fn billing(State(entered): State<Entered>, Path(org_id): Path<String>) -> String {
    entered.enter();
    org_id
}

fn routes() -> GuardedRouter<Entered> {
    GuardedRouter::new()
        .route("/health", routing::get(health))
        .route("/whoami", routing::get(whoami))
        .route("/hello", routing::get(hello))
        .route("/orgs/{org_id}", routing::put(update))
        .route("/orgs/{org_id}/billing", routing::get(billing))
}

async fn app(issuer: &TestIssuer) -> (Router, Entered) {
    let entered = Entered::default();
    let app = routes().guarded_by(issuer.verifier().await).with_state(entered.clone()).into_router();
    (app, entered)
}

fn put(uri: &str, token: Option<&str>, body: Body) -> Request<Body> {
    let mut request = Request::put(uri).header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    request.body(body).unwrap()
}

#[tokio::test]
async fn a_refused_request_has_no_body_byte_read() {
    let issuer = TestIssuer::new();
    let (app, entered) = app(&issuer).await;
    let admin = issuer.token().org("acme", "Admin").build();
    let member = issuer.token().org("acme", "Member").build();
    let expired = issuer.token().org("acme", "Admin").expired().build();
    let stranger = issuer.token().org("acme", "Admin").signed_by_stranger().build();
    for (token, content, status, is_read) in [
        (None, "not json", 401, false),
        (Some(&expired), "not json", 401, false),
        (Some(&stranger), "not json", 401, false),
        (Some(&member), "not json", 403, false),
        (Some(&admin), "not json", 400, true),
        (Some(&admin), "{}", 200, true),
    ] {
        let before = entered.count();
        let (body, polled) = watched(content);
        let answer = send(&app, put("/orgs/acme", token.map(String::as_str), body)).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(polled.load(Ordering::SeqCst), is_read, "{answer:?}");
        assert_eq!(entered.count() - before, usize::from(status == 200));
    }
    let answer = send(&app, put("/orgs/globex", Some(&admin), Body::from("{}"))).await;
    assert_eq!((answer.status, answer.denied), (StatusCode::FORBIDDEN, Some(DenialReason::NotAMember)));
}

#[tokio::test]
async fn three_stacked_attributes_must_all_admit() {
    let issuer = TestIssuer::new();
    let (app, entered) = app(&issuer).await;
    let good = issuer.token().org("acme", "Admin").org_permission("acme", "can_view_billing").build();
    for (token, status) in [
        (good, 200),
        (issuer.token().org("acme", "Admin").build(), 403),
        (issuer.token().org("acme", "Member").org_permission("acme", "can_view_billing").build(), 403),
        (issuer.token().org("acme", "Admin").permission("can_view_billing").build(), 403),
        (issuer.token().org("globex", "Admin").org_permission("globex", "can_view_billing").build(), 403),
    ] {
        let before = entered.count();
        let answer = get_with(&app, "/orgs/acme/billing", &token).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(entered.count() - before, usize::from(status == 200));
    }
    let row = routes().table().rows().iter().find(|row| row.path.ends_with("billing")).cloned().unwrap();
    assert_eq!(
        row.policy,
        r#"require_user + require_org(role == "Admin", from = org_id) with Path(org_id): Path<String> + require_permission("can_view_billing")"#
    );
    assert_eq!(row.file, file!());
}

#[tokio::test]
async fn public_and_optional_user_admit_anonymous_requests() {
    let issuer = TestIssuer::new();
    let (app, _) = app(&issuer).await;
    assert_eq!(get_without(&app, "/health").await.body, "ok");
    assert_eq!(get_with(&app, "/health", "garbage").await.body, "ok");
    assert_eq!(get_without(&app, "/hello").await.body, "nobody");
    assert_eq!(get_with(&app, "/hello", &issuer.token().user("ada").build()).await.body, "ada");
}

#[tokio::test]
async fn head_is_guarded_like_get() {
    let issuer = TestIssuer::new();
    let (app, entered) = app(&issuer).await;
    let head = |token: Option<String>| {
        let mut request = Request::head("/whoami");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        request.body(Body::empty()).unwrap()
    };
    assert_eq!(send(&app, head(None)).await.status, 401);
    assert_eq!(entered.count(), 0);
    let answer = send(&app, head(Some(issuer.token().build()))).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
}

#[tokio::test]
async fn a_cors_layer_outside_the_guards_answers_preflights() {
    let issuer = TestIssuer::new();
    let app = routes()
        .guarded_by(issuer.verifier().await)
        .layer(CorsLayer::permissive())
        .with_state(Entered::default())
        .into_router();
    let preflight = get("/whoami")
        .method(Method::OPTIONS)
        .header(header::ORIGIN, "https://app.test")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "GET")
        .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization");
    let answer = send(&app, preflight.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200);
    assert!(answer.headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
    assert_eq!(get_without(&app, "/whoami").await.status, 401);
}

#[tokio::test]
async fn without_a_verifier_every_guarded_request_gets_500() {
    let entered = Entered::default();
    let app = routes().with_state(entered.clone()).into_router();
    let token = TestIssuer::new().token().build();
    let answer = get_with(&app, "/whoami", &token).await;
    assert_eq!((answer.status, answer.denied), (StatusCode::INTERNAL_SERVER_ERROR, Some(DenialReason::NoVerifier)));
    assert_eq!(answer.body, r#"{"detail":"Internal Server Error","status":500,"title":"Internal Server Error"}"#);
    assert_eq!(entered.count(), 0);
}

#[tokio::test]
async fn alg_none_and_key_confusion_are_refused() {
    let signer = Signer::new("RS256", "k1");
    let entered = Entered::default();
    let issuer =
        auth_runtime::Issuer::jwks("https://issuer.test", "api", json!({ "keys": [signer.jwk()] }).to_string());
    let verifier = auth_runtime::Verifier::new(issuer).await.unwrap();
    let app = routes().guarded_by(verifier).with_state(entered.clone()).into_router();
    let claims = json!({ "iss": "https://issuer.test", "aud": "api", "sub": "ada", "exp": 9_999_999_999_u64 });
    let stranger = Signer::new("RS256", "k1");
    let unsigned = {
        let token = signer.sign(r#"{"alg":"none"}"#, &claims.to_string());
        format!("{}.", token.rsplit_once('.').unwrap().0)
    };
    let modulus = signer.jwk()["n"].as_str().unwrap().to_owned();
    let confused = |secret: &[u8]| Signer::with_secret(secret, "k1").token(&claims);
    for token in [
        stranger.token(&claims),
        unsigned,
        confused(modulus.as_bytes()),
        confused(signer.jwk().to_string().as_bytes()),
        confused(b""),
    ] {
        let answer = get_with(&app, "/whoami", &token).await;
        assert_eq!(answer.status, 401, "{answer:?}");
        assert_eq!(entered.count(), 0);
    }
    assert_eq!(get_with(&app, "/whoami", &signer.token(&claims)).await.body, "ada");
}

#[tokio::test]
async fn the_innermost_verifier_decides() {
    let (outer, inner) = (TestIssuer::new(), TestIssuer::new());
    let inside = GuardedRouter::new().guarded_by(inner.verifier().await).route("/whoami", routing::get(whoami));
    let merged = GuardedRouter::new().route("/merged", routing::get(whoami)).guarded_by(inner.verifier().await);
    let app = GuardedRouter::new()
        .nest("/inside", inside)
        .merge(merged)
        .guarded_by(outer.verifier().await)
        .route("/whoami", routing::get(whoami))
        .with_state(Entered::default())
        .into_router();
    let (outer, inner) = (outer.token().build(), inner.token().build());
    for (path, token, status) in [
        ("/whoami", &outer, 200),
        ("/whoami", &inner, 401),
        ("/inside/whoami", &outer, 401),
        ("/inside/whoami", &inner, 200),
        ("/merged", &outer, 401),
        ("/merged", &inner, 200),
    ] {
        assert_eq!(get_with(&app, path, token).await.status, status, "{path}");
    }
}

/// However a guarded handler is added to a router, it uses that router's verifier. A clone of the router or of its
/// handlers has its own verifier.
#[tokio::test]
async fn clones_of_a_router_ask_their_own_verifier() {
    #[require_user]
    async fn user() {}
    let (one, two) = (TestIssuer::new(), TestIssuer::new());
    let handlers = routing::get(user).merge(routing::post(user)).fallback(user);
    let plain = || Router::new().route("/foreign", axum::routing::get(user));
    let own = GuardedRouter::new().route("/own", handlers.clone()).guarded_by(two.verifier().await);
    let routes = GuardedRouter::<()>::new()
        .route("/verb", handlers.clone())
        .route("/any", routing::any(user))
        .route("/state", routing::get(user).with_state(()))
        .nest("/nested", GuardedRouter::new().route("/verb", handlers).with_state(()))
        .public_router("guarded by itself", plain())
        .public_router("guarded by its own", own.clone().into_router())
        .public_service("/service", "guarded by itself", axum::routing::any_service(axum::routing::get(user)))
        .method_not_allowed_fallback(user)
        .fallback(user);
    let apps = [
        routes.clone().guarded_by(one.verifier().await).into_router(),
        routes.guarded_by(two.verifier().await).with_state(()).into_router(),
    ];
    let tokens = [one.token().build(), two.token().build()];
    for path in ["/verb", "/any", "/state", "/nested/verb", "/foreign", "/service", "/no-such-path"] {
        for (index, app) in apps.iter().enumerate() {
            for (number, token) in tokens.iter().enumerate() {
                let expected = if index == number { 200 } else { 401 };
                assert_eq!(get_with(app, path, token).await.status, expected, "{path} of {index} with {number}");
            }
        }
    }
    for app in &apps {
        assert_eq!(get_with(app, "/own", &tokens[0]).await.status, 401);
        assert_eq!(get_with(app, "/own", &tokens[1]).await.status, 200);
    }
    let put = get("/state").method("PUT").header("authorization", format!("Bearer {}", tokens[0]));
    let put = put.body(Body::empty()).unwrap();
    assert_eq!(send(&apps[0], put).await.status, 200);
}

#[tokio::test]
async fn user_argument_without_a_guard_gets_500() {
    async fn naked(_: User) {}
    async fn naked_option(_: Option<User>) {}
    let app =
        Router::new().route("/user", axum::routing::get(naked)).route("/option", axum::routing::get(naked_option));
    let token = TestIssuer::new().token().build();
    for path in ["/user", "/option"] {
        let answer = get_with(&app, path, &token).await;
        assert_eq!((answer.status, answer.denied), (StatusCode::INTERNAL_SERVER_ERROR, Some(DenialReason::NoGuard)));
    }
}

#[tokio::test]
async fn a_cached_token_expires() {
    let issuer = TestIssuer::new();
    let clock = crate::support::clock(crate::support::NOW);
    let verifier =
        auth_runtime::Verifier::builder().issuer(issuer.issuer()).clock(clock.clone()).build().await.unwrap();
    let token = issuer.token().claim("iat", crate::support::NOW).claim("exp", crate::support::NOW + 300).build();
    for (offset, expected) in [(0, true), (359, true), (360, false), (359, true)] {
        clock.store((crate::support::NOW + offset) * 1000, Ordering::SeqCst);
        let verdict = verifier.verify(&token).await;
        assert_eq!(verdict.is_ok(), expected, "at {offset} s: {verdict:?}");
        if !expected {
            assert_eq!(verdict.unwrap_err(), InvalidTokenReason::Expired.into());
        }
    }
}
