//! Keys that are added and removed in the normal way.

use std::time::Duration;

use auth_runtime::testing::TestClock;
use auth_runtime::{Issuer, TokenCache};
use tokio::task::JoinSet;

use crate::abuse::flood;
use crate::support::{AUDIENCE, Answer, App, Idp, Signer, set, verifier, verifier_of, wait_for};

/// Sends many tokens in parallel; all of them are valid.
async fn all_good(app: &App, tokens: impl IntoIterator<Item = String>) -> usize {
    let mut asking = JoinSet::new();
    for token in tokens {
        let app = app.clone();
        asking.spawn(async move { app.status(&token).await });
    }
    let statuses = asking.join_all().await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    statuses.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn published_keys_are_never_refused_during_rotations() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let mut current = Signer::new("0");
    idp.publishes(set([&current]));
    let app = verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE)).await;
    let mut good = 0;
    for rotation in 1..=5 {
        // Rotations are 31 s apart, because a third fetch within 30 s would not be allowed.
        clock.advance(Duration::from_secs(31));
        let next = Signer::new(&rotation.to_string());
        idp.answers("/jwks", Answer::Json(set([&current, &next])));
        let tokens = (0..32).map(|number| if number % 2 == 0 { &next } else { &current }.token(&idp.url));
        let first = tokens.collect::<Vec<_>>();
        let seen_before = current.token(&idp.url);
        good += all_good(&app, first).await + all_good(&app, [seen_before.clone()]).await;

        idp.answers("/jwks", Answer::Json(set([&next])));
        clock.advance(Duration::from_mins(6));
        wait_for(&idp.url, &["keys changed", "kept=1", "retired=1"], rotation).await;
        good += all_good(&app, (0..8).map(|_| next.token(&idp.url))).await;
        assert_eq!((app.status(&seen_before).await, app.status(&current.token(&idp.url)).await), (401, 401));
        current = next;
    }
    println!("five rotations: {good} tokens of published keys, all 200; {} fetches", idp.count("/jwks"));
    assert_eq!(good, 5 * 41);
}

#[tokio::test]
async fn a_key_published_during_a_fetch_causes_another_fetch() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    idp.publishes(set([&old]));
    let app = verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE)).await;
    let ask = |token: String| {
        let app = app.clone();
        tokio::spawn(async move { app.status(&token).await })
    };
    // A fetch that a stranger triggered is running when the first token of the new key arrives. It ends without that
    // key.
    idp.answers("/jwks", Answer::Hang);
    let stranger = ask(Signer::new("stranger").token(&idp.url));
    idp.asked("/jwks", 2).await;
    let early = ask(new.token(&idp.url));
    // After one poll, it waits for that fetch.
    tokio::task::yield_now().await;
    idp.answers_once("/jwks", Answer::Json(set([&old])));
    idp.answers("/jwks", Answer::Json(set([&old, &new])));
    assert_eq!((stranger.await.unwrap(), early.await.unwrap()), (401, 200));
    assert_eq!(idp.count("/jwks"), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn published_keys_are_never_refused_during_rotations_and_a_flood() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let mut current = Signer::new("0");
    idp.publishes(set([&current]));
    let app = verifier_of(&clock, |builder| {
        builder.issuer(Issuer::oidc(&idp.url, AUDIENCE)).token_cache(TokenCache::disabled())
    })
    .await;
    let (mut good, mut unknown) = (0, 0);
    for rotation in 1..=5 {
        // The flood has reached the limit of fetches of these 30 s before the new key is published.
        good += flood(&app, &idp.url, rotation * 10, 8, &[current.token(&idp.url)]).await;
        let next = Signer::new(&rotation.to_string());
        idp.answers("/jwks", Answer::Json(set([&current, &next])));
        good += flood(&app, &idp.url, rotation * 10 + 1, 8, &[current.token(&idp.url)]).await;
        // At most 30 s after it was published, the key is known, whatever strangers do.
        clock.advance(Duration::from_secs(30));
        let both = [current.token(&idp.url), next.token(&idp.url)];
        unknown += usize::from(app.status(&both[1]).await != 200);
        good += flood(&app, &idp.url, rotation * 10 + 2, 8, &both).await;
        idp.answers("/jwks", Answer::Json(set([&next])));
        clock.advance(Duration::from_secs(30));
        // Strangers trigger the fetch that lacks the old key. The key stays trusted until a refresh confirms that it is
        // gone, one minute later.
        good += flood(&app, &idp.url, rotation * 10 + 3, 8, &[next.token(&idp.url), current.token(&idp.url)]).await;
        clock.advance(Duration::from_mins(1));
        wait_for(&idp.url, &["keys changed", "kept=1", "retired=1"], rotation).await;
        good += flood(&app, &idp.url, rotation * 10 + 4, 8, &[next.token(&idp.url)]).await;
        assert_eq!(app.status(&current.token(&idp.url)).await, 401);
        current = next;
        clock.advance(Duration::from_secs(30));
    }
    let strangers = 5 * 5 * 64 * 8;
    let most = idp.most_within("/jwks", Duration::from_secs(30));
    println!(
        "five rotations during a flood under {strangers} unknown kids: {good} tokens of published keys, all 200; a new \
         key was unknown 30 s after it was published {unknown} times; {most} fetches in any 30 s at most"
    );
    assert_eq!(unknown, 0);
    assert!(most <= 2);
}
