//! Each constructor finds its keys, and sends the right requests.

use std::time::Duration;

use auth_runtime::testing::TestClock;
use auth_runtime::{Issuer, KeyState, reqwest};
use serde_json::{Value, json};

use crate::support::{AUDIENCE, Answer, App, Idp, Signer, set, try_verifier, verifier, wait_for};

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

fn metadata(iss: &str, idp: &Idp) -> Answer {
    Answer::Json(json!({ "issuer": iss, "jwks_uri": idp.jwks_url() }))
}

#[tokio::test]
async fn keys_are_found_by_url_and_by_discovery() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let signer = Signer::new("one");
    idp.publishes(set([&signer]));
    for issuer in [Issuer::oidc(&idp.url, AUDIENCE), Issuer::jwks_url(&*idp.url, AUDIENCE, &idp.jwks_url())] {
        let app = verifier(&clock, issuer).await;
        assert_eq!(app.status(&signer.token(&idp.url)).await, 200);
        assert_eq!(app.status(&Signer::new("one").token(&idp.url)).await, 401);
    }
    assert_eq!((idp.count(OPENID), idp.count("/jwks")), (1, 2));
}

#[tokio::test]
async fn auth0_issuer_ends_with_a_slash_and_keycloak_issuer_does_not() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let signer = Signer::new("one");
    idp.answers("/jwks", Answer::Json(set([&signer])));
    let with_slash = format!("{}/", idp.url);
    idp.answers(OPENID, metadata(&with_slash, &idp));
    for url in [&idp.url, &with_slash] {
        let app = verifier(&clock, Issuer::auth0(url, AUDIENCE)).await;
        assert_eq!(
            (app.status(&signer.token(&with_slash)).await, app.status(&signer.token(&idp.url)).await),
            (200, 401)
        );
    }
    let realm = format!("{}/realms/shop", idp.url);
    idp.answers(&format!("/realms/shop{OPENID}"), metadata(&realm, &idp));
    for url in [&realm, &format!("{realm}/")] {
        let app = verifier(&clock, Issuer::keycloak(url, AUDIENCE)).await;
        let (bearer, id_token) = (signer.token_with(&realm, "typ", "Bearer"), signer.token_with(&realm, "typ", "ID"));
        assert_eq!((app.status(&bearer).await, app.status(&id_token).await), (200, 401));
    }
}

#[tokio::test]
async fn metadata_is_looked_up_at_three_well_known_urls() {
    let clock = TestClock::now();
    let signer = Signer::new("one");
    for (place, asked) in
        [(format!("/tenant{OPENID}"), 1), (format!("{OAUTH}/tenant"), 2), (format!("/tenant{OAUTH}"), 3)]
    {
        let idp = Idp::start(&clock).await;
        let iss = format!("{}/tenant", idp.url);
        idp.answers(&place, metadata(&iss, &idp));
        idp.answers("/jwks", Answer::Json(set([&signer])));
        let app = verifier(&clock, Issuer::oidc(&iss, AUDIENCE)).await;
        assert_eq!(app.status(&signer.token(&iss)).await, 200);
        assert_eq!(idp.total(), asked + 1, "{place}");
        // The next fetch begins with the URL that worked.
        clock.advance(Duration::from_mins(6));
        wait_for(&iss, &["keys fetched"], 2).await;
        assert_eq!(idp.total(), asked + 3, "{place}");
    }
    let idp = Idp::start(&clock).await;
    let error = try_verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE)).await.err().unwrap().to_string();
    assert!(error.contains(OPENID) && error.contains("404"), "{error}");
}

#[tokio::test]
async fn metadata_may_name_the_configured_issuer_claim() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let signer = Signer::new("one");
    let public = "https://sso.test/realms/inside";
    idp.answers("/jwks", Answer::Json(set([&signer])));
    idp.answers(OPENID, metadata(public, &idp));
    let app = verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE).issuer_claim(public)).await;
    assert_eq!((app.status(&signer.token(public)).await, app.status(&signer.token(&idp.url)).await), (200, 401));
}

/// Lets the next refresh begin and end.
async fn refresh(app: &App, clock: &TestClock, after: u64, outcome: &str, times: usize) {
    let health = app.verifier.health().issuers()[0].clone();
    clock.advance(Duration::from_secs(after));
    wait_for(&health.issuer, &[outcome], times).await;
}

#[tokio::test]
async fn refresh_follows_cache_control_and_sends_the_etag() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let signer = Signer::new("one");
    let tagged = |tag: &str, set: &Value| Answer::Full {
        status: 200,
        headers: vec![("etag", tag.to_owned()), ("cache-control", "public, max-age=100".to_owned())],
        body: set.to_string().into_bytes(),
    };
    idp.answers("/jwks", tagged("\"a\"", &set([&signer])));
    let app = verifier(&clock, Issuer::jwks_url(&*idp.url, AUDIENCE, &idp.jwks_url())).await;
    let cached = signer.token(&idp.url);
    assert_eq!(app.status(&cached).await, 200);

    // 80 % of 100 s, and a tenth for jitter.
    idp.answers(
        "/jwks",
        Answer::Full { status: 304, headers: vec![("cache-control", "max-age=60".to_owned())], body: vec![] },
    );
    refresh(&app, &clock, 88, "unchanged", 1).await;
    assert_eq!(idp.seen("/jwks")[1].headers.get("if-none-match").map(String::as_str), Some("\"a\""));
    assert_eq!(app.status(&cached).await, 200);
    assert_eq!(app.verifier.health().issuers()[0].age, Some(0));

    // After a response that is not a set, the `ETag` of the last set is still used.
    idp.answers("/jwks", Answer::text(200, "nonsense"));
    refresh(&app, &clock, 66, "could not be fetched", 1).await;
    idp.answers("/jwks", tagged("\"b\"", &set([&signer, &Signer::new("two")])));
    refresh(&app, &clock, 17, "keys changed", 2).await;
    assert_eq!(idp.seen("/jwks")[3].headers.get("if-none-match").map(String::as_str), Some("\"a\""));
    refresh(&app, &clock, 88, "keys fetched", 3).await;
    assert_eq!(idp.seen("/jwks")[4].headers.get("if-none-match").map(String::as_str), Some("\"b\""));
}

#[tokio::test]
async fn health_shows_the_key_state_and_no_secret() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    idp.publishes(set([&Signer::new("one")]));
    let app = verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE).named("own")).await;
    clock.advance(Duration::from_secs(7));
    let health = app.verifier.health();
    assert!(health.is_ready());
    assert_eq!(health.issuers()[0].state, KeyState::Fresh);
    let expected = json!({ "ready": true, "issuers": [{
        "issuer": "own", "state": "fresh", "age": 7, "last_success": health.issuers()[0].last_success,
        "last_error": null, "key_count": 1, "fetches": 1, "throttled": 0,
    }] });
    assert_eq!(serde_json::to_value(&health).unwrap(), expected);
}

#[tokio::test]
async fn a_custom_http_client_keeps_the_limits() {
    let clock = TestClock::now();
    let (idp, elsewhere) = (Idp::start(&clock).await, Idp::start(&clock).await);
    let signer = Signer::new("one");
    idp.publishes(set([&signer]));
    elsewhere.publishes(set([&Signer::new("stranger")]));
    let issuer = || {
        Issuer::jwks_url(&*idp.url, AUDIENCE, &idp.jwks_url())
            .http_client(|client| client.user_agent("mine/1").redirect(reqwest::redirect::Policy::limited(5)))
    };
    let app = verifier(&clock, issuer()).await;
    assert_eq!(app.status(&signer.token(&idp.url)).await, 200);
    assert_eq!(idp.seen("/jwks")[0].headers.get("user-agent").map(String::as_str), Some("mine/1"));
    idp.answers("/jwks", Answer::redirect(302, elsewhere.jwks_url()));
    let error = try_verifier(&clock, issuer()).await.err().unwrap().to_string();
    assert!(error.contains("redirects are not followed"), "{error}");
    assert_eq!(elsewhere.total(), 0);
}
