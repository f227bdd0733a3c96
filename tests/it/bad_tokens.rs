//! Wrong credentials in real requests: the status, the challenge, the same body for every bad token. The handler never
//! runs, and the valid token stays valid after each request.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use auth_runtime::{Algorithm, ClaimMapping, GuardedRouter, Issuer, Verifier, require_org, require_user, routing};
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Method, Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_http::cors::CorsLayer;

use crate::support::{Answer, Entered, NOW, Signer, clock, encode, get, get_with, pem, send, watched};

const ISS: &str = "https://issuer.test";
const AUD: &str = "api://orders";
const ORDERS: &str = "/orgs/acme/orders";

#[require_org(role >= "Admin", from = org)]
async fn orders(State(entered): State<Entered>, Path(org): Path<String>) -> String {
    entered.enter();
    org
}

#[require_org(role >= "Admin", from = org)]
async fn order(State(entered): State<Entered>, Path(org): Path<String>, body: axum::Json<Value>) -> String {
    entered.enter();
    drop(body);
    org
}

#[require_user]
async fn upgrade(State(entered): State<Entered>) -> &'static str {
    entered.enter();
    "upgraded"
}

pub struct Fixture {
    rsa: Signer,
    ec: Signer,
    pub app: Router,
    entered: Entered,
    pub good: String,
    _clock: Arc<AtomicU64>,
}

impl Fixture {
    pub async fn new() -> Self {
        let rsa = Signer::new(Algorithm::RS256, "k1");
        let ec = Signer::new(Algorithm::ES256, "k2");
        let mut bare = rsa.jwk();
        bare.as_object_mut().unwrap().remove("alg");
        Self::with_keys(rsa, ec, &[bare]).await
    }

    /// A fixture whose key set has `rsa`, `ec` and these other keys.
    async fn with_keys(rsa: Signer, ec: Signer, more: &[Value]) -> Self {
        let mut keys =
            if more.iter().any(|jwk| jwk["kid"] == "k1") { vec![ec.jwk()] } else { vec![rsa.jwk(), ec.jwk()] };
        keys.extend_from_slice(more);
        let clock = clock(NOW);
        let issuer = Issuer::jwks(ISS, AUD, json!({ "keys": keys }).to_string())
            .algorithms([Algorithm::RS256, Algorithm::ES256])
            .claim_mapping(ClaimMapping::propelauth());
        let verifier = Verifier::builder().issuer(issuer).clock(clock.clone()).build().await.unwrap();
        let entered = Entered::default();
        let app = GuardedRouter::new()
            .route("/orgs/{org}/orders", routing::get(orders).post(order))
            .route("/ws", routing::get(upgrade))
            .guarded_by(verifier)
            .layer(CorsLayer::permissive())
            .with_state(entered.clone())
            .into_router();
        let good = rsa.token(&claims());
        Self { rsa, ec, app, entered, good, _clock: clock }
    }

    /// Claims with one change, correctly signed.
    fn claiming(&self, name: &str, value: impl Into<Value>) -> String {
        let mut claims = claims();
        claims[name] = value.into();
        self.rsa.token(&claims)
    }

    fn without(&self, name: &str) -> String {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        self.rsa.token(&claims)
    }

    /// Claims as raw text, correctly signed.
    fn raw(&self, claims: &str) -> String {
        self.rsa.sign(&self.rsa.header().to_string(), claims)
    }

    /// Valid claims under this header, correctly signed.
    fn headed(&self, header: &str) -> String {
        self.rsa.sign(header, &claims().to_string())
    }

    fn with_header(&self, name: &str, value: impl Into<Value>) -> String {
        let mut header = self.rsa.header();
        header[name] = value.into();
        self.headed(&header.to_string())
    }

    async fn still_lets_in(&self, case: &str) {
        let answer = get_with(&self.app, ORDERS, &self.good).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "acme"), "the good token after {case}");
    }
}

/// Valid claims with a MAC whose secret is a public key of the verifier.
fn hmac(secret: &[u8]) -> String {
    Signer::with_secret(secret, "k1").token(&claims())
}

fn claims() -> Value {
    let member = |org: &str, role: &str| {
        json!({ "org_id": org, "user_role": role, "inherited_user_roles_plus_current_role":
            if role == "Admin" { json!(["Admin", "Member"]) } else { json!([role]) } })
    };
    json!({
        "iss": ISS, "aud": AUD, "user_id": "ada", "iat": NOW, "exp": NOW + 300,
        "org_id_to_org_member_info": { "acme": member("acme", "Admin"), "beta": member("beta", "Member") },
    })
}

/// The response to every invalid token.
fn assert_invalid_token(answer: &Answer, case: &str) {
    assert_eq!(answer.status, 401, "{case}: {answer:?}");
    assert_eq!(
        answer.challenge(),
        Some(r#"Bearer error="invalid_token", error_description="The access token could not be validated""#),
        "{case}"
    );
    assert_eq!(
        answer.body, r#"{"detail":"Could not validate credentials","status":401,"title":"Unauthorized"}"#,
        "{case}"
    );
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json", "{case}");
}

/// Bad tokens, named by what is wrong with them; `listening` is a URL from which no key may be fetched.
#[allow(clippy::too_many_lines)] // a table
pub fn bad_tokens(f: &Fixture, listening: &str) -> Vec<(&'static str, String)> {
    let unsigned = |alg: &str| {
        let message = format!("{}.{}", encode(json!({ "alg": alg }).to_string()), encode(claims().to_string()));
        format!("{message}.")
    };
    let good = f.good.clone();
    let (message, signature) = good.rsplit_once('.').unwrap();
    let jwk = f.rsa.jwk();
    let der = {
        let n = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
        let e = URL_SAFE_NO_PAD.decode(jwk["e"].as_str().unwrap()).unwrap();
        spki(&n, &e)
    };
    let pem = pem("PUBLIC KEY", &der);
    let pem = pem.trim_end();
    let stranger = Signer::new(Algorithm::RS256, "k1");
    let strange_header = |extra: &str, value: Value| {
        let mut header = stranger.header();
        header[extra] = value;
        stranger.sign(&header.to_string(), &claims().to_string())
    };
    let deep = |levels: usize| {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        f.raw(&format!("{},\"deep\":{open}{close}}}", claims().to_string().trim_end_matches('}').to_owned() + "}}"))
    };
    let text = claims().to_string();
    let twice = |member: &str| f.raw(&format!("{{{member},{}", &text[1..]));
    let ps256 = Signer::with_key("PS256", "k1", f.rsa.key.clone());
    let flipped = {
        // The last character of a 256-byte signature carries four bits that must be zero.
        let last = signature.chars().last().unwrap();
        let other = if last == 'A' { 'B' } else { char::from(last as u8 + 1) };
        format!("{message}.{}{other}", &signature[..signature.len() - 1])
    };

    let mut cases = vec![
        ("alg: none", unsigned("none")),
        ("alg: None", unsigned("None")),
        ("alg: nOnE", unsigned("nOnE")),
        ("alg: NONE", unsigned("NONE")),
        ("alg: none and a blank", unsigned("none ")),
        ("alg: missing", f.headed(r#"{"typ":"JWT","kid":"k1"}"#)),
        ("alg: null", f.with_header("alg", Value::Null)),
        ("alg: empty", f.with_header("alg", "")),
        ("alg: a number", f.with_header("alg", 5)),
        ("alg: an array", f.with_header("alg", json!(["RS256"]))),
        ("key confusion: the public PEM is the secret", hmac(pem.as_bytes())),
        ("key confusion: the public PEM with a newline is the secret", hmac(format!("{pem}\n").as_bytes())),
        ("key confusion: the public DER is the secret", hmac(&der)),
        ("key confusion: the modulus is the secret", hmac(jwk["n"].as_str().unwrap().as_bytes())),
        ("key confusion: the JWK is the secret", hmac(jwk.to_string().as_bytes())),
        ("alg: PS256 for a key that may be used with it, not allowed", ps256.token(&claims())),
        ("key confusion: the secret is empty", hmac(b"")),
        ("kid: a path", f.with_header("kid", "../../dev/null")),
        ("kid: SQL", f.with_header("kid", "' OR 1=1--")),
        ("kid: 10 KiB", f.with_header("kid", "k".repeat(10 * 1024))),
        ("kid: a number", f.with_header("kid", 1)),
        ("kid: an object", f.with_header("kid", json!({ "k1": 1 }))),
        ("key in the header: jwk", strange_header("jwk", stranger.jwk())),
        ("key in the header: jku", strange_header("jku", json!(listening))),
        ("key in the header: x5u", strange_header("x5u", json!(listening))),
        ("key in the header: x5c", strange_header("x5c", json!([STANDARD.encode(&der)]))),
        ("extension: crit", f.headed(r#"{"alg":"RS256","kid":"k1","crit":["x"],"x":1}"#)),
        ("extension: empty crit", f.headed(r#"{"alg":"RS256","kid":"k1","crit":[]}"#)),
        ("extension: b64", f.headed(r#"{"alg":"RS256","kid":"k1","b64":false,"crit":["b64"]}"#)),
        ("extension: zip", f.with_header("zip", "DEF")),
        ("extension: enc", f.with_header("enc", "A128GCM")),
        ("extension: cty", f.with_header("cty", "JWT")),
        ("size: a token over 16 KiB", f.claiming("padding", "x".repeat(12 * 1024 + 512))),
        ("size: a header over 4 KiB", f.with_header("x", "x".repeat(3 * 1024 + 512))),
        ("size: 400 Ki dots", ".".repeat(400 * 1024)),
        ("depth: 33 levels", deep(32)),
        ("depth: 1,001 levels", deep(1_000)),
        ("duplicate name: exp", twice(&format!("\"exp\":{}", NOW - 900))),
        ("duplicate name: exp, escaped", twice(&format!("\"\\u0065xp\":{}", NOW + 900))),
        ("duplicate name: roles", f.raw(&format!("{{\"roles\":\"User\",\"roles\":\"Admin\",{}", &text[1..]))),
        ("duplicate name: nested roles", f.raw(&format!("{{\"x\":{{\"roles\":[1],\"roles\":[2]}},{}", &text[1..]))),
        ("exp: 61 s ago", f.claiming("exp", NOW - 61)),
        ("exp: 60 s ago", f.claiming("exp", NOW - 60)),
        ("exp: missing", f.without("exp")),
        ("exp: a string", f.claiming("exp", "9999999999")),
        ("exp: true", f.claiming("exp", true)),
        ("exp: null", f.claiming("exp", Value::Null)),
        ("exp: an array", f.claiming("exp", json!([]))),
        ("exp: an object", f.claiming("exp", json!({}))),
        ("exp: negative", f.claiming("exp", -1)),
        ("exp: 1e19", f.raw(&text.replace(&format!("\"exp\":{}", NOW + 300), "\"exp\":1e19"))),
        ("exp: the year 10000", f.claiming("exp", 253_402_300_800_u64)),
        ("exp: 1e308", f.raw(&text.replace(&format!("\"exp\":{}", NOW + 300), "\"exp\":1e308"))),
        ("exp: 1e400", f.raw(&text.replace(&format!("\"exp\":{}", NOW + 300), "\"exp\":1e400"))),
        ("nbf: in 61 s", f.claiming("nbf", NOW + 61)),
        ("nbf: a string", f.claiming("nbf", "0")),
        ("iat: in an hour", f.claiming("iat", NOW + 3600)),
        ("aud: missing", f.without("aud")),
        ("aud: another", f.claiming("aud", "api://billing")),
        ("aud: empty", f.claiming("aud", "")),
        ("aud: other case", f.claiming("aud", "API://ORDERS")),
        ("aud: with a blank", f.claiming("aud", "api://orders ")),
        ("aud: an empty array", f.claiming("aud", json!([]))),
        ("aud: an array with a number", f.claiming("aud", json!([AUD, 1]))),
        ("aud: an object", f.claiming("aud", json!({}))),
        ("iss: missing", f.without("iss")),
        ("iss: null", f.claiming("iss", Value::Null)),
        ("iss: a number", f.claiming("iss", 1)),
        ("iss: with a slash", f.claiming("iss", "https://issuer.test/")),
        ("iss: other case", f.claiming("iss", "https://ISSUER.test")),
        ("iss: with the port", f.claiming("iss", "https://issuer.test:443")),
        ("iss: an array", f.claiming("iss", json!([ISS]))),
        ("iss: with a NUL", f.claiming("iss", "https://issuer.test\u{0}")),
        ("typ: logout+jwt", f.with_header("typ", "logout+jwt")),
        ("typ: dpop+jwt", f.with_header("typ", "dpop+jwt")),
        ("typ: secevent+jwt", f.with_header("typ", "secevent+jwt")),
        ("other token: at_hash", f.claiming("at_hash", "x")),
        ("other token: c_hash", f.claiming("c_hash", "x")),
        ("other token: nonce", f.claiming("nonce", "x")),
        ("other token: events", f.claiming("events", json!({}))),
        ("other token: events of another type", f.claiming("events", false)),
        ("other token: aud is a client", f.claiming("aud", "client-id")),
        ("other token: cnf", f.claiming("cnf", json!({ "jkt": "x" }))),
        ("form: five parts", format!("{good}.x.x")),
        ("form: padding", format!("{good}=")),
        ("form: standard alphabet", format!("{message}.{}", signature.replace(['-', '_'], "+"))),
        ("form: not canonical", flipped),
        ("signature: by another key of the same kid", stranger.token(&claims())),
        ("claims: an array", f.raw(&format!("[{}]", NOW + 300))),
        ("claims: null", f.raw("null")),
        ("claims: empty", f.raw("")),
        ("claims: twice", f.raw(&format!("{text}{text}"))),
        ("header: an array", f.headed(r#"["RS256"]"#)),
        ("header: not UTF-8", {
            let header = URL_SAFE_NO_PAD.encode(b"{\"alg\":\"RS256\",\"kid\":\"\xff\"}");
            format!("{header}.{}", good.split_once('.').unwrap().1)
        }),
        ("user_id: missing", f.without("user_id")),
        ("user_id: null", f.claiming("user_id", Value::Null)),
        ("user_id: empty", f.claiming("user_id", "")),
        ("user_id: a number", f.claiming("user_id", 7)),
        ("organizations: an array", f.claiming("org_id_to_org_member_info", json!([]))),
        ("kid: unknown", f.with_header("kid", "k9")),
        ("signature: missing", format!("{message}.")),
        ("signature: half", format!("{message}.{}", &signature[..200])),
        ("form: no payload", format!("{}..{signature}", message.split_once('.').unwrap().0)),
        ("form: one part", message.split_once('.').unwrap().0.to_owned()),
    ];
    cases.push(("alg: ES256 under the kid of an RSA key", f.ec.sign(r#"{"alg":"ES256","kid":"k1"}"#, &text)));
    cases
}

#[tokio::test]
async fn every_bad_token_gets_the_same_401() {
    let f = Fixture::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let cases = bad_tokens(&f, &format!("http://{}/jwks.json", listener.local_addr().unwrap()));
    assert!(cases.len() >= 50);
    let mut causes = BTreeSet::new();
    for (case, token) in &cases {
        let answer = get_with(&f.app, ORDERS, token).await;
        assert_invalid_token(&answer, case);
        causes.insert(format!("{:?}", answer.denied));
        assert_eq!(f.entered.count(), 0, "{case}");
    }
    for (case, _) in &cases {
        f.still_lets_in(case).await;
    }
    assert_eq!(f.entered.count(), cases.len());
    // `jku` and `x5u` contain this address.
    let asked = tokio::time::timeout(std::time::Duration::ZERO, listener.accept()).await;
    assert!(asked.is_err(), "a key source named by a token was asked");
    println!("{} bad tokens for {} causes, one answer", cases.len(), causes.len());
    assert!(causes.len() >= 20, "{causes:?}");
}

/// The outermost object has depth 1. A token has no room for 110,000 levels.
#[tokio::test]
async fn claims_nested_deeper_than_32_levels_are_refused() {
    let signer = Signer::new(Algorithm::ES256, "k");
    let issuer = Issuer::jwks(ISS, AUD, json!({ "keys": [signer.jwk()] }).to_string());
    let verifier = Verifier::builder().issuer(issuer).max_token_bytes(65_536).build().await.unwrap();
    for (levels, expected) in [(31, true), (32, false), (1_000, false), (20_000, false)] {
        let deep = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        let payload = format!(r#"{{"iss":"{ISS}","aud":"{AUD}","sub":"a","exp":9999999999,"deep":{deep}}}"#);
        let verdict = verifier.verify(&signer.sign(&signer.header().to_string(), &payload)).await;
        assert_eq!(verdict.is_ok(), expected, "{levels} arrays: {verdict:?}");
    }
}

#[tokio::test]
async fn tokens_just_within_the_limits_are_accepted() {
    let f = Fixture::new().await;
    for (case, token) in [
        ("exp: 59 s ago", f.claiming("exp", NOW - 59)),
        ("exp: 59.5 s ago", f.claiming("exp", json!(59.5 + (NOW - 119) as f64))),
        ("exp: 1e10", f.claiming("exp", 10_000_000_000_u64)),
        ("exp: a fraction", f.claiming("exp", json!(60.5 + NOW as f64))),
        ("nbf: in 59 s", f.claiming("nbf", NOW + 59)),
        ("nbf: in 60 s", f.claiming("nbf", NOW + 60)),
        ("iat: in 60 s", f.claiming("iat", NOW + 60)),
        ("aud: an array", f.claiming("aud", json!(["x", AUD]))),
        ("typ: at+jwt", f.with_header("typ", "at+jwt")),
        ("typ: in full", f.with_header("typ", "application/AT+JWT")),
        ("typ: lower case", f.with_header("typ", "jwt")),
        ("typ: missing", f.headed(r#"{"alg":"RS256","kid":"k1"}"#)),
        ("kid: missing, one RSA key", f.headed(r#"{"alg":"RS256"}"#)),
        ("signature: by the other key", f.ec.token(&claims())),
        (
            "login_method: unknown provider",
            f.claiming("login_method", json!({ "login_method": "social_sso", "provider": "Apple" })),
        ),
        ("email: null", f.claiming("email", Value::Null)),
        ("email: a number", f.claiming("email", 7)),
        ("typ: JOSE", f.with_header("typ", "JOSE")),
        ("key in the header: jku, ignored", f.with_header("jku", "https://evil.test")),
    ] {
        let answer = get_with(&f.app, ORDERS, &token).await;
        assert_eq!(answer.status, 200, "{case}: {answer:?} {}", answer.explanation);
    }
}

#[tokio::test]
async fn tokens_are_verified_only_with_keys_of_their_own_issuer() {
    // The same `kid` at both issuers.
    let (a, b) = (Signer::new(Algorithm::ES256, "k"), Signer::new(Algorithm::ES256, "k"));
    let issuer = |iss: &str, signer: &Signer| Issuer::jwks(iss, AUD, json!({ "keys": [signer.jwk()] }).to_string());
    let verifier = Verifier::builder()
        .issuer(issuer("https://a.test", &a))
        .issuer(issuer("https://b.test", &b).named("b"))
        .build()
        .await
        .unwrap();
    let token = |iss: Value, signer: &Signer| {
        signer.token(&json!({ "iss": iss, "aud": AUD, "sub": "u", "exp": 9_999_999_999_u64 }))
    };
    for (iss, signer, expected) in [
        (json!("https://a.test"), &a, true),
        (json!("https://b.test"), &b, true),
        (json!("https://a.test"), &b, false),
        (json!("https://b.test"), &a, false),
        (json!("https://c.test"), &a, false),
        (json!(["https://a.test"]), &a, false),
        (Value::Null, &a, false),
    ] {
        let verdict = verifier.verify(&token(iss.clone(), signer)).await;
        assert_eq!(verdict.is_ok(), expected, "{iss}: {verdict:?}");
        if let Ok(verified) = verdict {
            assert_eq!(verified.user().issuer(), iss.as_str().unwrap());
        }
    }
}

#[tokio::test]
async fn unusable_keys_are_skipped_and_the_others_verify() {
    let (rsa, ec) = (Signer::new(Algorithm::RS256, "k1"), Signer::new(Algorithm::ES256, "k2"));
    let named = |kid: &str| Signer::new(Algorithm::RS256, kid);
    let with = |signer: &Signer, name: &str, value: Value| {
        let mut jwk = signer.jwk();
        jwk[name] = value;
        jwk
    };
    let small = named("small");
    let small_jwk = with(&small, "n", json!(encode([[0xc1; 127].as_slice(), &[1]].concat())));
    let (enc, ops, private, double) = (named("enc"), named("ops"), named("private"), named("double"));
    let p384 = Signer::new(Algorithm::ES256, "p384");
    let more = [
        small_jwk,
        with(&enc, "use", json!("enc")),
        with(&ops, "key_ops", json!(["encrypt"])),
        with(&private, "d", json!("AQAB")),
        json!({ "kty": "oct", "kid": "oct", "k": encode([7; 32]) }),
        with(&p384, "crv", json!("P-384")),
        double.jwk(),
        named("double").jwk(),
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": "low", "x": encode([0; 32]) }),
        json!(null),
        json!({ "kty": "RSA", "kid": 7 }),
        json!({ "kty": "quantum", "kid": "new" }),
        with(&named("x5c"), "x5c", json!("AA")),
    ];
    let oct = Signer::with_secret(&[7; 32], "oct");
    let f = Fixture::with_keys(rsa, ec, &more).await;
    for signer in [&small, &enc, &ops, &private, &double, &p384, &oct] {
        let answer = get_with(&f.app, ORDERS, &signer.token(&claims())).await;
        assert_invalid_token(&answer, &signer.kid);
        f.still_lets_in(&signer.kid).await;
    }
    assert_eq!(get_with(&f.app, ORDERS, &f.ec.token(&claims())).await.status, 200);
}

#[tokio::test]
async fn missing_credentials_get_401_without_an_error_code() {
    let f = Fixture::new().await;
    let good = &f.good;
    for (case, uri, value) in [
        ("no header", ORDERS, None),
        ("Basic", ORDERS, Some("Basic YTpi".to_owned())),
        ("Token", ORDERS, Some(format!("Token {good}"))),
        ("a bare token", ORDERS, Some(good.clone())),
        ("Bearerx", ORDERS, Some(format!("Bearerx {good}"))),
        ("in the query", &format!("{ORDERS}?access_token={good}"), None),
    ] {
        let mut request = get(uri);
        if let Some(value) = value {
            request = request.header(header::AUTHORIZATION, value);
        }
        let answer = send(&f.app, request.body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.challenge()), (401, Some("Bearer")), "{case}");
        assert_eq!(answer.body, r#"{"detail":"Not authenticated","status":401,"title":"Unauthorized"}"#, "{case}");
    }
    assert_eq!(f.entered.count(), 0);
}

#[tokio::test]
async fn malformed_credentials_get_401() {
    let f = Fixture::new().await;
    let good = &f.good;
    for value in [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer   ".to_owned(),
        format!("Bearer\t{good}"),
        "Bearer a b".to_owned(),
        "Bearer a, Bearer b".to_owned(),
        format!("Bearer {good},"),
        format!("Bearer \"{good}\""),
    ] {
        let request = get(ORDERS).header(header::AUTHORIZATION, &value).body(Body::empty()).unwrap();
        assert_invalid_token(&send(&f.app, request).await, &value);
    }
    assert_eq!(f.entered.count(), 0);
    for scheme in ["bearer", "BEARER", "bEaReR", "Bearer  "] {
        let request = get(ORDERS).header(header::AUTHORIZATION, format!("{scheme} {good}"));
        assert_eq!(send(&f.app, request.body(Body::empty()).unwrap()).await.status, 200, "{scheme}");
    }
}

#[tokio::test]
async fn repeated_credentials_get_400() {
    let f = Fixture::new().await;
    let good = f.good.as_str();
    let twice = |first: &str, second: &str| {
        let request = get(ORDERS).header(header::AUTHORIZATION, format!("Bearer {first}"));
        request.header(header::AUTHORIZATION, format!("Bearer {second}"))
    };
    // The same token twice counts as one.
    assert_eq!(send(&f.app, twice(good, good).body(Body::empty()).unwrap()).await.status, 200);
    let entered = f.entered.count();
    for (first, second) in [(good, "bad"), ("bad", good)] {
        let request = twice(first, second);
        let answer = send(&f.app, request.body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.challenge()), (400, Some(r#"Bearer error="invalid_request""#)));
    }
    assert_eq!(f.entered.count(), entered);
}

/// Whatever else is wrong with the request.
#[tokio::test]
async fn a_request_without_credentials_gets_401_before_anything_else_is_read() {
    let f = Fixture::new().await;
    for (uri, content_type, length) in [
        (ORDERS, "application/json", "8"),
        (ORDERS, "text/plain", "8"),
        (ORDERS, "application/json", "1073741824"),
        ("/orgs/%FF/orders", "application/json", "8"),
    ] {
        let (body, polled) = watched("not json");
        let request =
            Request::post(uri).header(header::CONTENT_TYPE, content_type).header(header::CONTENT_LENGTH, length);
        let answer = send(&f.app, request.body(body).unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.challenge()), (401, Some("Bearer")), "{uri} {content_type}");
        assert!(!polled.load(std::sync::atomic::Ordering::SeqCst));
    }
}

#[tokio::test]
async fn head_and_upgrade_requests_need_credentials_and_preflights_do_not() {
    let f = Fixture::new().await;
    let bearer = format!("Bearer {}", f.good);
    let head = |request: axum::http::request::Builder| request.method(Method::HEAD).body(Body::empty()).unwrap();
    assert_eq!(send(&f.app, head(get(ORDERS))).await.status, 401);
    let upgrade = get("/ws").header(header::UPGRADE, "websocket").header(header::CONNECTION, "upgrade");
    assert_eq!(send(&f.app, upgrade.body(Body::empty()).unwrap()).await.status, 401);
    let preflight = get(ORDERS)
        .method(Method::OPTIONS)
        .header(header::ORIGIN, "https://app.test")
        .header(header::ACCESS_CONTROL_REQUEST_METHOD, "GET");
    assert_eq!(send(&f.app, preflight.body(Body::empty()).unwrap()).await.status, 200);
    assert_eq!(f.entered.count(), 0);
    let answer = send(&f.app, head(get(ORDERS).header(header::AUTHORIZATION, &bearer))).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
}

#[tokio::test]
async fn organization_ids_are_compared_byte_for_byte() {
    let f = Fixture::new().await;
    for (uri, status) in [
        ("/orgs/acme/orders", 200),
        ("/orgs/%61cme/orders", 200),
        ("/orgs/beta/orders", 403),
        ("/orgs/acme2/orders", 403),
        ("/orgs/ACME/orders", 403),
        ("/orgs/acme%20/orders", 403),
        ("/orgs/acme%2F/orders", 403),
        ("/orgs/acme%2Fx/orders", 403),
        ("/orgs/acme%00/orders", 403),
        ("/orgs/%2561cme/orders", 403),
        ("/orgs/%2e%2e/orders", 403),
        ("/orgs/acme//orders", 404),
        ("/orgs/acme/orders/", 404),
        ("/orgs/%FF/orders", 400),
    ] {
        let before = f.entered.count();
        let answer = get_with(&f.app, uri, &f.good).await;
        assert_eq!(answer.status, status, "{uri}: {answer:?}");
        if status == 403 {
            assert_eq!(answer.challenge(), Some(r#"Bearer error="insufficient_scope""#));
            assert_eq!(answer.body, r#"{"detail":"Forbidden","status":403,"title":"Forbidden"}"#);
        }
        assert_eq!(f.entered.count() - before, usize::from(status == 200), "{uri}");
    }
}

#[tokio::test]
async fn roles_are_compared_byte_for_byte() {
    let f = Fixture::new().await;
    for role in ["User", "admin", "Admin ", "Admin,User", "\u{410}dmin", ""] {
        let mut claims = claims();
        claims["org_id_to_org_member_info"]["acme"] = json!({ "user_role": role });
        let answer = get_with(&f.app, ORDERS, &f.rsa.token(&claims)).await;
        assert_eq!(answer.status, 403, "{role:?}");
    }
}

/// A public key as `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7).
fn spki(n: &[u8], e: &[u8]) -> Vec<u8> {
    let key = sequence(&[integer(n), integer(e)].concat());
    let rsa_encryption = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let bits = tagged(0x03, &[&[0], key.as_slice()].concat());
    sequence(&[rsa_encryption.as_slice(), &bits].concat())
}

fn sequence(content: &[u8]) -> Vec<u8> {
    tagged(0x30, content)
}

fn integer(number: &[u8]) -> Vec<u8> {
    tagged(0x02, &[&[0], number].concat())
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, length[0], length[1]], content].concat()
}
