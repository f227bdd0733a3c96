//! PropelAuth's way to publish its key.

use std::time::Duration;

use auth_runtime::Issuer;
use auth_runtime::testing::{TestClock, TestIssuer};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::support::{Answer, Idp, count, try_verifier, verifier, wait_for};

const V1: &str = "/api/v1/token_verification_metadata";
const BACKEND: &str = "/api/backend/v1/token_verification_metadata";
const AUTH_URL: &str = "https://auth.example.com/";
const ISS: &str = "https://auth.example.com";
const API_KEY: &str = "hunter2hunter2";

/// The public key as PEM text (RFC 8017 appendix A.1.1).
fn pem(key: &TestIssuer) -> String {
    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len();
        let mut out = vec![tag];
        match u8::try_from(length) {
            Ok(short) if short < 0x80 => out.push(short),
            _ => out.extend([0x82, u8::try_from(length >> 8).unwrap(), u8::try_from(length & 0xff).unwrap()]),
        }
        out.extend(content);
        out
    }
    let jwk = key.jwks()["keys"][0].clone();
    let number = |name: &str| {
        let digits = URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
        der(0x02, &[&[0][..usize::from(digits[0] >= 0x80)], &digits].concat())
    };
    auth_test_support::pem("RSA PUBLIC KEY", &der(0x30, &[number("n"), number("e")].concat()))
}

fn token(key: &TestIssuer, number: u8) -> String {
    let token = key.token().user("ada").without("aud").claim("iss", ISS).claim("number", number);
    token.expires_in(Duration::from_hours(1)).build()
}

fn issuer(idp: &Idp) -> Issuer {
    Issuer::propelauth(AUTH_URL, API_KEY).propelauth_api(&idp.url).named(&*idp.url)
}

#[tokio::test]
async fn propelauth_key_is_read_from_either_path_and_either_member() {
    let clock = TestClock::now();
    let key = TestIssuer::new();
    for (path, name, asked) in [
        (V1, "verifier_key_pem", 1),
        (V1, "public_key_pem", 1),
        (BACKEND, "verifier_key_pem", 2),
        (BACKEND, "public_key_pem", 2),
    ] {
        let idp = Idp::start(&clock).await;
        idp.answers(path, Answer::Json(json!({ name: pem(&key) })));
        let app = verifier(&clock, issuer(&idp)).await;
        assert_eq!(app.status(&token(&key, 1)).await, 200);
        assert_eq!(idp.total(), asked);
        let headers = &idp.seen(path)[0].headers;
        assert_eq!(headers.get("authorization").unwrap(), &format!("Bearer {API_KEY}"));
        assert_eq!(headers.get("x-propelauth-url").unwrap(), "auth.example.com");
    }
}

#[tokio::test]
async fn propelauth_fetches_again_after_a_failed_signature() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let (old, new) = (TestIssuer::new(), TestIssuer::new());
    idp.answers(V1, Answer::Json(json!({ "verifier_key_pem": pem(&old) })));
    let app = verifier(&clock, issuer(&idp)).await;
    let cached = token(&old, 1);
    assert_eq!(app.status(&cached).await, 200);

    // The same key was fetched again, so it is kept.
    assert_eq!(app.status(&token(&new, 2)).await, 401);
    assert_eq!((idp.count(V1), app.status(&cached).await), (2, 200));

    idp.answers(V1, Answer::Json(json!({ "verifier_key_pem": pem(&new) })));
    assert_eq!(app.status(&token(&new, 3)).await, 200);
    // A token triggered this fetch, so the old key stays trusted until a refresh confirms that it is gone.
    assert_eq!((app.status(&cached).await, app.status(&token(&old, 4)).await), (200, 200));
    assert_eq!(app.status(&token(&TestIssuer::new(), 4)).await, 401);
    clock.advance(Duration::from_mins(1));
    wait_for(&idp.url, &["keys changed", "kept=1 added=0 retired=1"], 1).await;
    assert_eq!((app.status(&cached).await, app.status(&token(&new, 4)).await), (401, 200));
    assert_eq!(app.status(&token(&old, 4)).await, 401);
    assert_eq!(app.status(&token(&old, 5)).await, 401);
    assert_eq!(idp.count(V1), 5, "two within 30 s, and no more");
    assert_eq!(count(&idp.url, &["the limit of fetches is reached"]), 1);

    // It is refreshed like any other key, and an invalid response does not change it.
    idp.answers(V1, Answer::Json(json!({ "verifier_key_pem": "nonsense" })));
    clock.advance(Duration::from_mins(6));
    wait_for(&idp.url, &["could not be fetched", "not_keys"], 1).await;
    assert_eq!(app.status(&token(&new, 5)).await, 200);
}

#[tokio::test]
async fn propelauth_build_error_names_the_cause() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    for (status, setting, words) in [
        (401, "api_key", "PropelAuth refused it (401)"),
        (404, "auth_url", "does not know this auth URL (404)"),
        (400, "auth_url", "(400)"),
        (429, "propelauth", "too many requests to PropelAuth (429)"),
        (500, "propelauth", ".start_without_keys()"),
    ] {
        for path in [V1, BACKEND] {
            idp.answers(path, Answer::status(status));
        }
        let error = try_verifier(&clock, issuer(&idp)).await.err().unwrap();
        assert_eq!(error.setting(), setting, "{error}");
        let text = format!("{error} {error:?}");
        assert!(text.contains(words) && !text.contains(API_KEY), "{text}");
    }
    assert_eq!(count(&idp.url, &[API_KEY]), 0);
}

#[tokio::test]
async fn propelauth_with_a_public_key_fetches_nothing() {
    let clock = TestClock::now();
    let key = TestIssuer::new();
    for auth_url in ["https://auth.example.com", "https://auth.example.com/", "https://auth.example.com:443/x"] {
        let app = verifier(&clock, Issuer::propelauth(auth_url, "").public_key_pem(pem(&key))).await;
        assert_eq!(app.status(&token(&key, 1)).await, 200, "{auth_url}");
    }
    for (issuer, setting) in [
        (Issuer::propelauth("auth.example.com", API_KEY), "auth_url"),
        (Issuer::propelauth("", API_KEY).public_key_pem(pem(&key)), "auth_url"),
        (Issuer::propelauth(AUTH_URL, ""), "api_key"),
        (Issuer::propelauth(AUTH_URL, "a\nb"), "api_key"),
        (Issuer::propelauth(AUTH_URL, API_KEY).propelauth_api("http://api.test"), "propelauth_api"),
        (Issuer::oidc(AUTH_URL, "x").propelauth_api("https://api.test"), "propelauth_api"),
    ] {
        assert!(!format!("{issuer:?}").contains(API_KEY));
        assert_eq!(try_verifier(&clock, issuer).await.err().unwrap().setting(), setting);
    }
}
