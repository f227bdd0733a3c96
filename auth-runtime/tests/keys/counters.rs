//! The counters of the feature `metrics`.

use std::sync::OnceLock;

use auth_runtime::Issuer;
use auth_runtime::testing::TestClock;
use auth_test_support::Counters;
use serde_json::json;

use crate::support::{AUDIENCE, Answer, Idp, Signer, verifier};

#[tokio::test]
async fn metrics_count_fetches_changes_skipped_keys_and_throttled_requests() {
    static COUNTERS: OnceLock<Counters> = OnceLock::new();
    let counters = COUNTERS.get_or_init(Counters::default).clone();
    assert!(metrics::set_global_recorder(counters.clone()).is_ok());
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let signer = Signer::new("one");
    idp.publishes(json!({ "keys": [signer.jwk(), { "kty": "oct", "k": "AAAA" }] }));
    let app = verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE).named("counted")).await;
    for (answer, requests) in [(None, 1), (Some(Answer::status(500)), 4)] {
        if let Some(answer) = answer {
            idp.answers("/jwks", answer);
        }
        for _ in 0..requests {
            assert_eq!(app.status(&Signer::new("stranger").token(&idp.url)).await, 401);
        }
    }
    let counted = counters.values();
    let of = |name: &str| counted.get(name).copied().unwrap_or(0);
    assert_eq!(of("auth_key_fetches_total issuer=counted outcome=fetched"), 2);
    assert_eq!(of("auth_key_fetches_total issuer=counted outcome=status"), 1);
    assert_eq!(of("auth_key_changes_total issuer=counted"), 1);
    assert_eq!(of("auth_keys_skipped_total issuer=counted"), 1);
    assert_eq!(of("auth_key_requests_throttled_total issuer=counted"), 3);
}
