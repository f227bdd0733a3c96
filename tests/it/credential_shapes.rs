//! The credentials of public servers that do not use tokens of an issuer, each read as its server reads it. The tests
//! show the code that an application writes for them, and that guards decide about them as about tokens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auth_runtime::testing::TestClock;
use auth_runtime::{
    ApiKey, ApiKeys, AuthenticationError, Authenticator, DenialReason, GuardedRouter, Identity, Limit, User, Verifier,
    VerifierBuilder, require_user, routing,
};
use aws_lc_rs::{digest, hmac};
use axum::Router;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::support::{Answer, send};

fn authorization(request: &Parts) -> Option<&str> {
    request.headers.get(header::AUTHORIZATION)?.to_str().ok()
}

fn cookie<'a>(request: &'a Parts, name: &str) -> Option<&'a str> {
    let values = request.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split("; ")).filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

fn sha256(secret: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, secret.as_bytes()).as_ref().to_vec()
}

/// A row of a table of secrets.
#[derive(Clone)]
struct Row {
    user: i64,
    is_admin: bool,
    scopes: &'static [&'static str],
    expires: Option<SystemTime>,
}

type Table = Arc<Mutex<HashMap<Vec<u8>, Row>>>;

impl Row {
    fn identity(&self) -> Identity {
        let identity = Identity::new(self.user.to_string()).scopes(self.scopes.iter().copied());
        let identity = if self.is_admin { identity.roles(["admin"]) } else { identity.roles(Vec::<String>::new()) };
        self.expires.map_or(identity.clone(), |expires| identity.expires_at(expires))
    }
}

/// A secret after a scheme: atuin and realworld write `Token SECRET`; kellnr and the crate index use no scheme.
struct Tokens {
    scheme: &'static str,
    table: Table,
}

impl Authenticator for Tokens {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        let secret = authorization(request).and_then(|value| value.strip_prefix(self.scheme));
        let Some(secret) = secret.filter(|secret| !secret.contains(' ')) else { return Ok(None) };
        let table = self.table.lock().map_err(|_| AuthenticationError::Unavailable)?;
        table.get(&sha256(secret)).map(|row| Some(row.identity())).ok_or(AuthenticationError::Invalid)
    }

    fn is_explicit(&self) -> bool {
        true
    }

    fn challenge(&self) -> Option<HeaderValue> {
        (!self.scheme.is_empty()).then(|| HeaderValue::from_static(self.scheme.trim_end()))
    }

    fn headers(&self) -> Vec<HeaderName> {
        vec![header::AUTHORIZATION]
    }
}

/// `Basic`, as cargo and docker send it to kellnr.
struct Basic(Table);

impl Authenticator for Basic {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        let Some(encoded) = authorization(request).and_then(|value| value.strip_prefix("Basic ")) else {
            return Ok(None);
        };
        let pair = STANDARD.decode(encoded).ok().and_then(|pair| String::from_utf8(pair).ok());
        let table = self.0.lock().map_err(|_| AuthenticationError::Unavailable)?;
        let row = pair.and_then(|pair| table.get(&sha256(&pair)).cloned());
        row.map(|row| Some(row.identity())).ok_or(AuthenticationError::Invalid)
    }

    fn challenge(&self) -> Option<HeaderValue> {
        Some(HeaderValue::from_static("Basic realm=\"crates\""))
    }

    fn headers(&self) -> Vec<HeaderName> {
        vec![header::AUTHORIZATION]
    }
}

/// A cookie with the id of a row, which has the user, whether they are an administrator, and the expiry.
struct Sessions(Table);

impl Authenticator for Sessions {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        let Some(id) = cookie(request, "session") else { return Ok(None) };
        let table = self.0.lock().map_err(|_| AuthenticationError::Unavailable)?;
        table.get(&sha256(id)).map(|row| Some(row.identity())).ok_or(AuthenticationError::Invalid)
    }

    fn headers(&self) -> Vec<HeaderName> {
        vec![header::COOKIE]
    }
}

/// A cookie in a custom format, like rust10x's: user, expiry and a MAC over both. There is no table.
struct SignedCookies(hmac::Key);

impl SignedCookies {
    fn sign(&self, user: &str, expires: u64) -> String {
        let content = format!("{}.{expires}", URL_SAFE_NO_PAD.encode(user));
        let tag = hmac::sign(&self.0, content.as_bytes());
        format!("{content}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
    }

    fn read(&self, value: &str) -> Option<Identity> {
        let (content, tag) = value.rsplit_once('.')?;
        hmac::verify(&self.0, content.as_bytes(), &URL_SAFE_NO_PAD.decode(tag).ok()?).ok()?;
        let (user, expires) = content.split_once('.')?;
        let user = String::from_utf8(URL_SAFE_NO_PAD.decode(user).ok()?).ok()?;
        Some(Identity::new(user).expires_at(UNIX_EPOCH + Duration::from_secs(expires.parse().ok()?)))
    }
}

impl Authenticator for SignedCookies {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        let Some(value) = cookie(request, "auth-token") else { return Ok(None) };
        self.read(value).map(Some).ok_or(AuthenticationError::Invalid)
    }

    fn headers(&self) -> Vec<HeaderName> {
        vec![header::COOKIE]
    }
}

#[require_user]
async fn me(user: User) -> String {
    format!("{} by {}", user.id_as::<i64>().map_or("no number".to_owned(), |id| id.to_string()), user.issuer_name())
}

#[require_user(role == "admin")]
async fn admin() {}

#[require_user(scope("change-owners"))]
async fn change_owners() {}

/// Only for a person in a browser, not for a program.
#[require_user(issuer("sessions"))]
async fn by_hand() {}

async fn app(builder: VerifierBuilder) -> Router {
    GuardedRouter::new()
        .route("/", routing::any(me))
        .route("/admin", routing::get(admin))
        .route("/owners", routing::get(change_owners))
        .route("/by-hand", routing::get(by_hand))
        .guarded_by(builder.build().await.unwrap())
        .into_router()
}

async fn get(app: &Router, uri: &str, name: &str, value: &str) -> Answer {
    send(app, Request::get(uri).header(name, value).body(Body::empty()).unwrap()).await
}

fn table(rows: impl IntoIterator<Item = (&'static str, Row)>) -> Table {
    Arc::new(Mutex::new(rows.into_iter().map(|(secret, row)| (sha256(secret), row)).collect()))
}

fn row(user: i64) -> Row {
    Row { user, is_admin: false, scopes: &[], expires: None }
}

#[tokio::test]
async fn a_secret_in_authorization_with_any_scheme_or_none() {
    let secrets = || table([("s3cret", row(7)), ("root", Row { is_admin: true, ..row(1) }), ("ada:horse", row(9))]);
    let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
    let schemes = Verifier::builder()
        .authenticator("tokens", Tokens { scheme: "Token ", table: secrets() })
        .authenticator("basic", Basic(secrets()));
    let schemes = app(schemes).await;
    let bare = app(Verifier::builder().authenticator("tokens", Tokens { scheme: "", table: secrets() })).await;
    for (app, uri, value, status, body) in [
        (&schemes, "/", "Token s3cret", 200, "7 by tokens"),
        (&schemes, "/", "Token guess", 401, ""),
        (&schemes, "/", "Token s3cret s3cret", 401, ""),
        (&schemes, "/", "Token", 401, ""),
        (&schemes, "/", "s3cret", 401, ""),
        (&schemes, "/admin", "Token s3cret", 403, ""),
        (&schemes, "/admin", "Token root", 200, ""),
        (&schemes, "/", &basic("ada:horse"), 200, "9 by basic"),
        (&schemes, "/", &basic("ada:guess"), 401, ""),
        (&schemes, "/", "Basic", 401, ""),
        (&schemes, "/", "Basic !", 401, ""),
        (&schemes, "/", "Basic \u{e9}", 401, ""),
        (&bare, "/", "s3cret", 200, "7 by tokens"),
        (&bare, "/", "guess", 401, ""),
        (&bare, "/", "", 401, ""),
        (&bare, "/", "Bearer s3cret", 401, ""),
    ] {
        let answer = get(app, uri, "authorization", value).await;
        assert_eq!(answer.status, status, "{value}");
        assert!(status != 200 || answer.body == body, "{value}: {}", answer.body);
        // Input that made one of these servers panic and close the connection is refused here.
        assert!(answer.denied.is_some() == (status != 200), "{value}");
    }
    let challenge = get(&schemes, "/", "x-other", "").await;
    assert_eq!(challenge.challenge(), Some("Token, Basic realm=\"crates\""));
    // Once a browser knows the password, it also sends it with forms of other sites.
    let forged = Request::post("/").header("authorization", basic("ada:horse")).header("sec-fetch-site", "cross-site");
    assert_eq!(send(&schemes, forged.body(Body::empty()).unwrap()).await.status, 401);
    let explicit = Request::post("/").header("authorization", "Token s3cret").header("sec-fetch-site", "cross-site");
    assert_eq!(send(&schemes, explicit.body(Body::empty()).unwrap()).await.status, 200);
}

#[tokio::test]
async fn a_session_in_a_table_ends_with_its_expiry_or_its_row() {
    let clock = TestClock::now();
    let now = UNIX_EPOCH + Duration::from_millis(clock.now_ms());
    let rows = table([
        ("s1", Row { is_admin: true, expires: Some(now + Duration::from_secs(60)), ..row(17) }),
        ("s2", row(18)),
    ]);
    let app = app(Verifier::builder().authenticator("sessions", Sessions(rows.clone())).clock(clock.clone())).await;
    let status =
        async |uri: &str, id: &str| get(&app, uri, "cookie", &format!("theme=dark; session={id}")).await.status;
    assert_eq!(get(&app, "/", "cookie", "a=b; session=s1").await.body, "17 by sessions");
    for (uri, id, expected) in
        [("/admin", "s1", 200), ("/admin", "s2", 403), ("/by-hand", "s2", 200), ("/", "s3", 401), ("/", "", 401)]
    {
        assert_eq!(status(uri, id).await, expected, "{uri} {id}");
    }
    clock.advance(Duration::from_secs(61));
    assert_eq!((status("/", "s1").await.as_u16(), status("/", "s2").await.as_u16()), (401, 200));
    // Nothing is cached: the next request notices that the row is gone.
    rows.lock().unwrap().clear();
    assert_eq!(status("/", "s2").await, 401);
}

#[tokio::test]
async fn a_cookie_of_its_own_format() {
    let clock = TestClock::now();
    let cookies = || SignedCookies(hmac::Key::new(hmac::HMAC_SHA256, b"a key of this server, of 32 bytes"));
    let app = app(Verifier::builder().authenticator("cookies", cookies()).clock(clock.clone())).await;
    let later = clock.now_ms() / 1000 + 60;
    let good = cookies().sign("42", later);
    let longer = good.replace(&later.to_string(), &(later + 1).to_string());
    let other = SignedCookies(hmac::Key::new(hmac::HMAC_SHA256, b"a key of another server")).sign("42", later);
    for (value, expected) in [
        (good.as_str(), Ok("42 by cookies")),
        (&longer, Err(DenialReason::InvalidCredential)),
        (&other, Err(DenialReason::InvalidCredential)),
        (&cookies().sign("42", 1), Err(DenialReason::InvalidCredential)),
        (&cookies().sign("", later), Err(DenialReason::InvalidCredential)),
        ("..", Err(DenialReason::InvalidCredential)),
    ] {
        let answer = get(&app, "/", "cookie", &format!("auth-token={value}")).await;
        let found = answer.denied.map_or(Ok(answer.body.as_str()), Err);
        assert_eq!(found, expected, "{value}");
    }
    clock.advance(Duration::from_secs(60));
    assert_eq!(get(&app, "/", "cookie", &format!("auth-token={good}")).await.status, 401);
}

#[tokio::test]
async fn an_api_key_with_an_owner_and_scopes_beside_sessions() {
    let [publish, owners] = ["cio_", "cio_"].map(ApiKey::generate);
    let rows = HashMap::from([
        (publish.digest(), Row { scopes: &["publish-update"], ..row(5) }),
        (owners.digest(), Row { scopes: &["publish-update", "change-owners"], ..row(5) }),
    ]);
    let keys = ApiKeys::authorization().prefix("cio_").find(move |digest| {
        let row = rows.get(&digest).cloned();
        // It may do only what its scopes allow: it does not have its owner's role.
        async move { Ok::<_, String>(row.map(|row| ApiKey::new("key", row.identity(), Limit::permissions::<&str>([])))) }
    });
    let sessions = Sessions(table([("s1", Row { is_admin: true, ..row(5) })]));
    let app = app(Verifier::builder().authenticator("api-keys", keys).authenticator("sessions", sessions)).await;
    let bearer = |key: &str| format!("Bearer {key}");
    for (uri, name, value, expected) in [
        ("/", "authorization", bearer(publish.key()), 200),
        ("/owners", "authorization", bearer(publish.key()), 403),
        ("/owners", "authorization", bearer(owners.key()), 200),
        ("/admin", "authorization", bearer(owners.key()), 403),
        ("/by-hand", "authorization", bearer(owners.key()), 403),
        ("/by-hand", "cookie", "session=s1".to_owned(), 200),
        ("/admin", "cookie", "session=s1".to_owned(), 200),
        ("/owners", "cookie", "session=s1".to_owned(), 403),
        ("/", "authorization", bearer("cio_guess"), 401),
    ] {
        assert_eq!(get(&app, uri, name, &value).await.status, expected, "{uri} {name}");
    }
    assert_eq!(get(&app, "/", "authorization", &bearer(publish.key())).await.body, "5 by api-keys");
}
