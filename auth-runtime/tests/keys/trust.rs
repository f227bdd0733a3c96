//! Keys that are no longer trusted, and keys that never were.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use auth_runtime::testing::{TestClock, TestIssuer};
use auth_runtime::{Algorithm, ClaimMapping, Identity, Issuer, KeyState};
use serde_json::{Value, json};

use crate::support::{AUDIENCE, Answer, App, Idp, Signer, count, lines, set, verifier, wait_for};

/// Longer than any wait for a refresh without `max-age`.
const REFRESH: Duration = Duration::from_mins(6);

#[tokio::test]
async fn removed_and_replaced_keys_are_refused() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let (stays, goes, replaced, replacement) =
        (Signer::new("stays"), Signer::new("goes"), Signer::new("same"), Signer::new("same"));
    idp.publishes(set([&stays, &goes, &replaced]));
    let app = verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE)).await;
    let tokens = [&stays, &goes, &replaced].map(|signer| signer.token(&idp.url));
    for token in &tokens {
        assert_eq!((app.status(token).await, app.status(token).await), (200, 200));
    }
    idp.answers("/jwks", Answer::Json(set([&stays, &replacement])));
    clock.advance(REFRESH);
    wait_for(&idp.url, &["keys changed", "kept=1 added=1 retired=2"], 1).await;
    let mut statuses = Vec::new();
    for (cached, signer) in tokens.iter().zip([&stays, &goes, &replaced]) {
        statuses.push((app.status(cached).await, app.status(&signer.token(&idp.url)).await));
    }
    assert_eq!(statuses, [(200, 200), (401, 401), (401, 401)]);
    assert_eq!(app.status(&replacement.token(&idp.url)).await, 200);
    println!("(cached, new) token of a key that stays, was removed, was replaced under its kid: {statuses:?}");
}

/// A verifier whose mapping runs `pause` while a token is verified: after its signature was checked, before the result.
async fn with_pause(clock: &TestClock, idp: &Idp, pause: impl Fn() + Send + Sync + 'static) -> App {
    let issuer = Issuer::oidc(&idp.url, AUDIENCE).claim_mapping(ClaimMapping::none()).map_identity(move |claims, _| {
        pause();
        claims.get("sub")?.as_str().map(Identity::new)
    });
    verifier(clock, issuer).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_removed_while_a_token_is_verified_is_refused() {
    let clock = TestClock::now();
    let idp = Arc::new(Idp::start(&clock).await);
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    idp.publishes(set([&old]));
    let is_armed = Arc::new(AtomicBool::new(false));
    let app = {
        let (clock, idp, is_armed, next) = (clock.clone(), Arc::clone(&idp), Arc::clone(&is_armed), set([&new]));
        with_pause(&clock.clone(), &Arc::clone(&idp), move || {
            if is_armed.swap(false, Ordering::AcqRel) {
                idp.answers("/jwks", Answer::Json(next.clone()));
                clock.advance(REFRESH);
                let changed = wait_for(&idp.url, &["keys changed", "retired=1"], 1);
                tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(changed));
            }
        })
        .await
    };
    assert_eq!(app.status(&old.token(&idp.url)).await, 200);
    is_armed.store(true, Ordering::Release);
    let token = old.token(&idp.url);
    assert_eq!((app.status(&token).await, app.status(&token).await), (401, 401));
    assert_eq!(app.status(&new.token(&idp.url)).await, 200);
    println!("the set changed after the signature was checked: 401");
}

#[tokio::test]
async fn keys_that_expire_while_a_token_is_verified_give_503() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let signer = Signer::new("one");
    idp.publishes(set([&signer]));
    let is_armed = Arc::new(OnceLock::new());
    let app = {
        let (clock, is_armed) = (clock.clone(), Arc::clone(&is_armed));
        with_pause(&clock.clone(), &idp, move || {
            if is_armed.get().is_some() {
                clock.advance(Duration::from_hours(12));
            }
        })
        .await
    };
    assert_eq!(app.status(&signer.token(&idp.url)).await, 200);
    idp.answers("/jwks", Answer::Hang);
    is_armed.set(()).unwrap();
    assert_eq!(app.status(&signer.token(&idp.url)).await, 503);
}

#[tokio::test]
async fn an_empty_key_set_refuses_all_tokens() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let signer = Signer::new("one");
    idp.publishes(set([&signer]));
    let app = verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE)).await;
    let seen_before = signer.token(&idp.url);
    assert_eq!(app.status(&seen_before).await, 200);
    idp.answers("/jwks", Answer::Json(json!({ "keys": [] })));
    clock.advance(REFRESH);
    wait_for(&idp.url, &["publishes no usable key"], 1).await;
    let before = idp.count("/jwks");
    assert_eq!((app.status(&seen_before).await, app.status(&signer.token(&idp.url)).await), (401, 401));
    for number in 0..1000 {
        assert_eq!(app.status(&signer.token_with_kid(&idp.url, &number.to_string())).await, 401);
    }
    let health = app.verifier.health().issuers()[0].clone();
    assert_eq!((health.state, health.key_count), (KeyState::Fresh, 0));
    let more = idp.count("/jwks") - before;
    assert!(more <= 2, "{more}");
    idp.answers("/jwks", Answer::Json(set([&signer])));
    clock.advance(Duration::from_secs(31));
    assert_eq!((app.status(&seen_before).await, app.status(&signer.token(&idp.url)).await), (200, 200));
    println!("an empty set: all refused, 1,002 tokens cost {more} fetches; 200 once a set comes back");
}

/// Unusable keys of a set, each with its `kid` and the reason why it is skipped.
fn odd_keys() -> Vec<(Value, &'static str, &'static str)> {
    let jwk = |algorithm| TestIssuer::with_algorithm(algorithm).jwks()["keys"][0].clone();
    let (rsa, p256, ed) = (jwk(Algorithm::RS256), jwk(Algorithm::ES256), jwk(Algorithm::EdDSA));
    let with = |key: &Value, changes: Value| {
        let mut key = key.clone();
        key.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        key
    };
    let n = |bytes: usize| {
        use base64::Engine as _;
        let mut n = vec![0xff; bytes];
        n[0] = 0xc1;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(n)
    };
    let zeros = "A".repeat(43);
    let mut odd = vec![
        (Value::Null, "without `kid`", "it is not an object"),
        (json!(1), "without `kid`", "it is not an object"),
        (with(&rsa, json!({ "kid": 7 })), "without `kid`", "is not a string"),
        (json!({ "kid": "bare" }), "bare", "is not supported"),
    ];
    for (kid, key, changes, reason) in [
        ("rsa-1024", &rsa, json!({ "n": n(128) }), "shorter than 2048 bits"),
        ("rsa-zeros", &rsa, json!({ "n": format!("{}{}", "A".repeat(172), n(128)) }), "shorter than 2048 bits"),
        ("rsa-16384", &rsa, json!({ "n": n(2048) }), "longer than 8192 bits"),
        ("rsa-e1", &rsa, json!({ "e": "AQ" }), "exponent"),
        ("rsa-e-even", &rsa, json!({ "e": "AQAA" }), "exponent"),
        ("rsa-private", &rsa, json!({ "d": "AQAB" }), "private parameters"),
        ("enc", &rsa, json!({ "use": "enc" }), "its `use` is not `sig`"),
        ("use-1", &rsa, json!({ "use": 1 }), "is not a string"),
        ("ops", &rsa, json!({ "key_ops": ["sign"] }), "does not contain `verify`"),
        ("ops-text", &rsa, json!({ "key_ops": "verify" }), "is not an array"),
        ("alg-1", &rsa, json!({ "alg": 1 }), "is not a string"),
        ("alg-none", &rsa, json!({ "alg": "none" }), "its `alg` is not supported"),
        ("alg-HS256", &rsa, json!({ "alg": "HS256" }), "does not fit its `kty`"),
        ("alg-ES256", &rsa, json!({ "alg": "ES256" }), "does not fit its `kty`"),
        ("crv", &p256, json!({ "crv": "P-384", "alg": "ES384" }), "length of its curve"),
        ("off-curve", &p256, json!({ "x": zeros, "y": zeros }), "not a valid key"),
        ("secp256k1", &p256, json!({ "crv": "secp256k1", "alg": null }), "is not a string"),
        ("low-order", &ed, json!({ "x": zeros }), "low order"),
        ("short", &ed, json!({ "x": "AAAA" }), "32 bytes"),
        ("oct", &ed, json!({ "kty": "oct", "k": "A".repeat(86), "alg": "HS256" }), "shared secret"),
        ("kty", &ed, json!({ "kty": "AKP" }), "is not supported"),
        ("twice", &ed, json!({}), "same `kid` and algorithm"),
        ("twice", &jwk(Algorithm::EdDSA), json!({}), "same `kid` and algorithm"),
    ] {
        odd.push((with(key, with(&changes, json!({ "kid": kid }))), kid, reason));
    }
    odd
}

#[tokio::test]
async fn unusable_keys_are_skipped_and_the_others_verify() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let (first, last, odd) = (Signer::new("first"), Signer::new("last"), odd_keys());
    // A certificate that cannot be parsed does not make its key unusable.
    let mut with_certificate = last.jwk();
    with_certificate["x5c"] = json!("AA");
    let keys = odd.iter().map(|(key, ..)| key.clone());
    let keys: Vec<Value> = [first.jwk()].into_iter().chain(keys).chain([with_certificate]).collect();
    idp.publishes(json!({ "keys": keys }));
    let app = verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE)).await;
    assert_eq!((app.status(&first.token(&idp.url)).await, app.status(&last.token(&idp.url)).await), (200, 200));
    assert_eq!(app.verifier.health().issuers()[0].key_count, 2);
    for (_, kid, reason) in &odd {
        let words = ["a key of the set was skipped", &format!("kid={kid:?}"), reason];
        assert!(
            count(&idp.url, &words) >= 1,
            "no warning of {kid} for {reason}: {:?}",
            lines(&idp.url, &[&format!("kid={kid:?}")])
        );
    }
    assert_eq!(count(&idp.url, &["a key of the set was skipped"]), odd.len());
    // Logged once, not with every refresh.
    clock.advance(REFRESH);
    wait_for(&idp.url, &["keys fetched"], 2).await;
    assert_eq!(count(&idp.url, &["a key of the set was skipped"]), odd.len());
    println!("{} odd keys left out, each with a warning that names kid and reason; 2 good ones stay", odd.len());
}
