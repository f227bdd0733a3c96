//! Opaque tokens: an introspection endpoint on loopback is asked about each, and its answer must meet the rules for
//! JWTs.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_runtime::testing::{TestClock, TestIssuer};
use auth_runtime::{
    ApiKey, ApiKeys, DenialReason, GuardedRouter, Identity, InvalidTokenReason, Issuer, Limit, User, Verified,
    Verifier, VerifierBuilder, require_user, routing,
};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::support::get_with;

pub(crate) const AUDIENCE: &str = "https://api.test";
pub(crate) const SECRET: &str = "s3cret+/ :% of the API";

/// An introspection endpoint.
#[derive(Clone)]
pub(crate) struct Endpoint {
    origin: String,
    shared: Arc<Shared>,
}

struct Shared {
    /// Status and body by token. Any other token is not active.
    answers: Mutex<HashMap<String, (u16, String)>>,
    /// The headers and the form of the last request.
    last: Mutex<(HeaderMap, HashMap<String, String>)>,
    asked: AtomicUsize,
    gate: Semaphore,
}

impl Endpoint {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            answers: Mutex::default(),
            last: Mutex::default(),
            asked: AtomicUsize::new(0),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        });
        let router = Router::new().fallback(introspect).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { origin, shared }
    }

    pub(crate) fn issuer(&self) -> Issuer {
        Issuer::introspection(&format!("{}/introspect", self.origin), "api", SECRET, AUDIENCE)
    }

    pub(crate) fn says(&self, token: &str, answer: &Value) {
        self.says_text(token, 200, &answer.to_string());
    }

    pub(crate) fn says_text(&self, token: &str, status: u16, body: &str) {
        self.shared.answers.lock().unwrap().insert(token.to_owned(), (status, body.to_owned()));
    }

    fn asked(&self) -> usize {
        self.shared.asked.load(Ordering::SeqCst)
    }
}

async fn introspect(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    shared.asked.fetch_add(1, Ordering::SeqCst);
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let form: HashMap<String, String> = body.split(|byte| *byte == b'&').filter_map(pair).collect();
    let token = form.get("token").cloned().unwrap_or_default();
    *shared.last.lock().unwrap() = (parts.headers, form);
    shared.gate.acquire().await.unwrap().forget();
    let answer = shared.answers.lock().unwrap().get(&token).cloned();
    let (status, body) = answer.unwrap_or_else(|| (200, json!({ "active": false }).to_string()));
    (axum::http::StatusCode::from_u16(status).unwrap(), [(header::LOCATION, "/elsewhere")], body).into_response()
}

/// One field of a form, decoded.
fn pair(text: &[u8]) -> Option<(String, String)> {
    let uri: axum::http::Uri = format!("/?{}", std::str::from_utf8(text).ok()?).parse().ok()?;
    let axum::extract::Query(pairs) = axum::extract::Query::<HashMap<String, String>>::try_from_uri(&uri).ok()?;
    pairs.into_iter().next()
}

#[require_user]
async fn whoami(user: User, verified: Verified) -> String {
    let plan = user.claim::<String>("plan").unwrap();
    assert_eq!(verified.claims::<Value>().unwrap()["sub"], user.id());
    format!("{} of {} {:?} {:?} {:?}", user.id(), user.issuer_name(), user.scopes(), plan, user.credential_id())
}

async fn app(builder: VerifierBuilder) -> Router {
    let verifier = builder.build().await.unwrap();
    GuardedRouter::new().route("/", routing::get(whoami)).guarded_by(verifier).into_router()
}

fn seconds(clock: &TestClock) -> u64 {
    clock.now_ms() / 1000
}

#[tokio::test]
async fn an_answer_is_held_to_the_rules_for_tokens() {
    let (endpoint, clock) = (Endpoint::start().await, TestClock::now());
    let app = app(Verifier::builder().issuer(endpoint.issuer().named("opaque")).clock(clock.clone())).await;
    let now = seconds(&clock);
    let good = json!({
        "active": true, "token_type": "Bearer", "aud": [AUDIENCE, "other"], "sub": "ada", "scope": "read write",
        "exp": now + 600, "iat": now, "iss": endpoint.origin, "jti": "t-1", "client_id": "web", "plan": "paid",
    });
    let with = |changes: Value| {
        let mut answer = good.clone();
        for (name, value) in changes.as_object().unwrap() {
            answer[name] = value.clone();
        }
        answer
    };
    let without = |name: &str| {
        let mut answer = good.clone();
        answer.as_object_mut().unwrap().remove(name);
        answer
    };
    for (name, answer, expected) in [
        ("good", good.clone(), Ok(())),
        ("without exp", without("exp"), Ok(())),
        ("without iss", without("iss"), Ok(())),
        ("inactive", json!({ "active": false }), Err(InvalidTokenReason::NotActive)),
        ("audience", with(json!({ "aud": "https://other.test" })), Err(InvalidTokenReason::Audience)),
        ("no-audience", without("aud"), Err(InvalidTokenReason::Claim("aud"))),
        ("issuer", with(json!({ "iss": "https://other.test" })), Err(InvalidTokenReason::Issuer)),
        ("expired", with(json!({ "exp": now - 100 })), Err(InvalidTokenReason::Expired)),
        ("future", with(json!({ "nbf": now + 100 })), Err(InvalidTokenReason::NotYetValid)),
        ("bound", with(json!({ "cnf": { "jkt": "x" } })), Err(InvalidTokenReason::SenderConstrained)),
        ("id-token", with(json!({ "at_hash": "x" })), Err(InvalidTokenReason::IdToken)),
        ("refresh", with(json!({ "typ": "Refresh" })), Err(InvalidTokenReason::Type)),
        ("refresh-2", with(json!({ "token_use": "refresh_token" })), Err(InvalidTokenReason::Type)),
        ("refresh-3", without("token_type"), Err(InvalidTokenReason::Type)),
        ("application", without("sub"), Err(InvalidTokenReason::Claim("sub"))),
        ("nobody", with(json!({ "sub": "" })), Err(InvalidTokenReason::Claim("sub"))),
        ("scope", with(json!({ "scope": 7 })), Err(InvalidTokenReason::Claim("scope"))),
    ] {
        let token = name.replace(' ', "-");
        endpoint.says(&token, &answer);
        let answer = get_with(&app, "/", &token).await;
        match expected {
            Ok(()) => {
                let expected = r#"ada of opaque Some(["read", "write"]) Some("paid") Some("t-1")"#;
                assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, expected), "{name}");
            }
            Err(reason) => {
                assert_eq!(answer.denied, Some(DenialReason::InvalidToken(reason)), "{name}");
                assert_eq!(answer.status, 401, "{name}");
            }
        }
    }
    // An invalid answer is the endpoint's error, not the client's.
    for (token, status, body) in [
        ("e1", 500, good.to_string()),
        ("e2", 302, good.to_string()),
        ("e3", 401, String::new()),
        ("e4", 200, "active".to_owned()),
        ("e5", 200, "{}".to_owned()),
        ("e6", 200, r#"{"active":"true"}"#.to_owned()),
        ("e7", 200, r#"{"active":false,"active":true}"#.to_owned()),
        ("e8", 200, format!(r#"{{"active":true,"x":"{}"}}"#, "x".repeat(300_000))),
    ] {
        endpoint.says_text(token, status, &body);
        let answer = get_with(&app, "/", token).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.headers[header::RETRY_AFTER]),
            (503, &"5".parse().unwrap()),
            "{token}"
        );
        // It is not cached: the endpoint is asked again.
        endpoint.says(token, &good);
        assert_eq!(get_with(&app, "/", token).await.status, 200, "{token}");
    }
}

#[tokio::test]
async fn jwts_and_api_keys_are_not_sent_anywhere() {
    let (endpoint, issuer) = (Endpoint::start().await, TestIssuer::new());
    let keys = ApiKeys::authorization()
        .prefix("sk_")
        .find(|_| async { Ok::<_, String>(Some(ApiKey::new("1", Identity::new("ada"), Limit::none()))) });
    let builder = || Verifier::builder().issuer(endpoint.issuer()).issuer(issuer.issuer());
    let verifier = builder().authenticator("api-keys", keys).build().await.unwrap();
    let key = ApiKey::generate("sk_");
    let long = "x".repeat(4097);
    for token in [issuer.token().signed_by_stranger().build().as_str(), key.key(), "sk_", "a b", "caf\u{e9}", &long] {
        assert!(verifier.verify(token).await.is_err(), "{token}");
    }
    assert!(verifier.verify(&issuer.token().build()).await.is_ok());
    assert_eq!(endpoint.asked(), 0);
    assert!(verifier.verify("opaque").await.is_err());
    assert_eq!(endpoint.asked(), 1);
    let asks = Verifier::builder().issuer(endpoint.issuer().introspect_jwts()).build().await.unwrap();
    assert!(asks.verify(&issuer.token().build()).await.is_err());
    assert_eq!(endpoint.asked(), 2);
}

#[tokio::test]
async fn answers_count_for_a_minute_and_unseen_tokens_are_asked_about_a_hundred_times_a_second() {
    let (endpoint, clock) = (Endpoint::start().await, TestClock::now());
    let app = app(Verifier::builder().issuer(endpoint.issuer()).clock(clock.clone())).await;
    let answer = |exp: u64| json!({ "active": true, "token_type": "Bearer", "aud": AUDIENCE, "sub": "ada", "exp": exp, "plan": "p" });
    endpoint.says("long", &answer(seconds(&clock) + 3600));
    endpoint.says("short", &answer(seconds(&clock) + 30));
    for (by, long, short, asked) in [(0, 200, 200, 2), (29, 200, 200, 2), (30, 200, 401, 3), (1, 200, 401, 4)] {
        clock.advance(Duration::from_secs(by));
        for token in ["long", "short"] {
            let expected = if token == "long" { long } else { short };
            assert_eq!(get_with(&app, "/", token).await.status, expected, "{token} {by}");
        }
        assert_eq!(endpoint.asked(), asked, "{by}");
    }
    // A revoked token stays valid for the rest of the minute.
    endpoint.says("long", &json!({ "active": false }));
    for (by, expected) in [(59, 200), (2, 401)] {
        clock.advance(Duration::from_secs(by));
        assert_eq!(get_with(&app, "/", "long").await.status, expected, "{by}");
    }
    endpoint.says("good", &answer(seconds(&clock) + 3600));
    clock.advance(Duration::from_secs(2));
    assert_eq!(get_with(&app, "/", "good").await.status, 200);
    let before = endpoint.asked();
    let mut refused = [0, 0];
    for number in 0..10_000 {
        match get_with(&app, "/", &format!("opaque-{number}")).await.status.as_u16() {
            401 => refused[0] += 1,
            503 => refused[1] += 1,
            status => panic!("{status}"),
        }
        if number % 100 == 0 {
            assert_eq!(get_with(&app, "/", "good").await.status, 200);
        }
    }
    assert_eq!((refused, endpoint.asked() - before), ([99, 9_901], 99));
    // The answer about a known token has expired: the endpoint is asked despite the limit.
    clock.advance(Duration::from_secs(61));
    for number in 0..200 {
        get_with(&app, "/", &format!("more-{number}")).await;
    }
    assert_eq!(get_with(&app, "/", "good").await.status, 200);
    assert_eq!(endpoint.asked() - before, 99 + 100 + 1);
}

#[tokio::test]
async fn requests_with_one_token_wait_for_one_question() {
    let endpoint = Endpoint::start().await;
    let app = app(Verifier::builder().issuer(endpoint.issuer())).await;
    endpoint.says("t", &json!({ "active": true, "token_type": "Bearer", "aud": AUDIENCE, "sub": "ada" }));
    endpoint.shared.gate.forget_permits(Semaphore::MAX_PERMITS);
    let requests: Vec<_> = (0..100)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move { get_with(&app, "/", "t").await.status.as_u16() })
        })
        .collect();
    while endpoint.asked() == 0 {
        tokio::task::yield_now().await;
    }
    requests[0].abort();
    endpoint.shared.gate.add_permits(1);
    for request in requests.into_iter().skip(1) {
        assert_eq!(request.await.unwrap(), 200);
    }
    assert_eq!(endpoint.asked(), 1);
}

#[require_user(fresh = "0s")]
async fn now(user: User) -> String {
    user.id().to_owned()
}

#[require_user(fresh = "30s")]
async fn recent(user: User) -> String {
    user.id().to_owned()
}

#[require_user(fresh = "0s")]
struct Now;

#[require_user]
struct Loose;

/// Routes that accept answers of any age, and routes and groups that do not.
async fn app_of_ages(builder: VerifierBuilder) -> Router {
    let group = GuardedRouter::new().route("/", routing::get(whoami)).require::<Now>();
    let loose = GuardedRouter::new().route("/now", routing::get(now)).require::<Loose>();
    GuardedRouter::new()
        .route("/", routing::get(whoami))
        .route("/now", routing::get(now))
        .route("/recent", routing::get(recent))
        .nest("/group", group)
        .nest("/loose", loose)
        .guarded_by(builder.build().await.unwrap())
        .into_router()
}

#[tokio::test]
async fn a_fresh_route_or_group_asks_anew() {
    let (endpoint, clock) = (Endpoint::start().await, TestClock::now());
    let app = app_of_ages(Verifier::builder().issuer(endpoint.issuer()).clock(clock.clone())).await;
    let good = json!({ "active": true, "token_type": "Bearer", "aud": AUDIENCE, "sub": "ada", "plan": "p" });
    endpoint.says("t", &good);
    for (after, uri, asked) in [
        (0, "/", 1),
        (0, "/", 1),
        (0, "/now", 2),
        (0, "/now", 3),
        // The new answer is used for the others too.
        (0, "/", 3),
        (29, "/recent", 3),
        (1, "/recent", 4),
        (0, "/", 4),
        // One request for the group and its handler, and one more for a handler that is stricter than its group.
        (0, "/group", 5),
        (0, "/loose/now", 6),
    ] {
        clock.advance(Duration::from_secs(after));
        assert_eq!(get_with(&app, uri, "t").await.status, 200, "{uri}");
        assert_eq!(endpoint.asked(), asked, "{uri}");
    }
    // The endpoint is not reachable: an older answer is not enough for a `fresh` route.
    endpoint.says_text("t", 500, "");
    for (uri, expected) in [("/", 200), ("/now", 503), ("/group", 503), ("/loose/now", 503), ("/recent", 200)] {
        assert_eq!(get_with(&app, uri, "t").await.status, expected, "{uri}");
    }
    // Revoked: the routes that ask again refuse it immediately, and then all routes do. After a refusal, the endpoint
    // is not asked again.
    endpoint.says("t", &json!({ "active": false }));
    let before = endpoint.asked();
    for (uri, expected) in [("/", 200), ("/now", 401), ("/", 401), ("/now", 401), ("/group", 401)] {
        assert_eq!(get_with(&app, uri, "t").await.status, expected, "{uri}");
    }
    assert_eq!(endpoint.asked() - before, 1);
    // One that is good elsewhere, but not here: that is a refusal too.
    endpoint
        .says("foreign", &json!({ "active": true, "token_type": "Bearer", "aud": "https://other.test", "sub": "ada" }));
    let before = endpoint.asked();
    for uri in ["/now", "/now", "/group", "/"] {
        assert_eq!(get_with(&app, uri, "foreign").await.status, 401, "{uri}");
    }
    assert_eq!(endpoint.asked() - before, 1);
    // When that answer is old, it is as unknown as at first.
    clock.advance(Duration::from_secs(60));
    assert_eq!(get_with(&app, "/now", "foreign").await.status, 401);
    assert_eq!(endpoint.asked() - before, 2);
}

#[tokio::test]
async fn a_fresh_route_joins_no_question_that_began_before() {
    let endpoint = Endpoint::start().await;
    let app = app_of_ages(Verifier::builder().issuer(endpoint.issuer())).await;
    endpoint.says("t", &json!({ "active": true, "token_type": "Bearer", "aud": AUDIENCE, "sub": "ada", "plan": "p" }));
    endpoint.shared.gate.forget_permits(Semaphore::MAX_PERMITS);
    let request = |uri: &'static str| {
        let app = app.clone();
        tokio::spawn(async move { get_with(&app, uri, "t").await.status.as_u16() })
    };
    let first = request("/");
    while endpoint.asked() == 0 {
        tokio::task::yield_now().await;
    }
    // Revoked after the endpoint was asked, and before these requests arrive.
    let late: Vec<_> = (0..20).map(|_| request("/now")).collect();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(endpoint.asked(), 1);
    endpoint.shared.gate.add_permits(1);
    assert_eq!(first.await.unwrap(), 200);
    endpoint.says("t", &json!({ "active": false }));
    endpoint.shared.gate.add_permits(1);
    for late in late {
        assert_eq!(late.await.unwrap(), 401);
    }
    // One more request to the endpoint, for all of them.
    assert_eq!(endpoint.asked(), 2);
}

#[tokio::test]
async fn the_secret_is_sent_as_basic_or_in_the_body() {
    let endpoint = Endpoint::start().await;
    for (issuer, is_basic) in [(endpoint.issuer(), true), (endpoint.issuer().client_secret_post(), false)] {
        let verifier = Verifier::new(issuer).await.unwrap();
        assert!(verifier.verify("a+b%/=&c").await.is_err());
        let (headers, form) = endpoint.shared.last.lock().unwrap().clone();
        assert_eq!((form["token"].as_str(), form["token_type_hint"].as_str()), ("a+b%/=&c", "access_token"));
        assert_eq!(form.get("client_secret").map(String::as_str), (!is_basic).then_some(SECRET));
        assert_eq!(form.get("client_id").map(String::as_str), (!is_basic).then_some("api"));
        // Encoded as a form before they are joined (RFC 6749 section 2.3.1).
        let basic = format!("Basic {}", STANDARD.encode("api:s3cret%2B%2F+%3A%25+of+the+API"));
        assert_eq!(
            headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap()),
            is_basic.then_some(&*basic)
        );
    }
}

#[tokio::test]
async fn several_endpoints_are_distinguished_by_prefix() {
    let (one, other) = (Endpoint::start().await, Endpoint::start().await);
    let answer = json!({ "active": true, "token_type": "Bearer", "aud": AUDIENCE, "sub": "ada" });
    for (endpoint, token) in [(&one, "plain"), (&other, "oo_token")] {
        endpoint.says(token, &answer);
    }
    let builder = Verifier::builder().issuer(one.issuer().named("one"));
    let verifier = builder.issuer(other.issuer().named("other").token_prefix("oo_")).build().await.unwrap();
    for (token, name) in [("plain", "one"), ("oo_token", "other")] {
        assert_eq!(verifier.verify(token).await.unwrap().user().issuer_name(), name);
    }
    assert_eq!((one.asked(), other.asked()), (1, 1));
}

#[tokio::test]
async fn settings_that_must_not_start_are_named() {
    let of = |url: &str| Issuer::introspection(url, "api", "secret", AUDIENCE);
    let good = || of("https://a.test/introspect");
    let other = || of("https://b.test/introspect");
    let keys = || ApiKeys::header("x-api-key").prefix("sk_").find(|_| async { Ok::<_, String>(None) });
    let one = |issuer: Issuer| Verifier::builder().issuer(issuer);
    for (builder, setting) in [
        (one(of("http://a.test/introspect")), "introspection"),
        (one(of("https://user:password@a.test/introspect")), "introspection"),
        (one(of("a.test")), "introspection"),
        (one(Issuer::introspection("https://a.test", "", "secret", AUDIENCE)), "client_id"),
        (one(Issuer::introspection("https://a.test", "api", "", AUDIENCE)), "client_secret"),
        (one(Issuer::introspection("https://a.test", "api", "secret", "")), "audiences"),
        (one(good().token_prefix("")), "token_prefix"),
        (one(good()).issuer(other()), "token_prefix"),
        (one(good().token_prefix("oo_")).issuer(other().token_prefix("oo_x_")), "token_prefix"),
        (one(good().token_prefix("sk_live_")).authenticator("api-keys", keys()), "token_prefix"),
        (one(TestIssuer::new().issuer().introspect_jwts()), "introspect_jwts"),
        (one(TestIssuer::new().issuer().client_secret_post()), "client_secret_post"),
    ] {
        let error = builder.build().await.unwrap_err();
        assert_eq!(error.setting(), setting, "{error}");
        assert!(!error.to_string().contains("password"), "{error}");
    }
    assert!(!format!("{:?}", good()).contains("secret"));
    let two = one(good()).issuer(other().token_prefix("oo_")).authenticator("api-keys", keys());
    assert!(two.build().await.is_ok());
}
