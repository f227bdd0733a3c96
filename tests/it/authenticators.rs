//! Credentials that are not tokens, read by authenticators like those of public servers. They have the same decisions,
//! table, explanations and log as tokens.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use auth_runtime::testing::{TestClock, TestIssuer};
use auth_runtime::{
    AuthenticationError, Authenticator, DenialReason, GuardedRouter, Identity, Limit, Membership, User, Verified,
    Verifier, VerifierBuilder, optional_user, require_org, require_permission, require_user, routing,
};
use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::{Answer, send};

fn text(parts: &Parts, name: header::HeaderName) -> Option<&str> {
    parts.headers.get(name)?.to_str().ok()
}

/// `Authorization: Token SECRET`, or the secret alone, with its owner in a table.
struct Tokens {
    scheme: &'static str,
    owners: HashMap<&'static str, i64>,
}

impl Authenticator for Tokens {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        let value = text(request, header::AUTHORIZATION).and_then(|value| value.strip_prefix(self.scheme));
        let Some(secret) = value.filter(|value| !value.contains(' ')) else { return Ok(None) };
        let owner = self.owners.get(secret).ok_or(AuthenticationError::Invalid)?;
        Ok(Some(Identity::new(owner.to_string())))
    }

    fn is_explicit(&self) -> bool {
        true
    }

    fn challenge(&self) -> Option<HeaderValue> {
        let scheme = self.scheme.trim_end();
        (!scheme.is_empty()).then(|| HeaderValue::from_static(scheme))
    }
}

/// `Authorization: Basic`, which a browser adds by itself once it knows the password.
struct Basic;

impl Authenticator for Basic {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        let Some(encoded) = text(request, header::AUTHORIZATION).and_then(|value| value.strip_prefix("Basic ")) else {
            return Ok(None);
        };
        let decoded = STANDARD.decode(encoded).ok().and_then(|decoded| String::from_utf8(decoded).ok());
        match decoded.as_deref().and_then(|decoded| decoded.split_once(':')) {
            Some(("ada", "correct horse")) => Ok(Some(Identity::new("ada"))),
            _ => Err(AuthenticationError::Invalid),
        }
    }

    fn challenge(&self) -> Option<HeaderValue> {
        Some(HeaderValue::from_static(r#"Basic realm="test""#))
    }
}

/// A cookie that names a row of a table, with the user's data as the database has them.
#[derive(Clone, Default)]
struct Sessions {
    rows: HashMap<&'static str, Identity>,
    asked: Arc<AtomicUsize>,
}

impl Authenticator for Sessions {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        let Some(id) = text(request, header::COOKIE).and_then(|value| value.strip_prefix("session=")) else {
            return Ok(None);
        };
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.rows.get(id).cloned().map(Some).ok_or(AuthenticationError::Invalid)
    }
}

fn sessions() -> Sessions {
    let ada = Identity::new("17").credential_id("session-1").email("ada@example.com", true);
    let member = Membership::new("acme", "Admin").permissions(["invoices:read", "invoices:pay"]);
    Sessions { rows: HashMap::from([("s1", ada.org(member).roles(["staff"]))]), ..Sessions::default() }
}

#[require_user]
async fn whoami(user: User, verified: Verified) -> String {
    assert_eq!(user.issuer(), user.issuer_name());
    assert_eq!(
        (verified.expires_at(), verified.expires_in().is_some()),
        (user.expires_at(), user.expires_at().is_some())
    );
    let is_token = user.claim::<f64>("exp").unwrap().is_some();
    assert_eq!((is_token, verified.claims::<serde_json::Value>().is_ok()), (user.issuer().contains("://"), is_token));
    format!("{} of {}, {}", user.id(), user.issuer(), user.credential_id().unwrap_or("no id"))
}

#[optional_user]
async fn anybody(user: Option<User>) -> String {
    user.map_or_else(|| "nobody".to_owned(), |user| user.id().to_owned())
}

#[require_user(issuer("sessions"))]
async fn only_sessions() {}

#[require_org(role >= "Admin" && permission("invoices:read") && !permission("suspended"), from = org)]
async fn admin(Path(org): Path<String>) -> String {
    org
}

#[require_user(role == "staff" && email_verified)]
async fn staff(user: User) -> String {
    format!("{:?}", user.id_as::<i64>())
}

fn routes() -> GuardedRouter {
    GuardedRouter::new()
        .route("/", routing::any(whoami))
        .route("/anybody", routing::get(anybody))
        .route("/sessions", routing::get(only_sessions))
        .route("/staff", routing::get(staff))
        .route("/orgs/{org}", routing::get(admin))
}

async fn app(builder: VerifierBuilder) -> Router {
    routes().guarded_by(builder.build().await.unwrap()).into_router()
}

type Headers<'a> = &'a [(&'static str, &'a str)];

async fn ask(app: &Router, method: Method, uri: &str, headers: Headers<'_>) -> Answer {
    let request = Request::builder().method(method).uri(uri);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    send(app, request.body(Body::empty()).unwrap()).await
}

async fn get(app: &Router, uri: &str, headers: Headers<'_>) -> Answer {
    ask(app, Method::GET, uri, headers).await
}

const COOKIE: (&str, &str) = ("cookie", "session=s1");

#[tokio::test]
async fn every_kind_of_credential_names_a_user() {
    let tokens = |scheme| Tokens { scheme, owners: HashMap::from([("s3cret", 42)]) };
    let all = Verifier::builder()
        .authenticator("tokens", tokens("Token "))
        .authenticator("basic", Basic)
        .authenticator("sessions", sessions());
    let app_all = app(all).await;
    let bare = app(Verifier::builder().authenticator("bare", tokens(""))).await;
    let own_bearer = app(Verifier::builder().authenticator("opaque", tokens("Bearer "))).await;
    let challenge_of = |app: &Router| match app {
        app if std::ptr::addr_eq(app, &raw const app_all) => Some(r#"Token, Basic realm="test""#),
        app if std::ptr::addr_eq(app, &raw const own_bearer) => Some("Bearer"),
        _ => None,
    };
    let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
    let (good, bad) = (basic("ada:correct horse"), basic("ada:guess"));
    for (app, headers, expected) in [
        (&app_all, &[("authorization", "Token s3cret")][..], Ok("42 of tokens, no id")),
        (&app_all, &[("authorization", "Token guess")], Err(DenialReason::InvalidCredential)),
        (&app_all, &[("authorization", &good)], Ok("ada of basic, no id")),
        (&app_all, &[("authorization", &bad)], Err(DenialReason::InvalidCredential)),
        (&app_all, &[COOKIE], Ok("17 of sessions, session-1")),
        (&app_all, &[("cookie", "session=s2")], Err(DenialReason::InvalidCredential)),
        (&app_all, &[], Err(DenialReason::NoCredentials)),
        (&app_all, &[("authorization", "Bearer s3cret")], Err(DenialReason::NoCredentials)),
        (&bare, &[("authorization", "s3cret")], Ok("42 of bare, no id")),
        (&bare, &[("authorization", "guess")], Err(DenialReason::InvalidCredential)),
        (&own_bearer, &[("authorization", "Bearer s3cret")], Ok("42 of opaque, no id")),
        (&own_bearer, &[("authorization", "Bearer guess")], Err(DenialReason::InvalidCredential)),
    ] {
        let answer = get(app, "/", headers).await;
        match expected {
            Ok(body) => assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, body), "{headers:?}"),
            Err(reason) => {
                assert_eq!((answer.status.as_u16(), answer.denied), (401, Some(reason)), "{headers:?}");
                // Without an issuer, no challenge asks for a bearer token.
                let challenge = challenge_of(app);
                assert_eq!(answer.challenge(), challenge, "{headers:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_session_is_decided_and_tabled_as_a_token() {
    let issuer = TestIssuer::new();
    let verifier = Verifier::builder().issuer(issuer.issuer()).authenticator("sessions", sessions());
    let router = routes().guarded_by(verifier.build().await.unwrap());
    let table = router.table().to_string();
    assert!(table.contains("sessions (authenticator)"), "{table}");
    let app = router.into_router();
    let bearer = format!("Bearer {}", issuer.token().user("ada").build());
    let token = ("authorization", bearer.as_str());
    for (uri, headers, status) in [
        ("/sessions", &[COOKIE][..], 200),
        ("/sessions", &[token], 403),
        ("/staff", &[COOKIE], 200),
        ("/orgs/acme", &[COOKIE], 200),
        ("/orgs/globex", &[COOKIE], 403),
    ] {
        let answer = get(&app, uri, headers).await;
        assert_eq!(answer.status, status, "{uri}: {}", answer.explanation);
    }
    assert_eq!(get(&app, "/staff", &[COOKIE]).await.body, "Ok(17)");
    let refused = get(&app, "/sessions", &[token]).await.explanation;
    assert!(refused.contains(r#"issuer("sessions")"#), "{refused}");
    assert_eq!(get(&app, "/", &[]).await.challenge(), Some("Bearer"));
}

#[tokio::test]
async fn a_session_is_read_only_where_a_cookie_is_accepted() {
    let sessions = sessions();
    let builder = || Verifier::builder().authenticator("sessions", sessions.clone());
    let strict = app(builder()).await;
    let trusting = app(builder().trusted_origin("https://app.test")).await;
    let lenient = app(builder().danger_without_origin()).await;
    let open = app(builder().danger_allow_cross_site()).await;
    let cross_site = ("sec-fetch-site", "cross-site");
    for (method, headers, expected) in [
        (Method::GET, &[COOKIE, cross_site][..], [200; 4]),
        (Method::POST, &[COOKIE, ("sec-fetch-site", "same-origin")], [200; 4]),
        (Method::POST, &[COOKIE, cross_site], [401, 401, 401, 200]),
        (Method::POST, &[COOKIE, cross_site, ("origin", "https://app.test")], [401, 200, 401, 200]),
        (Method::POST, &[COOKIE, cross_site, ("origin", "https://evil.test")], [401, 401, 401, 200]),
        (Method::POST, &[COOKIE], [401, 401, 200, 200]),
        (Method::GET, &[COOKIE, cross_site, ("upgrade", "websocket")], [401, 401, 401, 200]),
    ] {
        for (app, expected) in [&strict, &trusting, &lenient, &open].into_iter().zip(expected) {
            let before = sessions.asked.load(Ordering::SeqCst);
            let answer = ask(app, method.clone(), "/", headers).await;
            assert_eq!(answer.status, expected, "{method} {headers:?}");
            // A session of a forged request is not even looked up.
            assert_eq!(sessions.asked.load(Ordering::SeqCst) - before, usize::from(expected == 200));
            if expected == 401 {
                assert!(answer.explanation.contains("another site may have sent it"), "{}", answer.explanation);
            }
        }
    }
}

#[tokio::test]
async fn the_first_credential_answers_and_two_explicit_ones_are_refused() {
    let issuer = TestIssuer::new();
    let tokens = Tokens { scheme: "Token ", owners: HashMap::from([("s3cret", 42)]) };
    let builder = Verifier::builder()
        .issuer(issuer.issuer())
        .token_location(auth_runtime::TokenLocation::header("x-token"))
        .token_location(auth_runtime::TokenLocation::cookie("t"))
        .authenticator("sessions", sessions())
        .authenticator("tokens", tokens);
    let app = app(builder).await;
    let token = issuer.token().user("ada").build();
    let (good, bad) = (("x-token", token.as_str()), ("x-token", "bad"));
    let (key, wrong) = (("authorization", "Token s3cret"), ("authorization", "Token guess"));
    let stale = ("cookie", "session=s2");
    for (headers, required, optional) in [
        (&[good][..], 200, (200, "ada")),
        (&[key], 200, (200, "42")),
        // A token takes precedence over a session, and a session does not replace an invalid token.
        (&[good, COOKIE], 200, (200, "ada")),
        (&[bad, COOKIE], 401, (200, "nobody")),
        (&[good, key], 400, (200, "nobody")),
        (&[good, wrong], 400, (200, "nobody")),
        (&[bad, key], 401, (200, "nobody")),
        (&[bad], 401, (200, "nobody")),
        (&[wrong], 401, (200, "nobody")),
        // An invalid cookie does not make the user of an explicit credential anonymous.
        (&[stale, key], 401, (401, "")),
        (&[], 401, (200, "nobody")),
    ] {
        let answer = get(&app, "/", headers).await;
        assert_eq!(answer.status, required, "{headers:?} {}", answer.explanation);
        let answer = get(&app, "/anybody", headers).await;
        let body = if answer.status == 200 { answer.body.as_str() } else { "" };
        assert_eq!((answer.status.as_u16(), body), optional, "{headers:?}");
    }
}

/// Fails in the way that a header requests.
struct Faulty;

impl Authenticator for Faulty {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        match text(request, header::HeaderName::from_static("x-fault")) {
            None => Ok(None),
            Some("unavailable") => Err(AuthenticationError::Unavailable),
            Some("panic") => panic!("as asked"),
            Some("panic later") => {
                tokio::task::yield_now().await;
                panic!("as asked")
            }
            Some("hang") => std::future::pending().await,
            Some("no id") => Ok(Some(Identity::new(""))),
            Some("expired") => Ok(Some(Identity::new("ada").expires_at(SystemTime::UNIX_EPOCH))),
            Some("two memberships") => {
                let member = || Membership::new("acme", "Admin");
                Ok(Some(Identity::new("ada").org(member()).org(member())))
            }
            Some(_) => Err(AuthenticationError::Invalid),
        }
    }
}

#[tokio::test]
async fn an_authenticator_that_fails_denies() {
    let clock = TestClock::now();
    let builder = Verifier::builder().authenticator("faulty", Faulty).authenticator_timeout(Duration::from_secs(2));
    let app = app(builder.clock(clock.clone())).await;
    for (fault, status) in [
        ("unavailable", 503),
        ("panic", 503),
        ("panic later", 503),
        ("no id", 401),
        ("expired", 401),
        ("two memberships", 401),
        ("invalid", 401),
    ] {
        for uri in ["/", "/sessions"] {
            let answer = get(&app, uri, &[("x-fault", fault)]).await;
            assert_eq!(answer.status, status, "{fault}");
            assert_eq!(answer.headers.get(header::RETRY_AFTER).is_some(), status == 503, "{fault}");
        }
        // If the credential cannot be checked, the caller is not anonymous. If it is invalid, the caller may be.
        let expected = if status == 503 { 503 } else { 200 };
        assert_eq!(get(&app, "/anybody", &[("x-fault", fault)]).await.status, expected, "{fault}");
    }
    let hanging = tokio::spawn(async move { get(&app, "/", &[("x-fault", "hang")]).await.status });
    while !hanging.is_finished() {
        clock.advance(Duration::from_secs(1));
        tokio::task::yield_now().await;
    }
    assert_eq!(hanging.await.unwrap(), 503);
}

#[tokio::test]
async fn a_credential_lives_until_its_expiry() {
    let clock = TestClock::now();
    let end = SystemTime::UNIX_EPOCH + Duration::from_millis(clock.now_ms()) + Duration::from_secs(60);
    let mut sessions = sessions();
    sessions.rows.insert("s3", Identity::new("ada").expires_at(end));
    let app = app(Verifier::builder().authenticator("sessions", sessions).clock(clock.clone())).await;
    for (by, expected) in [(0, 200), (59, 200), (1, 401), (60, 401)] {
        clock.advance(Duration::from_secs(by));
        assert_eq!(get(&app, "/", &[("cookie", "session=s3")]).await.status, expected, "{by}");
    }
}

#[require_permission("invoices:read", from = active())]
async fn reads() {}

#[require_permission(!permission("invoices:pay"), from = active())]
async fn never_pays() {}

#[require_permission(permission("invoices:read") || permission("invoices:pay"))]
async fn either(user: User) -> String {
    let org = user.active_org().unwrap();
    assert!(org.role().is_none() && user.roles().is_none() && !org.is_role("Admin") && !org.lacks_role("Admin"));
    assert!(!user.has_permission("invoices:pay") && !user.lacks_permission("invoices:pay"));
    format!("{:?}", org.permissions())
}

#[require_org(!(role == "Guest"), from = active())]
async fn no_guest() {}

#[require_user(!(role == "guest"))]
async fn no_own_guest() {}

#[require_user(!scope("admin"))]
async fn unprivileged() {}

#[tokio::test]
async fn a_limit_bounds_whatever_grants_more() {
    let ada = || {
        let member = Membership::new("acme", "Admin").permissions(["invoices:read", "invoices:pay"]);
        let ada = Identity::new("ada").org(member).active_org("acme").roles(["staff"]).scopes(["read"]);
        ada.permissions(["invoices:read", "invoices:pay"])
    };
    let limits = [
        ("free", Limit::none()),
        ("reads", Limit::permissions(["invoices:read", "projects:read"])),
        ("nothing", Limit::permissions([""; 0])),
    ];
    let rows = limits.into_iter().map(|(id, limit)| (id, ada().limit(limit))).collect();
    let sessions = Sessions { rows, ..Sessions::default() };
    let verifier = Verifier::builder().authenticator("sessions", sessions).build().await.unwrap();
    let app = GuardedRouter::new()
        .route("/reads", routing::get(reads))
        .route("/never_pays", routing::get(never_pays))
        .route("/either", routing::get(either))
        .route("/no_guest", routing::get(no_guest))
        .route("/no_own_guest", routing::get(no_own_guest))
        .route("/unprivileged", routing::get(unprivileged))
        .guarded_by(verifier)
        .into_router();
    for (uri, free, reads, nothing) in [
        ("/reads", 200, 200, 403),
        // Permissions outside the limit are unknown, not absent.
        ("/never_pays", 403, 403, 403),
        ("/no_guest", 200, 403, 403),
        ("/no_own_guest", 200, 403, 403),
        ("/unprivileged", 200, 200, 200),
    ] {
        for (id, expected) in [("free", free), ("reads", reads), ("nothing", nothing)] {
            let answer = get(&app, uri, &[("cookie", &format!("session={id}"))]).await;
            assert_eq!(answer.status, expected, "{uri} {id}: {}", answer.explanation);
        }
    }
    let answer = get(&app, "/either", &[("cookie", "session=reads")]).await;
    assert_eq!(answer.body, r#"Some(["invoices:read"])"#);
}

#[tokio::test]
async fn names_are_one_namespace_with_issuers() {
    let issuer = TestIssuer::new();
    let iss = issuer.verifier().await.verify(&issuer.token().user("ada").build()).await.unwrap();
    let iss = iss.user().issuer().to_owned();
    let with = |names: &[&str]| {
        let builder = Verifier::builder().issuer(issuer.issuer().named("own"));
        names.iter().fold(builder, |builder, name| builder.authenticator(name, sessions()))
    };
    for names in [&["own"][..], &[&iss], &[""], &["sessions", "sessions"], &["a", "b", "a"]] {
        let error = with(names).build().await.unwrap_err();
        assert_eq!(error.setting(), "authenticator", "{names:?}: {error}");
    }
    assert!(with(&["sessions", "api-keys"]).build().await.is_ok());
    assert_eq!(Verifier::builder().build().await.unwrap_err().setting(), "issuer");
    for timeout in [Duration::ZERO, Duration::from_secs(61)] {
        let error = with(&["sessions"]).authenticator_timeout(timeout).build().await.unwrap_err();
        assert_eq!(error.setting(), "authenticator_timeout");
    }
}
