//! API keys: on the same handlers as tokens, looked up by digest, within limits that hold for any number of wrong keys.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use auth_runtime::testing::{TestClock, TestIssuer};
use auth_runtime::{
    ApiKey, ApiKeys, DenialReason, Directory, DirectoryError, GeneratedApiKey, Grants, GuardedRouter, Identity, Limit,
    Membership, OrgMember, TokenLocation, User, Verifier, VerifierBuilder, require_org, require_user, routing,
};
use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{Request, StatusCode, header};
use tokio::sync::Semaphore;

use crate::support::{Answer, send};

/// An application's table of keys.
#[derive(Clone)]
struct Table {
    rows: Arc<Mutex<HashMap<[u8; 32], ApiKey>>>,
    lookups: Arc<AtomicUsize>,
    /// The number of lookups that may end.
    gate: Arc<Semaphore>,
}

impl Table {
    fn new() -> Self {
        let gate = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
        Self { rows: Arc::default(), lookups: Arc::default(), gate }
    }

    fn add(&self, key: &GeneratedApiKey, row: ApiKey) {
        self.rows.lock().unwrap().insert(key.digest(), row);
    }

    fn remove(&self, key: &GeneratedApiKey) {
        self.rows.lock().unwrap().remove(&key.digest());
    }

    fn lookups(&self) -> usize {
        self.lookups.load(Ordering::SeqCst)
    }

    fn of(&self, keys: ApiKeys) -> ApiKeys {
        let table = self.clone();
        keys.find(move |digest| {
            let table = table.clone();
            async move {
                table.lookups.fetch_add(1, Ordering::SeqCst);
                let row = table.rows.lock().unwrap().get(&digest).cloned();
                table.gate.acquire().await.map_err(|_| "the table is closed")?.forget();
                assert!(row.as_ref().is_none_or(|row| row.id != "panics"), "as asked");
                if row.as_ref().is_some_and(|row| row.id == "fails") { Err("no connection") } else { Ok(row) }
            }
        })
    }
}

fn ada() -> Identity {
    let member = Membership::new("acme", "Admin").permissions(["invoices:read", "invoices:pay"]);
    Identity::new("ada").org(member).scopes(["hooks"])
}

#[require_user]
async fn whoami(user: User) -> String {
    format!("{} by {} {}", user.id(), user.issuer_name(), user.credential_id().unwrap_or("no id"))
}

#[require_user(issuer("api-keys") && scope("hooks"))]
async fn hook() {}

#[require_user(!issuer("api-keys"))]
async fn page() {}

#[require_org(permission("invoices:read"), from = org)]
async fn read(Path(org): Path<String>) -> String {
    org
}

#[require_org(permission("invoices:pay"), from = org)]
async fn pay(Path(org): Path<String>) -> String {
    org
}

async fn app(builder: VerifierBuilder) -> (Router, Verifier) {
    let verifier = builder.build().await.unwrap();
    let routes = GuardedRouter::new()
        .route("/", routing::get(whoami))
        .route("/hook", routing::get(hook))
        .route("/page", routing::get(page))
        .route("/orgs/{org}/invoices", routing::get(read).post(pay));
    (routes.guarded_by(verifier.clone()).into_router(), verifier)
}

async fn get(app: &Router, uri: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(Request::get(uri), |request, (name, value)| request.header(*name, *value));
    send(app, request.body(Body::empty()).unwrap()).await
}

async fn with_key(app: &Router, key: &str) -> u16 {
    get(app, "/", &[("x-api-key", key)]).await.status.as_u16()
}

fn in_header() -> ApiKeys {
    ApiKeys::header("x-api-key").prefix("sk_")
}

#[tokio::test]
async fn keys_and_tokens_share_handlers_and_each_handler_may_take_one_kind() {
    let (table, issuer) = (Table::new(), TestIssuer::new());
    let key = ApiKey::generate("sk_live_");
    table.add(&key, ApiKey::new("key-7", ada(), Limit::permissions(["invoices:read"])));
    let unlimited = ApiKey::generate("sk_live_");
    table.add(&unlimited, ApiKey::new("key-8", ada(), Limit::none()));
    let builder = Verifier::builder().issuer(issuer.issuer()).authenticator("api-keys", table.of(in_header()));
    let (app, _) = app(builder).await;
    let bearer = format!("Bearer {}", issuer.token().user("eve").org("acme", "Admin").build());
    let token = ("authorization", bearer.as_str());
    let (limited, unlimited) = (("x-api-key", key.key()), ("x-api-key", unlimited.key()));
    for (uri, headers, status) in [
        ("/", &[limited][..], 200),
        ("/", &[token], 200),
        ("/hook", &[limited], 200),
        ("/hook", &[token], 403),
        ("/page", &[limited], 403),
        ("/page", &[token], 200),
        ("/orgs/acme/invoices", &[limited], 200),
        ("/orgs/globex/invoices", &[limited], 403),
        ("/", &[limited, token], 400),
        ("/", &[limited, unlimited], 400),
        ("/", &[limited, limited], 200),
        ("/", &[limited, ("authorization", "Bearer bad")], 401),
        ("/", &[("x-api-key", "sk_live_guess"), token], 400),
        ("/", &[("x-api-key", "another form")], 401),
        ("/", &[("x-api-key", "")], 401),
        ("/", &[], 401),
    ] {
        let answer = get(&app, uri, headers).await;
        assert_eq!(answer.status, status, "{uri} {headers:?} {}", answer.explanation);
        if status == 401 && !headers.contains(&("authorization", "Bearer bad")) {
            assert_eq!(answer.challenge(), Some("Bearer, ApiKey"), "{headers:?}");
        }
    }
    assert_eq!(get(&app, "/", &[limited]).await.body, "ada by api-keys key-7");
    for (key, status) in [(limited, 403), (unlimited, 200)] {
        let request = Request::post("/orgs/acme/invoices").header(key.0, key.1).body(Body::empty()).unwrap();
        assert_eq!(send(&app, request).await.status, status, "the limit bounds what the owner may do");
    }
}

#[tokio::test]
async fn a_value_with_the_prefix_is_never_taken_for_a_token() {
    let (table, issuer) = (Table::new(), TestIssuer::new());
    let key = ApiKey::generate("sk_");
    table.add(&key, ApiKey::new("1", ada(), Limit::none()));
    let bearer = format!("Bearer {}", key.key());
    let cookie = format!("t={}", key.key());
    let of = |keys: ApiKeys| {
        let builder = Verifier::builder().issuer(issuer.issuer()).token_location(TokenLocation::authorization());
        let builder =
            builder.token_location(TokenLocation::cookie("t")).token_location(TokenLocation::header("x-api-key"));
        builder.authenticator("api-keys", table.of(keys))
    };
    let ((in_header, _), (in_authorization, _)) =
        (app(of(in_header())).await, app(of(ApiKeys::authorization().prefix("sk_"))).await);
    for (app, headers, status) in [
        (&in_header, [("x-api-key", key.key())], 200),
        (&in_header, [("authorization", &bearer)], 401),
        (&in_header, [("cookie", &cookie)], 401),
        (&in_authorization, [("authorization", &bearer)], 200),
        (&in_authorization, [("x-api-key", key.key())], 401),
        (&in_authorization, [("authorization", "Bearer sk_guess")], 401),
    ] {
        let answer = get(app, "/", &headers).await;
        assert_eq!(answer.status, status, "{}", answer.explanation);
        let wrong_place = DenialReason::InvalidToken(auth_runtime::InvalidTokenReason::Credentials);
        assert!(status == 200 || [Some(wrong_place), Some(DenialReason::InvalidCredential)].contains(&answer.denied));
    }
    // On a verifier with such keys, a token is still a token.
    let token = issuer.token().user("eve").build();
    assert_eq!(get(&in_authorization, "/", &[("authorization", &format!("Bearer {token}"))]).await.status, 200);
}

#[tokio::test]
async fn wrong_keys_cost_a_bounded_number_of_lookups_and_known_keys_go_on() {
    let (table, clock) = (Table::new(), TestClock::now());
    let (good, late) = (ApiKey::generate("sk_"), ApiKey::generate("sk_"));
    table.add(&good, ApiKey::new("1", ada(), Limit::none()));
    table.add(&late, ApiKey::new("2", ada(), Limit::none()));
    let (app, _) = app(Verifier::builder().authenticator("api-keys", table.of(in_header())).clock(clock.clone())).await;
    assert_eq!(with_key(&app, good.key()).await, 200);
    // Mistyped or invented keys cause no lookup at all.
    for number in 0..10_000 {
        assert_eq!(with_key(&app, &format!("sk_{number:049}")).await, 401);
    }
    assert_eq!(table.lookups(), 1);
    // Well-formed wrong keys: 300 lookups in this second, one of which was for the valid key.
    let mut refused = [0, 0];
    for _ in 0..10_000 {
        match with_key(&app, ApiKey::generate("sk_").key()).await {
            401 => refused[0] += 1,
            503 => refused[1] += 1,
            status => panic!("{status}"),
        }
    }
    assert_eq!((refused, table.lookups()), ([299, 9_701], 300));
    // A known key still works, even if its answer has expired.
    for _ in 0..20 {
        clock.advance(Duration::from_millis(5_500));
        for _ in 0..400 {
            with_key(&app, ApiKey::generate("sk_").key()).await;
        }
        let before = table.lookups();
        assert_eq!((with_key(&app, good.key()).await, table.lookups() - before), (200, 1));
        assert_eq!((with_key(&app, good.key()).await, table.lookups() - before), (200, 1));
    }
    // A new key gets "try again later", not "wrong key".
    let answer = get(&app, "/", &[("x-api-key", late.key())]).await;
    assert_eq!((answer.status.as_u16(), &answer.headers[header::RETRY_AFTER]), (503, &"1".parse().unwrap()));
    clock.advance(Duration::from_secs(1));
    assert_eq!(with_key(&app, late.key()).await, 200);
}

#[tokio::test]
async fn answers_count_for_their_time_and_forgotten_ones_no_longer() {
    let (table, clock) = (Table::new(), TestClock::now());
    let key = ApiKey::generate("sk_");
    let keys = table.of(in_header().fresh_for(Duration::from_secs(60)));
    let (app, verifier) = app(Verifier::builder().authenticator("api-keys", keys).clock(clock.clone())).await;
    // `not found` is cached for a second.
    assert_eq!(with_key(&app, key.key()).await, 401);
    table.add(&key, ApiKey::new("key-7", ada(), Limit::none()));
    assert_eq!((with_key(&app, key.key()).await, table.lookups()), (401, 1));
    clock.advance(Duration::from_secs(1));
    assert_eq!((with_key(&app, key.key()).await, table.lookups()), (200, 2));
    // A found key is cached for a minute, or until it is forgotten.
    table.remove(&key);
    verifier.forget_key("another");
    clock.advance(Duration::from_secs(59));
    assert_eq!((with_key(&app, key.key()).await, table.lookups()), (200, 2));
    clock.advance(Duration::from_secs(1));
    assert_eq!((with_key(&app, key.key()).await, table.lookups()), (401, 3));
    table.add(&key, ApiKey::new("key-7", ada(), Limit::none()));
    clock.advance(Duration::from_secs(1));
    assert_eq!(with_key(&app, key.key()).await, 200);
    table.remove(&key);
    verifier.forget_key("key-7");
    assert_eq!((with_key(&app, key.key()).await, table.lookups()), (401, 5));
    // A key expires even if its answer is cached.
    let end = SystemTime::UNIX_EPOCH + Duration::from_millis(clock.now_ms()) + Duration::from_secs(10);
    let (ends, identity_ends) = (ApiKey::generate("sk_"), ApiKey::generate("sk_"));
    table.add(&ends, ApiKey::new("8", ada(), Limit::none()).expires_at(end));
    let later = end + Duration::from_secs(60);
    table.add(&identity_ends, ApiKey::new("9", ada().expires_at(end), Limit::none()).expires_at(later));
    for (by, status) in [(0, 200), (9, 200), (1, 401)] {
        clock.advance(Duration::from_secs(by));
        for key in [&ends, &identity_ends] {
            assert_eq!(with_key(&app, key.key()).await, status, "{by}");
        }
    }
}

#[tokio::test]
async fn requests_with_one_key_wait_for_one_lookup_whatever_becomes_of_the_first() {
    let table = Table::new();
    let key = ApiKey::generate("sk_");
    table.add(&key, ApiKey::new("key-7", ada(), Limit::none()));
    let (app, verifier) = app(Verifier::builder().authenticator("api-keys", table.of(in_header()))).await;
    let waiting = |app: &Router, key: &str| {
        let (app, key) = (app.clone(), key.to_owned());
        tokio::spawn(async move { with_key(&app, &key).await })
    };
    table.gate.forget_permits(Semaphore::MAX_PERMITS);
    let requests: Vec<_> = (0..100).map(|_| waiting(&app, key.key())).collect();
    while table.lookups() == 0 {
        tokio::task::yield_now().await;
    }
    // The first client disconnects.
    requests[0].abort();
    tokio::task::yield_now().await;
    table.gate.add_permits(1);
    for request in requests.into_iter().skip(1) {
        assert_eq!(request.await.unwrap(), 200);
    }
    assert_eq!(table.lookups(), 1);
    // The answer to a lookup from before `forget_key` is neither cached nor used.
    verifier.forget_key("key-7");
    let late = waiting(&app, key.key());
    while table.lookups() == 1 {
        tokio::task::yield_now().await;
    }
    table.remove(&key);
    verifier.forget_key("key-7");
    table.gate.add_permits(100);
    assert_eq!((late.await.unwrap(), table.lookups()), (401, 3));
}

#[tokio::test]
async fn a_table_that_fails_denies() {
    let (table, clock) = (Table::new(), TestClock::now());
    let keys = ["fails", "panics", "hangs", "nobody"].map(|id| (id, ApiKey::generate("sk_")));
    for (id, key) in &keys {
        let identity = if *id == "nobody" { Identity::new("") } else { ada() };
        table.add(key, ApiKey::new(*id, identity, Limit::none()));
    }
    let (app, _) = app(Verifier::builder().authenticator("api-keys", table.of(in_header())).clock(clock.clone())).await;
    for (id, key) in &keys {
        if *id == "hangs" {
            table.gate.forget_permits(Semaphore::MAX_PERMITS);
        }
        let (app, key) = (app.clone(), key.key().to_owned());
        let asked = tokio::spawn(async move { get(&app, "/", &[("x-api-key", &key)]).await });
        while !asked.is_finished() {
            clock.advance(Duration::from_millis(100));
            tokio::task::yield_now().await;
        }
        let answer = asked.await.unwrap();
        assert_eq!(answer.status, if *id == "nobody" { 401 } else { 503 }, "{id}");
        assert_eq!(answer.headers.contains_key(header::RETRY_AFTER), *id != "nobody", "{id}");
        table.gate.add_permits(Semaphore::MAX_PERMITS - table.gate.available_permits());
    }
}

#[tokio::test]
async fn keys_of_others_have_no_checksum_and_are_long() {
    let table = Table::new();
    let keys = table.of(ApiKeys::header("x-api-key").prefix("tk-").minted_elsewhere());
    let (app, _) = app(Verifier::builder().authenticator("api-keys", keys)).await;
    let known = format!("tk-{}", "k".repeat(22));
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, known.as_bytes());
    let row = ApiKey { id: "1".to_owned(), identity: ada(), limit: Limit::none(), expires: None };
    table.rows.lock().unwrap().insert(digest.as_ref().try_into().unwrap(), row);
    assert_eq!((with_key(&app, &known).await, table.lookups()), (200, 1));
    for wrong in [&known[..24], &format!("tk-{}", "k".repeat(254)), "tk-kkkkkkkkkkkk kkkkkkkkkkkkkk"] {
        assert_eq!((with_key(&app, wrong).await, table.lookups()), (401, 1), "{wrong}");
    }
}

#[tokio::test]
async fn settings_that_must_not_start_are_named() {
    let table = Table::new();
    let one = |keys: ApiKeys| Verifier::builder().authenticator("one", table.of(keys));
    let two = |keys: ApiKeys| one(in_header()).authenticator("two", table.of(keys));
    let header = || ApiKeys::header("x-other-key");
    for (builder, setting) in [
        (one(header()), "prefix"),
        (one(header().prefix("")), "prefix"),
        (one(header().prefix("ey")), "prefix"),
        (one(header().prefix("eyJhbGci")), "prefix"),
        (one(header().prefix("s k")), "prefix"),
        (one(header().prefix("k".repeat(65))), "prefix"),
        (one(header().prefix("sk_").prefix("sk_live_")), "prefix"),
        (two(header().prefix("sk_")), "prefix"),
        (two(header().prefix("sk_live_")), "prefix"),
        (two(header().prefix("s")), "prefix"),
        (one(ApiKeys::header("authorization").prefix("sk_")), "authenticator"),
        (one(ApiKeys::header("x api key").prefix("sk_")), "authenticator"),
        (one(in_header().fresh_for(Duration::from_secs(301))), "fresh_for"),
        (one(in_header().lookups_per_second(0)), "lookups_per_second"),
        (Verifier::builder().authenticator("one", in_header()), "find"),
    ] {
        let error = builder.build().await.unwrap_err();
        assert_eq!(error.setting(), setting, "{error}");
    }
    assert!(two(ApiKeys::header("x-api-key").prefix("pk_")).build().await.is_ok());
}

#[tokio::test]
async fn two_kinds_of_keys_may_share_a_header() {
    let (secret, public) = (Table::new(), Table::new());
    let (sk, pk) = (ApiKey::generate("sk_"), ApiKey::generate("pk_"));
    secret.add(&sk, ApiKey::new("1", ada(), Limit::none()));
    public.add(&pk, ApiKey::new("2", ada(), Limit::none()));
    let builder = Verifier::builder()
        .authenticator("secret", secret.of(in_header()))
        .authenticator("public", public.of(ApiKeys::header("x-api-key").prefix("pk_")));
    let (app, _) = app(builder).await;
    for (key, expected) in [(&sk, "ada by secret 1"), (&pk, "ada by public 2")] {
        assert_eq!(get(&app, "/", &[("x-api-key", key.key())]).await.body, expected);
    }
    assert_eq!(with_key(&app, "tk_neither").await, 401);
    assert_eq!((secret.lookups(), public.lookups()), (1, 1));
}

#[require_user(fresh = "0s")]
async fn now(user: User) -> String {
    user.id().to_owned()
}

#[tokio::test]
async fn a_fresh_route_looks_a_key_up_anew() {
    let (table, key) = (Table::new(), ApiKey::generate("sk_"));
    table.add(&key, ApiKey::new("1", ada(), Limit::none()));
    let verifier = Verifier::builder().authenticator("api-keys", table.of(in_header())).build().await.unwrap();
    let routes = GuardedRouter::new().route("/", routing::get(whoami)).route("/now", routing::get(now));
    let app = routes.guarded_by(verifier).into_router();
    let mut steps = vec![("/", 200, 1), ("/", 200, 1), ("/now", 200, 2), ("/now", 200, 3), ("/", 200, 3)];
    for is_removed in [false, true] {
        for (uri, expected, lookups) in steps {
            let status = get(&app, uri, &[("x-api-key", key.key())]).await.status;
            assert_eq!((status.as_u16(), table.lookups()), (expected, lookups), "{uri} {is_removed}");
        }
        table.remove(&key);
        // It is valid for 5 s, except on routes that require a new lookup.
        steps = vec![("/", 200, 3), ("/now", 401, 4), ("/now", 401, 4), ("/", 401, 4)];
    }
}

/// The application's own tables: ada is an admin of acme, whatever her credential states.
struct Members;

impl Directory for Members {
    async fn membership(&self, _: &User, org: &str) -> Result<Option<Membership>, DirectoryError> {
        let member = Membership::new("acme", "Admin").permissions(["invoices:read", "invoices:pay"]);
        Ok((org == "acme").then_some(member))
    }

    async fn grants(&self, _: &User) -> Result<Grants, DirectoryError> {
        Ok(Grants::none().roles(["staff"]).permissions(["invoices:read", "invoices:pay"]))
    }
}

#[require_org(role >= "Admin", from = org)]
async fn administers(Path(org): Path<String>) -> String {
    org
}

#[require_org(!permission("invoices:pay"), from = org)]
async fn never_pays(Path(org): Path<String>) -> String {
    org
}

#[require_user(role == "staff")]
async fn staff() {}

#[require_org(from = org)]
async fn member(Path(org): Path<String>, member: OrgMember) -> String {
    format!("{org} {:?} {:?}", member.role(), member.permissions())
}

#[tokio::test]
async fn a_limit_bounds_what_a_directory_grants() {
    let table = Table::new();
    let (limited, unlimited) = (ApiKey::generate("sk_"), ApiKey::generate("sk_"));
    table.add(&limited, ApiKey::new("1", ada(), Limit::permissions(["invoices:read"])));
    table.add(&unlimited, ApiKey::new("2", ada(), Limit::none()));
    let builder = Verifier::builder().authenticator("api-keys", table.of(in_header())).directory(Members);
    let app = GuardedRouter::new()
        .route("/{org}/read", routing::get(read))
        .route("/{org}/pay", routing::get(pay))
        .route("/{org}/admin", routing::get(administers))
        .route("/{org}/never_pays", routing::get(never_pays))
        .route("/{org}/member", routing::get(member))
        .route("/staff", routing::get(staff))
        .guarded_by(builder.build().await.unwrap())
        .into_router();
    for (uri, of_limited, of_unlimited) in [
        ("/acme/read", 200, 200),
        ("/acme/pay", 403, 200),
        ("/acme/admin", 403, 200),
        ("/acme/never_pays", 403, 403),
        ("/globex/read", 403, 403),
        ("/staff", 403, 200),
    ] {
        for (key, expected) in [(&limited, of_limited), (&unlimited, of_unlimited)] {
            // Once from a lookup, and once from the cache.
            for _ in 0..2 {
                let answer = get(&app, uri, &[("x-api-key", key.key())]).await;
                assert_eq!(answer.status, expected, "{uri} {}", answer.explanation);
            }
        }
    }
    let answer = get(&app, "/acme/member", &[("x-api-key", limited.key())]).await;
    assert_eq!(answer.body, r#"acme None Some(["invoices:read"])"#);
}

/// PropelAuth's endpoint, as documented.
async fn propelauth(
    seen: axum::extract::State<Arc<Mutex<Vec<String>>>>,
    request: Request<Body>,
) -> (StatusCode, String) {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let header = |name| parts.headers.get(name).map_or("", |value: &header::HeaderValue| value.to_str().unwrap());
    seen.lock().unwrap().push(format!("{} {} {}", parts.uri, header("authorization"), header("x-propelauth-url")));
    let asked: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let user = serde_json::json!({ "user_id": "ada", "email": "ada@example.com", "email_confirmed": true });
    let member = serde_json::json!({ "org_id": "acme", "user_role": "Admin",
        "inherited_user_roles_plus_current_role": ["Admin", "Member"], "user_permissions": ["invoices:read"] });
    match asked["api_key_token"].as_str().unwrap().split_at(1).0 {
        "a" => (StatusCode::OK, serde_json::json!({ "user": user, "user_in_org": member, "metadata": {} }).to_string()),
        "b" => (StatusCode::OK, serde_json::json!({ "user_id": "ada" }).to_string()),
        "c" => (StatusCode::OK, serde_json::json!({ "org": { "org_id": "acme" }, "org_id": "acme" }).to_string()),
        "d" => (StatusCode::TOO_MANY_REQUESTS, r#"{"wait_seconds":1}"#.to_owned()),
        _ => (StatusCode::BAD_REQUEST, r#"{"api_key_token":["invalid"]}"#.to_owned()),
    }
}

#[tokio::test]
async fn propelauth_validates_the_keys_of_its_users() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let api = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let server = Router::new().fallback(propelauth).with_state(Arc::clone(&seen));
    tokio::spawn(async move { axum::serve(listener, server).await.unwrap() });
    let keys = || ApiKeys::header("x-api-key").propelauth_at(&api, "https://auth.example.com", "integration");
    let (app, _) = app(Verifier::builder().authenticator("api-keys", keys())).await;
    let key = |kind: &str| kind.repeat(64);
    for (uri, kind, status) in [
        ("/", "a", 200),
        ("/orgs/acme/invoices", "a", 200),
        ("/orgs/globex/invoices", "a", 403),
        ("/", "b", 200),
        ("/orgs/acme/invoices", "b", 403),
        // A key of an organization has no user.
        ("/", "c", 401),
        ("/", "d", 503),
        ("/", "e", 401),
    ] {
        let answer = get(&app, uri, &[("x-api-key", &key(kind))]).await;
        assert_eq!(answer.status, status, "{uri} {kind} {}", answer.explanation);
    }
    // Too short to be a key.
    assert_eq!(with_key(&app, "short").await, 401);
    let asked = seen.lock().unwrap().clone();
    let expected = "/api/backend/v1/end_user_api_keys/validate Bearer integration auth.example.com";
    assert_eq!(asked, vec![expected; 5], "each key is asked about once");
    for (keys, setting) in [
        (ApiKeys::header("x-api-key").propelauth("auth.example.com", "k"), "auth_url"),
        (ApiKeys::header("x-api-key").propelauth("https://auth.example.com", ""), "api_key"),
        (ApiKeys::header("x-api-key").propelauth_at("http://a.test", "https://auth.example.com", "k"), "propelauth"),
        (ApiKeys::authorization().propelauth("https://auth.example.com", "k"), "prefix"),
    ] {
        let error = Verifier::builder().authenticator("api-keys", keys).build().await.unwrap_err();
        assert_eq!(error.setting(), setting, "{error}");
    }
}

#[require_user]
struct Anyone;

#[tokio::test]
async fn a_guarded_service_does_not_see_the_key_that_admitted() {
    let (table, issuer) = (Table::new(), TestIssuer::new());
    let key = ApiKey::generate("sk_live_");
    table.add(&key, ApiKey::new("key-7", ada(), Limit::none()));
    let seen = axum::routing::get(|headers: axum::http::HeaderMap| async move {
        ["x-api-key", "authorization", "x-other"]
            .map(|name| if headers.contains_key(name) { "yes" } else { "no" })
            .join(" ")
    });
    let routes = || GuardedRouter::new().guarded_service::<Anyone>("/files", seen.clone());
    for (keys, name, forwarded) in [
        (in_header(), "x-api-key", "yes no yes"),
        (ApiKeys::authorization().prefix("sk_"), "authorization", "no yes yes"),
    ] {
        let builder = Verifier::builder()
            .issuer(issuer.issuer())
            .token_location(TokenLocation::cookie("token"))
            .authenticator("api-keys", table.of(keys));
        let verifier = builder.build().await.unwrap();
        let value = if name == "authorization" { format!("Bearer {}", key.key()) } else { key.key().to_owned() };
        let headers = [(name, value.as_str()), ("x-other", "1")];
        let app = routes().guarded_by(verifier.clone()).into_router();
        assert_eq!(get(&app, "/files", &[]).await.status.as_u16(), 401, "{name}");
        let answer = get(&app, "/files", &headers).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "no no yes"), "{name}");
        let open = routes().danger_forward_credentials().guarded_by(verifier).into_router();
        assert_eq!(get(&open, "/files", &headers).await.body, forwarded, "{name}");
    }
}
