//! Invalid settings.

use std::time::Duration;

use auth_runtime::testing::TestClock;
use auth_runtime::{Algorithm, Issuer};
use serde_json::json;

use crate::support::{AUDIENCE, Answer, Idp, Signer, set, try_verifier};

const URL: &str = "https://idp.test";

#[tokio::test]
async fn a_bad_setting_is_named_with_its_fault() {
    let clock = TestClock::now();
    for (issuer, setting, fault) in vec![
        (Issuer::oidc("", AUDIENCE), "oidc", "is empty"),
        (Issuer::oidc("/issuer", AUDIENCE), "oidc", "is not an absolute URL"),
        (Issuer::oidc("idp.test", AUDIENCE), "oidc", "is not an absolute URL"),
        (Issuer::oidc("http://idp.test", AUDIENCE), "oidc", "`http://idp.test/` is not https"),
        (Issuer::oidc("https://idp.test?x=1", AUDIENCE), "oidc", "has a query or a fragment"),
        (Issuer::oidc("https://user:hunter2@idp.test", AUDIENCE), "oidc", "contains credentials"),
        (Issuer::oidc("ftp://idp.test", AUDIENCE), "oidc", "`ftp` is not https"),
        (Issuer::oidc(URL, ""), "audiences", "is empty"),
        (Issuer::oidc(URL, AUDIENCE).danger_allow_http([""; 0]), "danger_allow_http", "is empty"),
        (Issuer::oidc(URL, AUDIENCE).danger_allow_http(["http://idp"]), "danger_allow_http", "is not a host"),
        (Issuer::oidc(URL, AUDIENCE).danger_allow_http(["idp:8080"]), "danger_allow_http", "is not a host"),
        (Issuer::oidc(URL, AUDIENCE).danger_allow_http(["*"]), "danger_allow_http", "is not a host"),
        (Issuer::oidc("http://idp.test", AUDIENCE).danger_allow_http(["other.test"]), "oidc", "is not https"),
        (Issuer::oidc("http://a.idp.test", AUDIENCE).danger_allow_http(["idp.test"]), "oidc", "is not https"),
        (
            Issuer::propelauth(URL, "key").propelauth_api("http://idp.test").danger_allow_http(["idp.test"]),
            "propelauth_api",
            "is not https",
        ),
        (
            Issuer::propelauth(URL, "key").danger_allow_http(["idp.test"]),
            "danger_allow_http",
            "each request contains a secret",
        ),
        (
            Issuer::propelauth(URL, "key").propelauth_api("http://127.0.0.1:1").danger_allow_http(["127.0.0.1"]),
            "danger_allow_http",
            "each request contains a secret",
        ),
        (
            Issuer::introspection("http://idp.test/i", "api", "secret", AUDIENCE).danger_allow_http(["idp.test"]),
            "introspection",
            "is not https",
        ),
        (
            Issuer::introspection("https://idp.test/i", "api", "secret", AUDIENCE).danger_allow_http(["idp.test"]),
            "danger_allow_http",
            "each request contains a secret",
        ),
        (
            Issuer::introspection(URL, "api", "secret", AUDIENCE).client_secret_post().danger_allow_http(["idp.test"]),
            "danger_allow_http",
            "each request contains a secret",
        ),
        (
            Issuer::jwks_url(URL, AUDIENCE, "http://idp.test/jwks?key=hunter2").danger_allow_http(["idp.test"]),
            "jwks_url",
            "`http://idp.test/jwks` has a query",
        ),
        (Issuer::jwks_url(URL, AUDIENCE, "jwks.json"), "jwks_url", "is not an absolute URL"),
        (Issuer::jwks_url(URL, AUDIENCE, "http://idp.test/jwks"), "jwks_url", "is not https"),
        (Issuer::jwks_url("", AUDIENCE, "https://idp.test/jwks"), "issuer_claim", "is empty"),
        (Issuer::keycloak("http://sso.test/realms/x", AUDIENCE), "keycloak", "is not https"),
        (Issuer::auth0("", AUDIENCE), "auth0", "is empty"),
        (Issuer::auth0("tenant.auth0.com/api", AUDIENCE), "auth0", "has the path `/api`"),
        (Issuer::auth0("http://tenant.auth0.com", AUDIENCE), "auth0", "is not https"),
        (Issuer::auth0("ten ant", AUDIENCE), "auth0", "is not an absolute URL"),
        (Issuer::auth0("ten ant", AUDIENCE).public_key_pem("x"), "auth0", "is not an absolute URL"),
        (Issuer::oidc(URL, AUDIENCE).max_stale(Duration::from_secs(59)), "max_stale", "is shorter than 60 s"),
        (Issuer::oidc(URL, AUDIENCE).max_stale(Duration::MAX), "max_stale", "is longer than 30 days"),
        (Issuer::oidc(URL, AUDIENCE).algorithms([Algorithm::HS256]), "algorithms", "HS256 needs a shared secret"),
        (Issuer::oidc(URL, AUDIENCE).http_client(|client| client.user_agent("a\nb")), "http_client", "no HTTP client"),
    ] {
        let error = try_verifier(&clock, issuer).await.err().unwrap();
        let text = error.to_string();
        assert_eq!(error.setting(), setting, "{text}");
        assert!(text.contains(fault), "{setting}: {text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn build_fails_if_no_fetched_key_is_usable() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let issuer = || Issuer::jwks_url(&*idp.url, AUDIENCE, &idp.jwks_url());
    for (keys, issuer, fault) in [
        (json!({ "keys": [] }), issuer(), "the key set is empty"),
        (json!({ "keys": [{ "kty": "oct", "k": "AAAA" }] }), issuer(), "shared secret"),
        (set([&Signer::new("one")]), issuer().algorithms([Algorithm::RS256]), "does not fit any allowed algorithm"),
    ] {
        idp.answers("/jwks", Answer::Json(keys));
        let error = try_verifier(&clock, issuer).await.err().unwrap();
        assert_eq!(error.setting(), "jwks_url");
        assert!(error.to_string().contains(fault), "{error}");
    }
}

#[test]
fn build_fails_outside_a_tokio_runtime() {
    // Polled by hand, outside any runtime.
    let build = std::pin::pin!(auth_runtime::Verifier::new(Issuer::oidc(URL, AUDIENCE)));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(built) = build.poll(&mut context) else { panic!("it waits for nothing") };
    let error = built.err().unwrap().to_string();
    assert!(error.contains("in a tokio runtime"), "{error}");
}
