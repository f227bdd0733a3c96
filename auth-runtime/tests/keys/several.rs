//! Several issuers in one verifier, and the lifetime of a verifier's tasks.

use std::time::Duration;

use auth_runtime::testing::TestClock;
use auth_runtime::{Issuer, Verifier};

use crate::support::{AUDIENCE, Answer, App, Idp, Signer, count, set, verifier_of, wait_for};

#[tokio::test]
async fn keys_of_one_issuer_never_verify_tokens_of_another() {
    let clock = TestClock::now();
    let (a, b) = (Idp::start(&clock).await, Idp::start(&clock).await);
    // The same `kid`, like real issuers have.
    let (of_a, of_b) = (Signer::new("1"), Signer::new("1"));
    a.publishes(set([&of_a]));
    b.publishes(set([&of_b]));
    let app = verifier_of(&clock, |builder| {
        builder.issuer(Issuer::oidc(&a.url, AUDIENCE)).issuer(Issuer::oidc(&b.url, AUDIENCE))
    })
    .await;
    let mut statuses = Vec::new();
    for (signer, iss) in [(&of_a, &a), (&of_b, &b), (&of_a, &b), (&of_b, &a)] {
        statuses.push(app.status(&signer.token(&iss.url)).await);
    }
    assert_eq!(statuses, [200, 200, 401, 401]);
    // A wrong signature with a known `kid` triggers no fetch.
    assert_eq!((a.count("/jwks"), b.count("/jwks")), (1, 1));
}

#[tokio::test]
async fn a_dead_slow_or_flooded_issuer_does_not_affect_others() {
    let clock = TestClock::now();
    let (mut dead, slow, good) = (Idp::start(&clock).await, Idp::start(&clock).await, Idp::start(&clock).await);
    let (of_dead, of_slow, of_good) = (Signer::new("d"), Signer::new("s"), Signer::new("g"));
    dead.down().await;
    slow.publishes(set([&of_slow]));
    good.publishes(set([&of_good]));
    let app = verifier_of(&clock, |builder| {
        let issuers = [&dead, &slow, &good].map(|idp| Issuer::oidc(&idp.url, AUDIENCE));
        issuers.into_iter().fold(builder, auth_runtime::VerifierBuilder::issuer).start_without_keys()
    })
    .await;
    assert_eq!(app.status(&of_dead.token(&dead.url)).await, 503);
    assert!(!app.verifier.health().is_ready());

    slow.answers("/jwks", Answer::Hang);
    let (asking, token) = (app.clone(), Signer::new("new").token(&slow.url));
    let waiting = tokio::spawn(async move { asking.status(&token).await });
    slow.asked("/jwks", 2).await;
    for number in 0..20 {
        assert_eq!(app.status(&of_good.token(&good.url)).await, 200);
        assert_eq!(app.status(&of_slow.token(&slow.url)).await, 200, "its known key too");
        assert_eq!(app.status(&of_slow.token_with_kid(&good.url, &number.to_string())).await, 401);
    }
    assert!(!waiting.is_finished());
    // The good issuer's limit of fetches is reached. The slow issuer has its own limit.
    assert_eq!((good.count("/jwks"), slow.count("/jwks")), (3, 2));
    slow.publishes(set([&of_slow]));
    assert_eq!(waiting.await.unwrap(), 401);
    let next = Signer::new("next");
    slow.publishes(set([&of_slow, &next]));
    assert_eq!(app.status(&next.token(&slow.url)).await, 200);
    println!("several issuers: one dead (503), one hanging, one flooded: the others' tokens all 200");
}

#[tokio::test]
async fn background_tasks_end_with_the_last_verifier() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    idp.publishes(set([&Signer::new("one")]));
    let alive = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    // Connections that are closing do not count either.
    let settles_at = async |expected: usize| {
        for _ in 0..10_000 {
            if alive() == expected {
                return true;
            }
            tokio::task::yield_now().await;
            tokio::task::spawn_blocking(|| ()).await.unwrap();
        }
        false
    };
    let before = alive();
    let builder = || Verifier::builder().clock(clock.clone()).issuer(Issuer::oidc(&idp.url, AUDIENCE));
    let verifier = builder().build().await.unwrap();
    let clone = verifier.clone();
    assert!(settles_at(before + 1).await, "{} of {before}", alive());
    drop(verifier);
    tokio::task::yield_now().await;
    assert_eq!(alive(), before + 1, "a clone is left");
    drop(clone);
    assert!(settles_at(before).await, "{} of {before}", alive());
    // A verifier that was never finished leaves no task either.
    idp.answers("/jwks", Answer::Hang);
    let building = tokio::spawn(builder().build());
    idp.asked("/jwks", 2).await;
    building.abort();
    assert!(building.await.is_err());
    idp.publishes(set([]));
    assert!(settles_at(before).await, "{} of {before}", alive());
}

#[test]
fn keys_of_a_runtime_that_ended_give_503() {
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (clock, serving, building) = (TestClock::now(), runtime(), runtime());
    let (signer, idp) = (Signer::new("one"), serving.block_on(Idp::start(&clock)));
    idp.publishes(set([&signer]));
    let app: App = building.block_on(verifier_of(&clock, |builder| builder.issuer(Issuer::oidc(&idp.url, AUDIENCE))));
    drop(building);
    serving.block_on(async {
        assert_eq!(app.status(&signer.token(&idp.url)).await, 200);
        assert_eq!(app.status(&Signer::new("new").token(&idp.url)).await, 503);
        wait_for(&idp.url, &["has ended"], 1).await;
        clock.advance(Duration::from_hours(12));
        assert_eq!(app.status(&signer.token(&idp.url)).await, 503);
    });
    assert_eq!(count(&idp.url, &["has ended"]), 1);
}
