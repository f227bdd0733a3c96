//! Logins that are not recent or not strong enough (RFC 9470), with real tokens and a real router.

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use auth_runtime::testing::{TestClock, TestIssuer, TokenBuilder, denial_matrix};
use auth_runtime::{
    ApiKey, ApiKeys, AuthenticationError, Authenticator, DenialReason, GuardedRouter, Identity, Limit, Membership,
    Verifier, require_org, require_user, routing,
};
use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::request::Parts;
use serde_json::json;

use crate::support::{get, get_with, send};

#[require_user(auth_age <= "5m")]
async fn recent() {}

#[require_user(acr("gold") || acr("silver"))]
async fn strong() {}

#[require_user(amr("mfa"))]
async fn methods() {}

#[require_user(claim("plan") == "paid" && claim("/billing/country") == "FR")]
async fn paid() {}

#[require_user(!(claim("seats") == "1"))]
async fn seats() {}

#[require_org(role == "Admin" && auth_age <= "1h" && acr("gold"), from = org_id)]
async fn admin(Path(org_id): Path<String>) -> String {
    org_id
}

#[require_user(!amr("pwd"))]
async fn no_password() {}

#[require_org(role == "Admin", from = org_id)]
#[require_user(auth_age <= "10m", deny = not_found)]
async fn hidden(Path(org_id): Path<String>) -> String {
    org_id
}

fn routes() -> GuardedRouter {
    GuardedRouter::new()
        .route("/recent", routing::get(recent))
        .route("/strong", routing::get(strong))
        .route("/methods", routing::get(methods))
        .route("/seats", routing::get(seats))
        .route("/no_password", routing::get(no_password))
        .route("/admin/{org_id}", routing::get(admin))
        .route("/hidden/{org_id}", routing::get(hidden))
}

async fn app() -> (Router, TestIssuer, u64) {
    let clock = TestClock::now();
    let issuer = TestIssuer::new().clock(clock.clone());
    let now = clock.now_ms() / 1000;
    let app = routes().route("/paid", routing::get(paid)).guarded_by(issuer.verifier().await).into_router();
    (app, issuer, now)
}

type Change = fn(TokenBuilder<'_>, u64) -> TokenBuilder<'_>;

#[tokio::test]
async fn another_login_is_requested_only_if_it_would_admit() {
    let (app, issuer, now) = app().await;
    let cases: &[(&str, Change, u16, Option<&str>)] = &[
        ("/recent", |token, now| token.claim("auth_time", now - 300), 200, None),
        // Leeway does not extend it, and `iat` does not replace it.
        ("/recent", |token, now| token.claim("auth_time", now - 301), 401, Some("max_age=\"300\"")),
        ("/recent", |token, _| token, 401, Some("max_age=\"300\"")),
        ("/recent", |token, now| token.claim("auth_time", now + 1), 401, Some("max_age=\"300\"")),
        ("/recent", |token, now| token.claim("auth_time", now.to_string()), 401, Some("max_age=\"300\"")),
        ("/strong", |token, _| token.claim("acr", "silver"), 200, None),
        ("/strong", |token, _| token.claim("acr", "bronze"), 401, Some("acr_values=\"gold silver\"")),
        ("/strong", |token, _| token.claim("acr", json!(["gold"])), 401, Some("acr_values=\"gold silver\"")),
        ("/methods", |token, _| token.claim("amr", json!(["pwd", "mfa"])), 200, None),
        ("/methods", |token, _| token.claim("amr", json!(["pwd"])), 401, Some("insufficient_user_authentication")),
        ("/methods", |token, _| token.claim("amr", "mfa"), 401, Some("insufficient_user_authentication")),
        ("/no_password", |token, _| token.claim("amr", json!(["hwk"])), 200, None),
        // As far as is known, another login would not help.
        ("/no_password", |token, _| token.claim("amr", json!(["pwd"])), 403, Some("insufficient_scope")),
        ("/no_password", |token, _| token, 403, Some("insufficient_scope")),
        (
            "/admin/acme",
            |token, now| token.org("acme", "Admin").claim("acr", "gold").claim("auth_time", now),
            200,
            None,
        ),
        ("/admin/acme", |token, _| token.org("acme", "Admin"), 401, Some("acr_values=\"gold\", max_age=\"3600\"")),
        // A user without the role is not asked to log in.
        ("/admin/acme", |token, _| token.org("acme", "Member"), 403, Some("insufficient_scope")),
        ("/admin/acme", |token, _| token.org("globex", "Admin"), 403, Some("insufficient_scope")),
        ("/hidden/acme", |token, _| token.org("acme", "Admin"), 401, Some("max_age=\"600\"")),
        ("/hidden/acme", |token, _| token.org("acme", "Member"), 404, None),
    ];
    for (uri, change, status, challenge) in cases {
        let token = change(issuer.token(), now).build();
        let answer = get_with(&app, uri, &token).await;
        assert_eq!(answer.status, *status, "{uri} {answer:?}");
        assert_eq!(answer.denied == Some(DenialReason::StepUp), *status == 401, "{uri} {answer:?}");
        match challenge {
            Some(part) => assert!(answer.challenge().unwrap().contains(part), "{uri} {answer:?}"),
            None => assert_eq!(answer.challenge(), None, "{uri} {answer:?}"),
        }
        // The values of the claims appear nowhere.
        assert!(!answer.explanation.contains("bronze"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_claim_is_compared_by_its_text() {
    let (app, issuer, _) = app().await;
    let france = json!({ "country": "FR" });
    for (token, status) in [
        (issuer.token().claim("plan", "paid").claim("billing", france.clone()), 200),
        (issuer.token().claim("plan", json!(["free", "paid"])).claim("billing", france.clone()), 200),
        (issuer.token().claim("plan", "free").claim("billing", france.clone()), 403),
        (issuer.token().claim("plan", "PAID").claim("billing", france.clone()), 403),
        (issuer.token().claim("plan", json!({ "paid": true })).claim("billing", france.clone()), 403),
        (issuer.token().claim("plan", "paid"), 403),
    ] {
        let answer = get_with(&app, "/paid", &token.build()).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
    for (token, status) in [
        (issuer.token().claim("seats", 1), 403),
        (issuer.token().claim("seats", 2), 200),
        // Unknown: neither the condition nor its negation is true.
        (issuer.token(), 403),
        (issuer.token().claim("seats", json!(null)), 403),
    ] {
        assert_eq!(get_with(&app, "/seats", &token.build()).await.status, status);
    }
}

#[tokio::test]
async fn tables_and_the_matrix_know_them() {
    let matrix = denial_matrix(routes(), &TestIssuer::new()).await.unwrap();
    assert_eq!(matrix.routes(), 7);
    let table = routes().route("/paid", routing::get(paid)).table();
    let text = table.text();
    table.compare(&text).unwrap();
    for (from, to, is_looser) in [
        (r#"auth_age <= "1h""#, r#"auth_age <= "59m""#, true),
        (r#"auth_age <= "1h""#, r#"auth_age <= "61m""#, false),
        (r#"acr("gold") || acr("silver")"#, r#"acr("gold")"#, true),
        (r#"amr("mfa")"#, r#"amr("hwk")"#, true),
        (r#"claim("plan") == "paid""#, r#"claim("plan") == "free""#, true),
    ] {
        assert!(text.contains(from), "{text}");
        let difference = table.compare(&text.replace(from, to)).unwrap_err().to_string();
        assert_eq!(difference.contains("now admits more callers"), is_looser, "{from} {to} {difference}");
    }
}

/// A session: the name of its user and the data about the login, from headers.
struct Sessions;

impl Authenticator for Sessions {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        let text = |name: &str| request.headers.get(name).map(|value| value.to_str().unwrap());
        let Some(user) = text("x-session") else { return Ok(None) };
        let mut identity = Identity::new(user).org(Membership::new("acme", "Admin"));
        if let Some(time) = text("x-auth-time") {
            identity = identity.auth_time(SystemTime::UNIX_EPOCH + Duration::from_secs(time.parse().unwrap()));
        }
        if let Some(class) = text("x-acr") {
            identity = identity.acr(class);
        }
        Ok(Some(identity))
    }

    fn is_explicit(&self) -> bool {
        true
    }
}

/// Another login is asked for only if it can change what the credential says.
#[tokio::test]
async fn no_credential_is_asked_for_a_login_that_cannot_help() {
    let clock = TestClock::now();
    let now = clock.now_ms() / 1000;
    let issuer = TestIssuer::new().clock(clock.clone());
    let key = ApiKey::generate("sk_");
    let digest = key.digest();
    let keys = ApiKeys::header("x-api-key").prefix("sk_").find(move |asked: [u8; 32]| {
        let owner = Identity::new("ada").org(Membership::new("acme", "Admin")).auth_time(SystemTime::UNIX_EPOCH);
        let found = (asked == digest).then(|| ApiKey::new("1", owner, Limit::none()));
        async move { Ok::<_, Infallible>(found) }
    });
    let verifier = Verifier::builder()
        .issuer(issuer.issuer())
        .authenticator("sessions", Sessions)
        .authenticator("api-keys", keys)
        .clock(clock)
        .build()
        .await
        .unwrap();
    let app = routes().guarded_by(verifier).into_router();
    let time = (now - 60).to_string();
    let old = (now - 3000).to_string();
    let token = format!("Bearer {}", issuer.token().org("acme", "Admin").build());
    let cases: &[(&str, &[(&str, &str)], u16)] = &[
        // A token: its issuer can state the login in the next token.
        ("/recent", &[("authorization", &token)], 401),
        // A session with data about its login.
        ("/recent", &[("x-session", "ada"), ("x-auth-time", &time)], 200),
        ("/recent", &[("x-session", "ada"), ("x-auth-time", &old)], 401),
        ("/strong", &[("x-session", "ada"), ("x-auth-time", &time)], 401),
        ("/strong", &[("x-session", "ada"), ("x-acr", "gold")], 200),
        ("/strong", &[("x-session", "ada"), ("x-acr", "bronze")], 401),
        ("/hidden/acme", &[("x-session", "ada"), ("x-auth-time", &old)], 401),
        // A session that never has such data, and an API key, which no login creates.
        ("/recent", &[("x-session", "ada")], 403),
        ("/strong", &[("x-session", "ada")], 403),
        ("/methods", &[("x-session", "ada")], 403),
        ("/admin/acme", &[("x-session", "ada")], 403),
        ("/hidden/acme", &[("x-session", "ada")], 404),
        ("/recent", &[("x-api-key", key.key())], 403),
        ("/strong", &[("x-api-key", key.key())], 403),
        ("/methods", &[("x-api-key", key.key())], 403),
        ("/admin/acme", &[("x-api-key", key.key())], 403),
        ("/hidden/acme", &[("x-api-key", key.key())], 404),
    ];
    for (uri, headers, status) in cases {
        let request = headers.iter().fold(get(uri), |request, (name, value)| request.header(*name, *value));
        let answer = send(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, *status, "{uri} {headers:?} {answer:?}");
        assert_eq!(answer.denied == Some(DenialReason::StepUp), *status == 401, "{uri} {answer:?}");
        let asks = answer.challenge().is_some_and(|challenge| challenge.contains("insufficient_user_authentication"));
        assert_eq!(asks, *status == 401, "{uri} {answer:?}");
    }
}
