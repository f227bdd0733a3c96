//! The checks of the runtime's fuzz targets: untrusted tokens, headers, key sets and metadata.
#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, LazyLock};

use auth_runtime::{
    ApiKey, ApiKeys, ClaimMapping, GuardedRouter, Identity, Issuer, Limit, RequireLayer, TokenLocation, User, Verifier,
    require_user, routing, testing,
};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Map, Value};
use tokio::runtime::Runtime;
use tower::{Layer as _, ServiceExt as _};

const SECRET: &[u8] = b"a secret for inputs that are made up";
const ISS: &str = "https://issuer.test";
/// 2026-01-01: far from every limit, and the same in every run.
const NOW: u64 = 1_767_225_600;

fn clock() -> Arc<AtomicU64> {
    Arc::new(AtomicU64::new(NOW * 1000))
}

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap());

const MAPPINGS: [&str; 6] = ["propelauth", "auth0", "keycloak", "oidc", "fastapi", "custom"];

fn mapped(issuer: Issuer, name: &str) -> Issuer {
    match name {
        "propelauth" => issuer.claim_mapping(ClaimMapping::propelauth()),
        "auth0" => issuer.claim_mapping(ClaimMapping::auth0()),
        "keycloak" => issuer.claim_mapping(ClaimMapping::keycloak()),
        "fastapi" => issuer.claim_mapping(ClaimMapping::fastapi_users()),
        "custom" => issuer
            .claim_mapping(ClaimMapping::none())
            .map_identity(|claims: &Map<String, Value>, _| Some(Identity::new(claims.get("sub")?.as_str()?))),
        _ => issuer.claim_mapping(ClaimMapping::oidc()),
    }
}

fn verifier(name: &str, locations: Vec<TokenLocation>) -> Verifier {
    let issuer = mapped(Issuer::hmac(ISS, "api", SECRET), name);
    let builder = Verifier::builder().issuer(issuer).clock(clock());
    let builder = locations.into_iter().fold(builder, auth_runtime::VerifierBuilder::token_location);
    RUNTIME.block_on(builder.build()).unwrap()
}

static VERIFIERS: LazyLock<Vec<(&str, Verifier)>> =
    LazyLock::new(|| MAPPINGS.into_iter().map(|name| (name, verifier(name, Vec::new()))).collect());

fn sign(header: &[u8], claims: &[u8]) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let key = EncodingKey::from_secret(SECRET);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

/// Either the first line is the name of a mapping, the second line is the header, and the rest is the claims, correctly
/// signed. Or the input is a whole token.
pub fn token(input: &[u8]) {
    let parts: Vec<&[u8]> = input.splitn(3, |byte| *byte == b'\n').collect();
    let named = parts.first().and_then(|name| VERIFIERS.iter().find(|(known, _)| known.as_bytes() == *name));
    let ([_, header, claims], Some((_, verifier))) = (parts.as_slice(), named) else {
        let Ok(text) = std::str::from_utf8(input) else { return };
        for (_, verifier) in VERIFIERS.iter() {
            assert!(RUNTIME.block_on(verifier.verify(text)).is_err(), "nobody signed this");
        }
        return;
    };
    let token = sign(header, claims);
    let first = RUNTIME.block_on(verifier.verify(&token));
    let again = RUNTIME.block_on(verifier.verify(&token));
    assert_eq!(first.as_ref().err(), again.as_ref().err());
    let Ok(verified) = first else { return };
    // Whatever else was read from the token, this must be true.
    let header: Value = serde_json::from_slice(header).expect("an accepted header is JSON");
    let claims: Value = serde_json::from_slice(claims).expect("accepted claims are JSON");
    let absent = |value: &Value, names: &[&str]| names.iter().all(|name| value.get(*name).is_none());
    assert_eq!(header["alg"], "HS256");
    assert!(absent(&header, &["crit", "b64", "zip", "enc", "cty"]));
    assert!(absent(&claims, &["at_hash", "c_hash", "nonce", "cnf"]));
    assert_eq!(claims["iss"], ISS);
    let aud = &claims["aud"];
    assert!(aud == "api" || aud.as_array().is_some_and(|all| all.iter().any(|one| one == "api")));
    let exp = claims["exp"].as_f64().expect("`exp` is a number");
    assert!(exp + 60.0 > NOW as f64 && exp < 253_402_300_800.0);
    for name in ["nbf", "iat"] {
        assert!(claims.get(name).is_none_or(|time| time.as_f64().is_some_and(|time| time <= NOW as f64 + 60.0)));
    }
    let user = verified.user();
    assert!(!user.id().is_empty());
    assert!(user.active_org().is_none_or(|active| user.org(active.id()).is_some()));
    assert!(user.known_orgs().all(|org| user.org(org.id()).is_some()));
    verified.claims::<Value>().expect("the claims are there");
}

#[require_user]
struct Member;

#[require_user]
async fn enter(user: User) -> String {
    user.id().to_owned()
}

static APP: LazyLock<(Router, Router, String)> = LazyLock::new(|| {
    let locations = vec![
        TokenLocation::authorization(),
        TokenLocation::cookie("token"),
        TokenLocation::websocket_query("token"),
        TokenLocation::websocket_subprotocol("bearer."),
        TokenLocation::event_stream_query("access_token"),
        TokenLocation::header("x-token"),
    ];
    let claims = format!(r#"{{"iss":"{ISS}","aud":"api","sub":"ada","iat":{NOW},"exp":{}}}"#, NOW + 300);
    let app = || GuardedRouter::new().route("/", routing::any(enter)).guarded_by(verifier("oidc", locations.clone()));
    let layer = RequireLayer::<Member>::new().verifier(verifier("oidc", locations.clone()));
    // A service behind a guard, with its own verifier.
    let behind = Router::new().fallback_service(layer.layer(app().into_router()));
    (app().into_router(), behind, sign(br#"{"alg":"HS256"}"#, claims.as_bytes()))
});

/// One header field per line, `NAME: VALUE`. A line without a colon is the query. `$` stands for a valid token.
pub fn authorization(input: &[u8]) {
    let (app, behind, good) = &*APP;
    let mut request = Request::new(Body::empty());
    let mut tokens = 0;
    for line in input.split(|byte| *byte == b'\n') {
        let line: Vec<u8> = line
            .iter()
            .flat_map(|byte| match byte {
                b'$' => good.as_bytes().to_vec(),
                byte => vec![*byte],
            })
            .collect();
        tokens += line.windows(good.len()).filter(|window| *window == good.as_bytes()).count();
        match line.iter().position(|byte| *byte == b':') {
            Some(colon) => {
                let (name, value) = line.split_at(colon);
                let value = value[1..].trim_ascii();
                if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value)) {
                    request.headers_mut().append(name, value);
                }
            }
            None => {
                if let Ok(uri) = axum::http::Uri::try_from([b"/?", line.as_slice()].concat()) {
                    *request.uri_mut() = uri;
                }
            }
        }
    }
    let mut authorization = request.headers().get_all(header::AUTHORIZATION).iter();
    let first = authorization.next().cloned();
    let is_one = authorization.all(|other| Some(other) == first.as_ref());
    let mut same = Request::new(Body::empty());
    (*same.uri_mut(), *same.headers_mut()) = (request.uri().clone(), request.headers().clone());
    let response = RUNTIME.block_on(app.clone().oneshot(request)).unwrap();
    let passed = RUNTIME.block_on(behind.clone().oneshot(same)).unwrap();
    assert_ne!(passed.status(), 200, "a token has passed to a service");
    match response.status().as_u16() {
        200 => assert!(tokens >= 1 && is_one, "admitted without a token, or with two tokens"),
        400 | 401 => assert!(response.headers().contains_key(header::WWW_AUTHENTICATE)),
        status => panic!("{status}"),
    }
}

static STRANGERS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let claims = format!(r#"{{"iss":"{ISS}","aud":"api","sub":"ada","exp":{}}}"#, NOW + 300);
    ["HS256", "RS256", "PS256", "ES256", "ES384", "EdDSA"]
        .iter()
        .flat_map(|algorithm| [format!(r#"{{"alg":"{algorithm}"}}"#), format!(r#"{{"alg":"{algorithm}","kid":"k"}}"#)])
        .map(|header| sign(header.as_bytes(), claims.as_bytes()))
        .collect()
});

/// A body that may be a JWK Set.
pub fn jwks(input: &[u8]) {
    let _ = testing::read_keys(input);
    let Ok(text) = std::str::from_utf8(input) else { return };
    let builder = Verifier::builder().issuer(Issuer::jwks(ISS, "api", text)).clock(clock());
    let Ok(verifier) = RUNTIME.block_on(builder.build()) else { return };
    for token in STRANGERS.iter() {
        assert!(RUNTIME.block_on(verifier.verify(token)).is_err(), "no private key signed this");
    }
}

/// A body that may be an issuer's metadata.
pub fn discovery(input: &[u8]) {
    let Ok(uri) = testing::read_metadata(input, ISS) else { return };
    let document: Value = serde_json::from_slice(input).expect("accepted metadata is JSON");
    assert_eq!(document["issuer"], ISS);
    assert!(uri.starts_with("https://"), "{uri}");
}

/// A body that should be an introspection answer.
pub fn introspection(input: &[u8]) {
    let Some(claims) = testing::read_introspection(input, ISS) else { return };
    let answer: Value = serde_json::from_slice(input).expect("an accepted answer is JSON");
    assert_eq!(answer["active"], true);
    let claims: Value = serde_json::from_str(&claims).expect("claims are JSON");
    assert_eq!(claims["iss"], ISS);
    let marks = ["token_type", "typ", "token_use"].map(|mark| answer.get(mark).and_then(Value::as_str));
    assert!(marks.iter().any(Option::is_some), "a refresh token came in");
}

static KEYS: LazyLock<(Router, String)> = LazyLock::new(|| {
    let new = ApiKey::generate("sk_");
    let digest = new.digest();
    let keys = ApiKeys::header("x-api-key").prefix("sk_").lookups_per_second(u32::MAX).find(move |asked| async move {
        Ok::<_, String>((asked == digest).then(|| ApiKey::new("1", Identity::new("ada"), Limit::none())))
    });
    let verifier = Verifier::builder().authenticator("api-keys", keys).build();
    let app = GuardedRouter::new().route("/", routing::any(enter)).guarded_by(RUNTIME.block_on(verifier).unwrap());
    (app.into_router(), new.key().to_owned())
});

/// The value of a header that should be an API key; `$` stands for a good one.
pub fn api_key(input: &[u8]) {
    let (app, good) = &*KEYS;
    let parts: Vec<&[u8]> = input.split(|byte| *byte == b'$').collect();
    let value = parts.join(good.as_bytes());
    let Ok(header) = HeaderValue::from_bytes(&value) else { return };
    let request = Request::builder().header("x-api-key", header).body(Body::empty()).unwrap();
    let status = RUNTIME.block_on(app.clone().oneshot(request)).unwrap().status().as_u16();
    let expected = if value.trim_ascii() == good.as_bytes() { 200 } else { 401 };
    assert_eq!(status, expected, "somebody came in with another key, or not with this one");
}

/// Bytes in Redis that should be a revocation. Without the secret, none is accepted.
pub fn revocation_entry(input: &[u8]) {
    assert!(!testing::reads_shared(input, &[7; 32]), "a revocation that nobody has made came in");
}
