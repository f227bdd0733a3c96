//! Responses that are not key sets.

use std::io::Write as _;
use std::time::Duration;

use auth_runtime::testing::TestClock;
use auth_runtime::{Issuer, KeyState};
use serde_json::{Value, json};

use crate::support::{AUDIENCE, Answer, App, Idp, Signer, set, try_verifier, verifier};

/// A verifier with good keys.
struct Case {
    clock: TestClock,
    idp: Idp,
    app: App,
    signer: Signer,
    stranger: String,
}

impl Case {
    async fn new() -> Self {
        let clock = TestClock::now();
        let idp = Idp::start(&clock).await;
        let signer = Signer::new("good");
        idp.publishes(set([&signer]));
        let app = verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE)).await;
        let stranger = Signer::new("stranger").token(&idp.url);
        Self { clock, idp, app, signer, stranger }
    }

    /// Fetches the set again while `path` sends `answer`, and returns the kind of error. The good key stays.
    async fn fetches(&self, path: &str, answer: Answer) -> &'static str {
        self.idp.answers(path, answer);
        self.clock.advance(Duration::from_secs(31));
        let before = self.idp.count(path);
        assert_eq!(self.app.status(&self.stranger).await, 401);
        assert_eq!(self.idp.count(path), before + 1);
        self.outcome().await
    }

    async fn outcome(&self) -> &'static str {
        assert_eq!(self.app.status(&self.signer.token(&self.idp.url)).await, 200, "the good key stays");
        let health = self.app.verifier.health().issuers()[0].clone();
        assert_eq!(health.key_count, 1);
        assert_eq!(health.state == KeyState::Stale, health.last_error.is_some());
        health.last_error.map_or("none", |kind| kind.as_str())
    }

    fn good_set(&self) -> Value {
        set([&self.signer])
    }
}

fn gzip(bytes: &[u8]) -> Answer {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    Answer::Full {
        status: 200,
        headers: vec![("content-encoding", "gzip".to_owned())],
        body: encoder.finish().unwrap(),
    }
}

#[tokio::test]
async fn slow_and_oversized_key_sets_are_refused() {
    const LIMIT: usize = 256 * 1024;
    let case = Case::new().await;
    let good = case.good_set().to_string();
    let padded = |bytes: usize| format!("{good}{}", " ".repeat(bytes - good.len()));
    let with_keys = |count: usize| {
        let strangers = (1..count).map(|number| json!({ "kty": "RSA", "kid": number.to_string() }));
        let keys: Vec<Value> = std::iter::once(case.signer.jwk()).chain(strangers).collect();
        Answer::Json(json!({ "keys": keys }))
    };
    for (name, answer, expected) in [
        ("10 MiB", Answer::text(200, vec![b' '; 10 << 20]), "too_large"),
        ("256 KiB and a byte", Answer::text(200, padded(LIMIT + 1)), "too_large"),
        ("256 KiB", Answer::text(200, padded(LIMIT)), "none"),
        ("10 MiB in 10 KiB", gzip(&vec![b' '; 10 << 20]), "too_large"),
        ("a compressed set", gzip(good.as_bytes()), "none"),
        (
            "broken compression",
            Answer::Full {
                status: 200,
                headers: vec![("content-encoding", "gzip".to_owned())],
                body: good.clone().into_bytes(),
            },
            "unreachable",
        ),
        ("101 keys", with_keys(101), "too_large"),
        ("100 keys", with_keys(100), "none"),
    ] {
        assert_eq!(case.fetches("/jwks", answer).await, expected, "{name}");
        println!("slow or large: {name}: {expected}; the good set stays");
    }

    // The head immediately, then one byte per second.
    case.idp.answers("/jwks", Answer::Drip);
    case.clock.advance(Duration::from_secs(31));
    let (app, stranger) = (case.app.clone(), case.stranger.clone());
    let before = case.idp.count("/jwks");
    let waiting = tokio::spawn(async move { app.status(&stranger).await });
    case.idp.asked("/jwks", before + 1).await;
    for _ in 0..4 {
        case.idp.drip();
        case.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(case.app.status(&case.signer.token(&case.idp.url)).await, 200);
    assert!(!waiting.is_finished());
    case.clock.advance(Duration::from_secs(1));
    assert_eq!(waiting.await.unwrap(), 401);
    assert_eq!(case.outcome().await, "timed_out");
    println!("slow or large: a byte a second: timed_out after 5 s; the good set stays");
}

#[tokio::test]
async fn an_unreadable_key_set_keeps_the_previous_keys() {
    let case = Case::new().await;
    let good = case.good_set().to_string();
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut count = 0;
    for (name, answer, expected) in [
        ("an HTML page", Answer::text(200, "<!doctype html><title>Maintenance</title>"), "not_keys"),
        ("204", Answer::status(204), "status"),
        ("201 with a set", Answer::text(201, &*good), "status"),
        ("304 unasked", Answer::status(304), "redirected"),
        ("404", Answer::status(404), "status"),
        ("500", Answer::text(500, &*good), "status"),
        ("nothing", Answer::text(200, ""), "not_keys"),
        ("null", Answer::text(200, "null"), "not_keys"),
        ("[]", Answer::text(200, "[]"), "not_keys"),
        ("{}", Answer::text(200, "{}"), "not_keys"),
        ("keys: null", Answer::text(200, r#"{"keys":null}"#), "not_keys"),
        ("truncated", Answer::text(200, &good[..good.len() - 3]), "not_keys"),
        ("UTF-16", Answer::text(200, utf16), "not_keys"),
        ("deep", Answer::text(200, "[".repeat(100_000)), "not_keys"),
    ] {
        assert_eq!(case.fetches("/jwks", answer).await, expected, "{name}");
        count += 1;
    }
    assert_eq!(case.fetches("/jwks", Answer::Json(case.good_set())).await, "none");
    println!("{count} kinds of garbage; the good set stays each time");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let case = Case::new().await;
    let elsewhere = Idp::start(&case.clock).await;
    elsewhere.publishes(case.good_set());
    let metadata = "/.well-known/openid-configuration";
    let mut count = 0;
    for status in [301, 302, 303, 307, 308] {
        for target in [
            elsewhere.jwks_url(),
            "http://169.254.169.254/latest/meta-data".to_owned(),
            "http://idp.test/jwks".to_owned(),
            "https://idp.test/jwks".to_owned(),
            "/elsewhere".to_owned(),
        ] {
            assert_eq!(case.fetches("/jwks", Answer::redirect(status, &target)).await, "redirected", "{target}");
            count += 1;
        }
    }
    assert_eq!((elsewhere.count("/jwks"), case.idp.count("/elsewhere")), (0, 0));
    case.idp.publishes(case.good_set());
    assert_eq!(
        case.fetches(metadata, Answer::redirect(302, format!("{}{metadata}", elsewhere.url))).await,
        "redirected"
    );
    assert_eq!(elsewhere.count(metadata), 0);
    println!("{count} redirects of the set and one of the metadata: none followed, 0 requests elsewhere");

    for (issuer, expected) in [
        (format!("{}/", case.idp.url), "issuer_differs"),
        ("https://idp.test".to_owned(), "issuer_differs"),
        (case.idp.url.clone(), "none"),
    ] {
        let document = json!({ "issuer": issuer, "jwks_uri": case.idp.jwks_url() });
        assert_eq!(case.fetches(metadata, Answer::Json(document.clone())).await, expected);
        let built = try_verifier(&case.clock, Issuer::oidc(&case.idp.url, AUDIENCE)).await;
        match built.err() {
            Some(error) => {
                assert!(expected == "issuer_differs" && error.to_string().contains("trailing slash"), "{error}");
            }
            None => assert_eq!(expected, "none"),
        }
    }
    for uri in ["http://169.254.169.254/jwks", "http://idp.test/jwks", "jwks", "file:///etc/passwd"] {
        let document = json!({ "issuer": case.idp.url, "jwks_uri": uri });
        assert_eq!(case.fetches(metadata, Answer::Json(document)).await, "address_refused", "{uri}");
    }
    println!("a document whose issuer differs by a slash, and four jwks_uri that are not https: refused");
}
