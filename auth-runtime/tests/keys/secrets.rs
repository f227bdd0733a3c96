//! Fetching keys records no secrets: everything logged at level `trace`, or printed by `Debug` and `Display`, is
//! searched for credentials, bodies, tokens and key material.

use std::time::Duration;

use auth_runtime::testing::TestClock;
use auth_runtime::{FetchErrorKind, Issuer, Verifier};
use auth_test_support::{Recorded, Secrets};
use serde_json::{Value, json};

use crate::support::{AUDIENCE, Answer, App, Idp, Signer, set, try_verifier};

/// Texts that occur only in places that must not be recorded: credentials, and bodies that are not keys.
const SECRETS: [&str; 11] = [
    "user-in-url",
    "password-in-url",
    "secret-in-query",
    "api-key-of-propelauth",
    "password-of-proxy",
    "user-in-jwks-uri",
    "password-in-jwks-uri",
    "query-of-jwks-uri",
    "secret-in-location",
    "secret-in-body",
    "secret-in-header",
];

const METADATA: &str = "/.well-known/openid-configuration";

struct Case {
    clock: TestClock,
    idp: Idp,
    app: App,
    recorded: Recorded,
}

impl Case {
    /// Lets a stranger's token trigger another fetch, and records everything after it.
    async fn fetches(&self, stranger: &str) -> Option<&'static str> {
        self.clock.advance(Duration::from_secs(31));
        assert_eq!(self.app.status(stranger).await, 401);
        self.recorded.error(&self.app.verifier.verify(stranger).await.err().unwrap());
        self.recorded.debug(&self.app.verifier);
        let health = self.app.verifier.health();
        self.recorded.debug(&health);
        self.recorded.add(serde_json::to_string(&health).unwrap());
        health.issuers()[0].last_error.map(FetchErrorKind::as_str)
    }
}

/// A key that is skipped, with key material in odd members.
fn odd(signer: &Signer, name: &str, value: &Value) -> Value {
    let mut jwk = signer.jwk();
    jwk["kid"] = json!(format!("odd {name}"));
    jwk[name] = value.clone();
    jwk
}

fn full(status: u16, headers: &[(&'static str, &str)], body: impl Into<Vec<u8>>) -> Answer {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Answer::Full { status, headers, body: body.into() }
}

/// Every response that a key source can send, one after another.
async fn answers(recorded: &Recorded, secrets: &mut Secrets) {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let signers: Vec<Signer> = (0..6).map(|number| Signer::new(&format!("k{number}"))).collect();
    for signer in &signers {
        secrets.jwk(&signer.jwk());
    }
    let url = format!("{}?key=secret-in-query", idp.jwks_url());
    let metadata = json!({ "issuer": idp.url, "jwks_uri": url });
    idp.answers(METADATA, Answer::Json(metadata.clone()));
    idp.answers("/jwks", Answer::Json(set(&signers[..2])));
    let issuer = Issuer::oidc(&idp.url, AUDIENCE);
    recorded.debug(&issuer);
    let app = try_verifier(&clock, issuer).await.unwrap();
    let case = Case { clock, idp, app, recorded: recorded.clone() };

    let tokens: Vec<String> = signers.iter().map(|signer| signer.token(&case.idp.url)).collect();
    let stranger = Signer::new("stranger").token(&case.idp.url);
    for token in tokens.iter().chain([&stranger]) {
        token.split('.').for_each(|part| secrets.text(part));
    }
    // Rotations: a key is added, replaced, all but one removed, all removed.
    for (keys, expected) in [
        (set(&signers[..3]), [200, 200, 200, 401]),
        (set(&signers[2..4]), [401, 401, 200, 200]),
        (json!({ "keys": [] }), [401; 4]),
        (set(&signers[..4]), [200; 4]),
    ] {
        case.idp.answers("/jwks", Answer::Json(keys));
        // The last of these fetches is the scheduled refresh, which confirms which keys are gone.
        for _ in 0..3 {
            assert_eq!(case.fetches(&stranger).await, None);
        }
        for (token, expected) in tokens.iter().zip(expected) {
            assert_eq!(case.app.status(token).await, expected);
        }
    }
    // Keys that are skipped, for each reason.
    let secret = json!("secret-in-body-c2VjcmV0");
    let keys = [
        odd(&signers[4], "d", &secret),
        odd(&signers[4], "x", &secret),
        odd(&signers[4], "crv", &secret),
        odd(&signers[4], "kty", &secret),
        odd(&signers[4], "use", &secret),
        odd(&signers[4], "key_ops", &secret),
        odd(&signers[4], "alg", &secret),
        json!({ "kty": "oct", "k": secret }),
        json!([secret]),
        json!(secret),
        signers[0].jwk(),
        signers[0].jwk(),
        signers[5].jwk(),
    ];
    case.idp.answers("/jwks", Answer::Json(json!({ "keys": keys })));
    assert_eq!(case.fetches(&stranger).await, None);
    let told = recorded.entries().iter().filter(|entry| entry.contains("a key of the set was skipped")).count();
    assert!(told >= 9, "{told}");
    // Responses that are not keys.
    for (answer, expected) in [
        (Answer::text(200, "<html>secret-in-body</html>"), "not_keys"),
        (Answer::Json(json!("secret-in-body")), "not_keys"),
        (Answer::Json(json!({ "secret-in-body": 1 })), "not_keys"),
        (Answer::Json(json!({ "keys": "secret-in-body" })), "not_keys"),
        (Answer::text(200, "secret-in-body".repeat(30_000)), "too_large"),
        (full(500, &[("x-note", "secret-in-header")], "secret-in-body"), "status"),
        (full(401, &[("www-authenticate", "Basic realm=\"secret-in-header\"")], "secret-in-body"), "status"),
        (
            full(302, &[("location", "https://user-in-url:password-in-url@idp.test/?secret-in-location")], ""),
            "redirected",
        ),
        (full(200, &[("content-encoding", "gzip")], "secret-in-body"), "unreachable"),
        (full(200, &[("etag", "\"secret-in-header\"")], "secret-in-body"), "not_keys"),
    ] {
        case.idp.answers("/jwks", answer);
        assert_eq!(case.fetches(&stranger).await, Some(expected));
    }
    case.idp.answers("/jwks", Answer::Json(set(&signers[..1])));
    for (document, expected) in [
        (json!("secret-in-body"), "not_metadata"),
        (json!({ "issuer": ["secret-in-body"], "jwks_uri": url }), "not_metadata"),
        (json!({ "issuer": case.idp.url, "jwks_uri": ["secret-in-body"] }), "not_metadata"),
        (
            json!({ "issuer": case.idp.url,
                    "jwks_uri": "https://user-in-jwks-uri:password-in-jwks-uri@idp.test/?query-of-jwks-uri" }),
            "address_refused",
        ),
        (json!({ "issuer": case.idp.url, "jwks_uri": "http://idp.test/?query-of-jwks-uri" }), "address_refused"),
        (json!({ "issuer": case.idp.url, "jwks_uri": "user-in-jwks-uri:password-in-jwks-uri@x" }), "address_refused"),
        (json!({ "issuer": case.idp.url, "jwks_uri": "http://127.0.0.1:1/?query-of-jwks-uri" }), "unreachable"),
    ] {
        case.idp.answers(METADATA, Answer::Json(document));
        assert_eq!(case.fetches(&stranger).await, Some(expected));
    }
    case.idp.answers(METADATA, Answer::Json(metadata));
    silence(&case, &tokens[0], &stranger).await;
}

/// The source does not respond, until the keys may not be used any more.
async fn silence(case: &Case, token: &str, stranger: &str) {
    case.idp.answers("/jwks", Answer::Hang);
    case.clock.advance(Duration::from_secs(31));
    let asked = case.idp.count("/jwks");
    let (app, asking) = (case.app.clone(), stranger.to_owned());
    let waiting = tokio::spawn(async move { app.status(&asking).await });
    case.idp.asked("/jwks", asked + 1).await;
    case.clock.advance(Duration::from_secs(5));
    assert_eq!(waiting.await.unwrap(), 401);
    // One more fetch is allowed, then no more. In the end no token can be verified.
    case.idp.answers("/jwks", Answer::text(500, "secret-in-body"));
    assert_eq!((case.app.status(stranger).await, case.app.status(stranger).await), (401, 401));
    case.clock.advance(Duration::from_hours(24));
    assert_eq!(case.app.status(token).await, 503);
    case.recorded.error(&case.app.verifier.verify(token).await.err().unwrap());
}

/// Sources that fail to start, with credentials in every place that can have them.
async fn settings(recorded: &Recorded) {
    const PROPELAUTH: &str = "/api/v1/token_verification_metadata";
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let proxy = idp.url.replace("http://", "http://user-in-url:password-of-proxy@");
    let proxied = || {
        let proxy = proxy.clone();
        Issuer::jwks_url("https://idp.test", AUDIENCE, "https://idp.test/jwks?secret-in-query")
            .http_client(move |client| client.proxy(reqwest::Proxy::all(&proxy).unwrap()))
    };
    let propelauth =
        || Issuer::propelauth("https://auth.example.com", "api-key-of-propelauth").propelauth_api(&idp.url);
    let with_credentials = "https://user-in-url:password-in-url@idp.test";
    idp.answers("/400", full(400, &[], "secret-in-body"));
    let mut issuers = vec![
        Issuer::jwks_url("i", AUDIENCE, &format!("{}/404?secret-in-query", idp.url)),
        Issuer::jwks_url("i", AUDIENCE, &format!("{}/400?secret-in-query", idp.url)),
        Issuer::jwks_url("i", AUDIENCE, "http://127.0.0.1:1/?secret-in-query"),
        Issuer::jwks_url("i", AUDIENCE, &format!("{with_credentials}/jwks")),
        Issuer::jwks_url("i", AUDIENCE, "http://idp.test/?secret-in-query#secret-in-query"),
        Issuer::oidc(with_credentials, AUDIENCE),
        Issuer::oidc(&format!("{with_credentials}:port"), AUDIENCE),
        Issuer::oidc("https://idp.test/?secret-in-query", AUDIENCE),
        Issuer::oidc("user-in-url:password-in-url@idp.test", AUDIENCE),
        Issuer::auth0("user-in-url:password-in-url@idp.test", AUDIENCE),
        Issuer::auth0("idp.test?secret-in-query", AUDIENCE),
        Issuer::keycloak(&format!("{with_credentials}/realms/x"), AUDIENCE),
        Issuer::propelauth(with_credentials, "api-key-of-propelauth\n"),
        Issuer::propelauth(&with_credentials.replace("https", "ftp"), "api-key-of-propelauth"),
        propelauth().propelauth_api(with_credentials),
        proxied(),
    ];
    for answer in [400, 401, 404, 429, 500] {
        idp.answers(PROPELAUTH, full(answer, &[("x-note", "secret-in-header")], "secret-in-body"));
        issuers.push(propelauth());
        for issuer in issuers.drain(..) {
            recorded.debug(&issuer);
            let builder = Verifier::builder().clock(clock.clone()).issuer(issuer);
            recorded.debug(&builder);
            recorded.error(&builder.build().await.map(drop).unwrap_err());
        }
    }
    for body in [json!({ "verifier_key_pem": "secret-in-body" }), json!({ "public_key_pem": ["secret-in-body"] })] {
        idp.answers(PROPELAUTH, Answer::Json(body));
        recorded.error(&try_verifier(&clock, propelauth()).await.map(|_| ()).unwrap_err());
    }
    assert_eq!(idp.seen(PROPELAUTH)[0].headers["authorization"], "Bearer api-key-of-propelauth");
}

#[tokio::test]
async fn no_secret_is_logged_while_keys_are_fetched() {
    let recorded = Recorded::default();
    let mut secrets = Secrets::default();
    for secret in SECRETS {
        secrets.value(secret);
    }
    let recording = tracing::subscriber::set_default(recorded.subscriber());
    answers(&recorded, &mut secrets).await;
    settings(&recorded).await;
    drop(recording);
    let entries = recorded.entries();
    for entry in &entries {
        assert_eq!(secrets.found_in(entry), None, "{entry}");
    }
    let about = |words: &str| entries.iter().filter(|entry| entry.contains(words)).count();
    let (failed, changed) = (about("keys could not be fetched"), about("keys changed"));
    println!(
        "{} entries, {failed} failures and {changed} changes among them, searched for {} stretches and {} values",
        entries.len(),
        secrets.stretches(),
        secrets.values(),
    );
    assert!(failed > 30 && changed > 4 && secrets.stretches() > 300);
    // The search itself works: recorded secrets are found.
    assert!(secrets.found_in("x password-in-url x").is_some());
}
