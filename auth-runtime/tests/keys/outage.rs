//! An identity provider that does not respond.

use std::time::Duration;

use auth_runtime::testing::TestClock;
use auth_runtime::{Issuer, KeyState};

use crate::support::{AUDIENCE, Idp, Signer, count, set, try_verifier, verifier, verifier_of, wait_for};

const FAILED: &[&str] = &["keys could not be fetched"];
const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn an_unreachable_key_source_at_start_fails_the_build_or_answers_503() {
    let clock = TestClock::now();
    let mut idp = Idp::start(&clock).await;
    let signer = Signer::new("one");
    idp.publishes(set([&signer]));
    let token = signer.token(&idp.url);
    idp.down().await;

    let error = try_verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE)).await.err().unwrap().to_string();
    for part in
        [&*format!("{}/.well-known/openid-configuration", idp.url), "refused", ".start_without_keys()", "`oidc`"]
    {
        assert!(error.contains(part), "{part}: {error}");
    }

    let issuer = Issuer::oidc(&idp.url, AUDIENCE);
    let app = verifier_of(&clock, |builder| builder.issuer(issuer).start_without_keys()).await;
    let answered = app.ask(&token).await;
    assert_eq!(answered.status, 503);
    assert!((1..=18).contains(&answered.retry_after.unwrap()), "{answered:?}");
    assert!(!app.verifier.health().is_ready());
    assert_eq!(app.readiness().await, 503);
    assert_eq!(app.verifier.health().issuers()[0].state, KeyState::Unavailable);
    idp.up().await;
    clock.advance(Duration::from_secs(answered.retry_after.unwrap()));
    wait_for(&idp.url, &["keys changed"], 1).await;
    assert_eq!(app.status(&token).await, 200);
    assert!(app.verifier.health().is_ready());
    assert_eq!(app.readiness().await, 200);
    println!("start: build fails: {error}");
    println!("start: with start_without_keys: 503, Retry-After {}; then 200", answered.retry_after.unwrap());
}

#[tokio::test]
async fn previous_keys_serve_during_an_outage_until_max_stale() {
    let clock = TestClock::now();
    let mut idp = Idp::start(&clock).await;
    let signer = Signer::new("one");
    idp.publishes(set([&signer]));
    let app = verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE)).await;
    let seen_before = signer.token(&idp.url);
    assert_eq!(app.status(&seen_before).await, 200);

    idp.down().await;
    let mut good = 0;
    for hour in 1..=11 {
        clock.advance(HOUR);
        wait_for(&idp.url, FAILED, hour).await;
        assert_eq!((app.status(&seen_before).await, app.status(&signer.token(&idp.url)).await), (200, 200), "{hour}");
        good += 2;
    }
    let health = app.verifier.health().issuers()[0].clone();
    assert_eq!((health.state, health.key_count), (KeyState::Stale, 1));
    assert_eq!(app.readiness().await, 200, "the keys of before serve on");
    assert_eq!((health.last_error.unwrap().as_str(), health.age), ("unreachable", Some(11 * 3600)));

    // The twelve hours of `max_stale` end: no token can be verified.
    clock.advance(HOUR);
    let (seen, unseen) = (app.ask(&seen_before).await, app.ask(&signer.token(&idp.url)).await);
    assert_eq!((seen.status.as_u16(), unseen.status.as_u16()), (503, 503));
    assert_eq!(app.status(&Signer::new("stranger").token(&idp.url)).await, 503);
    wait_for(&idp.url, FAILED, 12).await;
    assert_eq!(app.readiness().await, 503);
    let retry_after = app.ask(&seen_before).await.retry_after.unwrap();
    assert!((1..=32).contains(&retry_after), "{retry_after}");
    assert_eq!(app.verifier.health().issuers()[0].state, KeyState::Unavailable);

    idp.up().await;
    clock.advance(Duration::from_secs(retry_after));
    wait_for(&idp.url, &["keys fetched"], 2).await;
    assert_eq!((app.status(&seen_before).await, app.status(&signer.token(&idp.url)).await), (200, 200));
    assert_eq!(app.verifier.health().issuers()[0].state, KeyState::Fresh);
    println!(
        "outage: {good} tokens 200 during 11 h of outage; then 503 with Retry-After {retry_after}, cached ones too; \
         200 again without a restart; {} fetches failed",
        count(&idp.url, FAILED)
    );
}

#[tokio::test]
async fn failed_fetches_are_retried_with_backoff() {
    let clock = TestClock::now();
    let mut idp = Idp::start(&clock).await;
    idp.publishes(set([&Signer::new("one")]));
    let _app = verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE)).await;
    idp.down().await;
    // The longest time of each wait with jitter.
    for (number, seconds) in [330, 17, 33, 66, 132, 264, 300, 300].into_iter().enumerate() {
        clock.advance(Duration::from_secs(seconds));
        wait_for(&idp.url, FAILED, number + 1).await;
    }
    assert_eq!(count(&idp.url, FAILED), 8);
}
