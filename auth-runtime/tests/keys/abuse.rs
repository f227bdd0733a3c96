//! Strangers, servers that do not respond, clients that disconnect.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use auth_runtime::testing::TestClock;
use auth_runtime::{Issuer, TokenCache};
use tokio::task::JoinSet;

use crate::support::{AUDIENCE, Answer, Idp, Signer, count, set, verifier, verifier_of, wait_for};

/// One round of the flood: 64 tasks send `per_task` different unknown kids each, while valid tokens are sent without
/// pause. Returns the number of valid tokens. All of them get 200, and all strangers get 401.
pub(crate) async fn flood(
    app: &crate::support::App,
    iss: &str,
    round: usize,
    per_task: usize,
    good: &[String],
) -> usize {
    let stranger = Arc::new(Signer::new("stranger"));
    let is_over = Arc::new(AtomicBool::new(false));
    let asked = Arc::new(AtomicUsize::new(0));
    let mut well_behaved = JoinSet::new();
    for token in good {
        let (app, token, is_over, asked) = (app.clone(), token.clone(), Arc::clone(&is_over), Arc::clone(&asked));
        well_behaved.spawn(async move {
            loop {
                assert_eq!(app.status(&token).await, 200, "a good token during the flood");
                asked.fetch_add(1, Ordering::Relaxed);
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                tokio::task::yield_now().await;
            }
        });
    }
    let mut strangers = JoinSet::new();
    for task in 0..64 {
        let (app, iss, stranger) = (app.clone(), iss.to_owned(), Arc::clone(&stranger));
        strangers.spawn(async move {
            for number in 0..per_task {
                let token = stranger.token_with_kid(&iss, &format!("{round}-{task}-{number}"));
                assert_eq!(app.status(&token).await, 401);
            }
        });
    }
    while let Some(ended) = strangers.join_next().await {
        ended.unwrap();
    }
    is_over.store(true, Ordering::Relaxed);
    while let Some(ended) = well_behaved.join_next().await {
        ended.unwrap();
    }
    asked.load(Ordering::Relaxed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_kids_cause_at_most_two_fetches_in_30_s() {
    const ROUNDS: usize = 12;
    const PER_TASK: usize = 14;
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let signer = Signer::new("good");
    idp.publishes(set([&signer]));
    // Without the cache, every valid token needs its key.
    let app = verifier_of(&clock, |builder| {
        let issuer = Issuer::jwks_url(&*idp.url, AUDIENCE, &idp.jwks_url());
        builder.issuer(issuer).token_cache(TokenCache::disabled())
    })
    .await;
    let good: Vec<String> = (0..4).map(|_| signer.token(&idp.url)).collect();
    let (mut asked, begun) = (0, Instant::now());
    for round in 0..ROUNDS {
        asked += flood(&app, &idp.url, round, PER_TASK, &good).await;
        clock.advance(Duration::from_secs(10));
    }
    let unknown = ROUNDS * 64 * PER_TASK;
    let health = app.verifier.health().issuers()[0].clone();
    let most = idp.most_within("/jwks", Duration::from_secs(30));
    println!(
        "flood: {unknown} unknown kids from 64 tasks over 120 s of injected time ({:?} of real time), {asked} good tokens: \
         all 200; {} fetches after the start's, {most} in any 30 s at most; {} throttled",
        begun.elapsed(),
        idp.count("/jwks") - 1,
        health.throttled,
    );
    assert!(unknown >= 10_000 && asked >= 4 * ROUNDS);
    assert_eq!(most, 2);
    assert_eq!(idp.count("/jwks"), 1 + 2 * 4, "two each at 0, 30, 60 and 90 s");
    assert_eq!(health.fetches, 9);
    // At most 64 requests waited for each of the eight fetches, or for the next one.
    assert!(health.throttled >= (unknown - 8 * 64 * 2) as u64, "{}", health.throttled);
    assert_eq!(count(&idp.url, &["request throttled"]) as u64, health.throttled);
    assert!(count(&idp.url, &["the limit of fetches is reached"]) <= 5, "the warning is not repeated");
}

#[tokio::test]
async fn known_keys_verify_while_a_fetch_hangs() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let signer = Signer::new("good");
    idp.publishes(set([&signer]));
    let app = verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE)).await;
    let seen_before = signer.token(&idp.url);
    assert_eq!(app.status(&seen_before).await, 200);

    idp.answers("/jwks", Answer::Hang);
    let (asking, token) = (app.clone(), Signer::new("new").token(&idp.url));
    let waiting = tokio::spawn(async move { asking.status(&token).await });
    idp.asked("/jwks", 2).await;
    // The clock is stopped. If a request waited for the fetch, it would wait forever.
    for number in 0..100 {
        let token = signer.token(&idp.url);
        assert_eq!((app.status(&token).await, app.status(&seen_before).await), (200, 200), "{number}");
    }
    assert!(!waiting.is_finished());
    clock.advance(Duration::from_secs(5));
    assert_eq!(waiting.await.unwrap(), 401);
    println!("hang: 200 tokens of a known kid answered 200 while a fetch hung; the unknown one 401 after 5 s");
}

#[tokio::test]
async fn a_fetch_continues_after_its_client_disconnects() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    idp.publishes(set([&old]));
    let app = verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE)).await;

    idp.answers("/jwks", Answer::Hang);
    let (asking, token) = (app.clone(), new.token(&idp.url));
    let client = tokio::spawn(async move { asking.status(&token).await });
    idp.asked("/jwks", 2).await;
    client.abort();
    assert!(client.await.unwrap_err().is_cancelled());
    idp.answers("/jwks", Answer::Json(set([&old, &new])));
    wait_for(&idp.url, &["keys changed", "added=1"], 2).await;
    assert_eq!((app.status(&new.token(&idp.url)).await, app.status(&old.token(&idp.url)).await), (200, 200));
    assert_eq!(idp.count("/jwks"), 2);
    println!("the client left, its fetch completed; the new key answers 200 after 2 fetches in all");
}
