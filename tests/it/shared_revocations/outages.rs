//! What happens while Redis is not reachable, and afterwards.

use std::time::{Duration, Instant};

use auth_runtime::testing::{TestClock, TestIssuer};
use auth_runtime::{DenialReason, RevocationError, RevocationState};
use auth_test_support::RedisServer;

use super::proxy::Proxy;
use super::{Process, shared};

/// Longer than the default of `max_stale`.
const STALE: Duration = Duration::from_millis(60_001);

fn token(issuer: &TestIssuer, jti: &str) -> String {
    issuer.token().user("ada").claim("jti", jti).expires_in(Duration::from_secs(3600)).build()
}

async fn until_ready(process: &Process, status: u16) {
    let patience = Instant::now() + Duration::from_secs(20);
    while process.ready().await != status {
        assert!(Instant::now() < patience, "never {status}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(has_redis), ignore = "needs `redis-server`")]
async fn a_process_admits_no_caller_before_it_has_read_everything() {
    let (issuer, clock) = (TestIssuer::new(), TestClock::now());
    let mut redis = RedisServer::stopped(&[]);
    let good = token(&issuer, "1");
    let strict = Process::start(&issuer, &clock, shared(&redis.url())).await;
    let lax = Process::start(&issuer, &clock, shared(&redis.url()).danger_serve_while_out()).await;
    for process in [&strict, &lax] {
        let answer = process.get(&good).await;
        assert_eq!(answer.status, 503);
        assert!(matches!(answer.denied, Some(DenialReason::Unavailable { .. })), "{answer:?}");
        assert_eq!(answer.headers["retry-after"], "1");
        assert_eq!(process.ready().await, 503);
        assert_eq!(process.verifier.health().revocations(), Some(RevocationState::Unavailable));
    }
    redis.restart();
    for process in [&strict, &lax] {
        process.until(&good, 200).await;
        until_ready(process, 200).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(has_redis), ignore = "needs `redis-server`")]
async fn a_process_that_is_cut_off_admits_until_max_stale_and_then_answers_503() {
    let (issuer, clock, redis) = (TestIssuer::new(), TestClock::now(), RedisServer::start());
    let (proxy, lax_proxy) = (Proxy::start(redis.socket()).await, Proxy::start(redis.socket()).await);
    let cut = Process::start(&issuer, &clock, shared(&proxy.url())).await;
    let lax = Process::start(&issuer, &clock, shared(&lax_proxy.url()).danger_serve_while_out()).await;
    let well = Process::start(&issuer, &clock, shared(&redis.url())).await;
    let [mine, theirs, kept] = ["mine", "theirs", "kept"].map(|jti| token(&issuer, jti));
    for process in [&cut, &lax, &well] {
        for token in [&mine, &theirs, &kept] {
            assert_eq!(process.status(token).await, 200);
        }
    }
    proxy.swallow().await;
    lax_proxy.swallow().await;
    well.revocations.revoke_token("main", "theirs").await.unwrap();
    // The revocation applies in its own process, and the error says that no other process knows it.
    assert_eq!(cut.revocations.revoke_token("main", "mine").await, Err(RevocationError::OutOfReach));
    assert_eq!((cut.status(&mine).await, cut.status(&theirs).await), (401, 200));
    clock.advance(STALE);
    for (process, statuses) in [(&cut, [401, 503, 503]), (&lax, [200, 200, 200]), (&well, [200, 401, 200])] {
        for (token, status) in [&mine, &theirs, &kept].into_iter().zip(statuses) {
            // The next read comes soon if Redis is reachable.
            process.until(token, status).await;
        }
    }
    assert_eq!((cut.ready().await, lax.ready().await), (503, 200));
    assert_eq!(lax.verifier.health().revocations(), Some(RevocationState::Stale));
    proxy.heal();
    lax_proxy.heal();
    // Both processes get what they have missed, and others get what was revoked meanwhile, before the first response.
    for process in [&cut, &lax, &well] {
        process.until(&theirs, 401).await;
        process.until(&mine, 401).await;
        process.until(&kept, 200).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(has_redis), ignore = "needs `redis-server`")]
async fn a_redis_that_has_lost_revocations_gets_them_back() {
    let (issuer, clock, mut redis) = (TestIssuer::new(), TestClock::now(), RedisServer::start());
    let (one, two) = (
        Process::start(&issuer, &clock, shared(&redis.url())).await,
        Process::start(&issuer, &clock, shared(&redis.url())).await,
    );
    let all: Vec<_> = (0..20).map(|jti| token(&issuer, &jti.to_string())).collect();
    let kept = token(&issuer, "kept");
    let mut revoked = 0;
    let losses: [(&str, &dyn Fn(&RedisServer)); 4] = [
        ("restarted empty", &|_| ()),
        ("flushed", &|redis| drop(redis.command(&[b"FLUSHALL"]))),
        ("deleted", &|redis| drop(redis.command(&[b"DEL", b"auth:revocations"]))),
        ("trimmed", &|redis| drop(redis.command(&[b"XTRIM", b"auth:revocations", b"MAXLEN", b"1"]))),
    ];
    for (loss, lose) in losses {
        for process in [&one, &two] {
            for jti in revoked..revoked + 2 {
                process.revocations.revoke_token("main", &jti.to_string()).await.unwrap();
            }
            revoked += 2;
        }
        if loss == "restarted empty" {
            redis.restart();
        }
        lose(&redis);
        // The stream has a birth, and each revocation at least once.
        let patience = Instant::now() + Duration::from_secs(20);
        while redis.command(&[b"XLEN", b"auth:revocations"]).parse::<usize>().unwrap() <= revoked {
            assert!(Instant::now() < patience, "not written back after it was {loss}");
            tokio::task::yield_now().await;
        }
        let late = Process::start(&issuer, &clock, shared(&redis.url())).await;
        for process in [&one, &two, &late] {
            for token in &all[..revoked] {
                assert_eq!(process.status(token).await, 401, "after it was {loss}");
            }
            assert_eq!(process.status(&kept).await, 200, "after it was {loss}");
        }
        // Then everything works as before.
        one.revocations.revoke_token("main", &revoked.to_string()).await.unwrap();
        late.until(&all[revoked], 401).await;
        two.until(&all[revoked], 401).await;
        revoked += 1;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(has_redis), ignore = "needs `redis-server`")]
async fn a_slow_redis_is_in_reach() {
    let (issuer, clock, redis) = (TestIssuer::new(), TestClock::now(), RedisServer::start());
    let proxy = Proxy::start(redis.socket()).await;
    let slow = Process::start(&issuer, &clock, shared(&proxy.url())).await;
    let well = Process::start(&issuer, &clock, shared(&redis.url())).await;
    let [mine, theirs, kept] = ["mine", "theirs", "kept"].map(|jti| token(&issuer, jti));
    proxy.slow_down();
    slow.revocations.revoke_token("main", "mine").await.unwrap();
    well.revocations.revoke_token("main", "theirs").await.unwrap();
    well.until(&mine, 401).await;
    slow.until(&theirs, 401).await;
    clock.advance(STALE);
    slow.until(&kept, 200).await;
}

/// A revocation completes even if its caller is canceled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(has_redis), ignore = "needs `redis-server`")]
async fn a_canceled_call_still_revokes_everywhere() {
    let (issuer, clock, redis) = (TestIssuer::new(), TestClock::now(), RedisServer::start());
    let (one, two) = (
        Process::start(&issuer, &clock, shared(&redis.url())).await,
        Process::start(&issuer, &clock, shared(&redis.url())).await,
    );
    let revocations = one.revocations.clone();
    // Polled once, and dropped.
    let revoking = revocations.revoke_token("main", "1");
    tokio::select! {
        biased;
        _ = revoking => {}
        () = std::future::ready(()) => {}
    }
    let token = token(&issuer, "1");
    assert_eq!(one.status(&token).await, 401);
    two.until(&token, 401).await;
}
