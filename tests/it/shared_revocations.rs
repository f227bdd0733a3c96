//! Revocations that processes share through a real Redis. Each "process" is a verifier with its own connection; the
//! tests of the example API have two real ones.

mod outages;
mod proxy;
mod rule;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use auth_runtime::testing::{TestClock, TestDirectory, TestIssuer};
use auth_runtime::{
    DenialReason, GuardedRouter, InvalidTokenReason, Membership, OrgMember, RevocationState, Revocations, User,
    Verifier, require_org, require_user, routing,
};
use auth_test_support::RedisServer;
use axum::Router;
use axum::extract::Path;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::support::{Answer, get_with, get_without};
use proxy::Proxy;

const REVOKED: Option<DenialReason> = Some(DenialReason::InvalidToken(InvalidTokenReason::Revoked));
const SECRET: &str = "0123456789abcdef0123456789abcdef";

#[require_user]
async fn whoami(user: User) -> String {
    user.id().to_owned()
}

#[require_org(role == "Admin", from = org_id)]
async fn admin(Path(org_id): Path<String>, org: OrgMember) -> String {
    assert_eq!(org_id, org.id());
    org_id
}

/// One process of an application.
struct Process {
    app: Router,
    verifier: Verifier,
    revocations: Revocations,
}

impl Process {
    async fn start(issuer: &TestIssuer, clock: &TestClock, revocations: Revocations) -> Self {
        Self::start_with(issuer, clock, revocations, TestDirectory::new()).await
    }

    async fn start_with(
        issuer: &TestIssuer,
        clock: &TestClock,
        revocations: Revocations,
        directory: TestDirectory,
    ) -> Self {
        let verifier = Verifier::builder()
            .issuer(issuer.issuer().named("main"))
            .clock(clock.clone())
            .directory(directory)
            .directory_fresh_for(Duration::from_secs(60))
            .revocations(revocations.clone())
            .build()
            .await
            .unwrap();
        let routes = GuardedRouter::new()
            .readiness("/ready")
            .route("/whoami", routing::get(whoami))
            .route("/org/{org_id}", routing::get(admin));
        Self { app: routes.guarded_by(verifier.clone()).into_router(), verifier, revocations }
    }

    async fn get(&self, token: &str) -> Answer {
        get_with(&self.app, "/whoami", token).await
    }

    async fn status(&self, token: &str) -> u16 {
        self.get(token).await.status.as_u16()
    }

    async fn ready(&self) -> u16 {
        get_without(&self.app, "/ready").await.status.as_u16()
    }

    /// Waits until the response to a token has this status, and returns the time it took.
    async fn until(&self, token: &str, status: u16) -> Duration {
        let begin = Instant::now();
        loop {
            let answer = self.get(token).await;
            if answer.status == status {
                return begin.elapsed();
            }
            assert!(begin.elapsed() < Duration::from_secs(20), "never {status}: {answer:?}");
            tokio::task::yield_now().await;
        }
    }
}

fn shared(url: &str) -> Revocations {
    Revocations::redis(url).secret(SECRET)
}

async fn four(issuer: &TestIssuer, clock: &TestClock, url: &str) -> Vec<Process> {
    let mut all = Vec::new();
    for _ in 0..4 {
        all.push(Process::start(issuer, clock, shared(url)).await);
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(has_redis), ignore = "needs `redis-server`")]
async fn all_processes_refuse_what_one_revokes_even_if_they_start_later() {
    let (issuer, clock, redis) = (TestIssuer::new(), TestClock::now(), RedisServer::start());
    let all = four(&issuer, &clock, &redis.url()).await;
    let token =
        |user: &str, jti: &str, sid: &str| issuer.token().user(user).claim("jti", jti).claim("sid", sid).build();
    let without_id = issuer.token().user("dan").build();
    let tokens =
        [token("ada", "1", "a"), token("ada", "2", "s"), without_id, token("bob", "3", "c"), token("eve", "4", "d")];
    for process in &all {
        for token in &tokens {
            assert_eq!(process.status(token).await, 200);
        }
        assert_eq!(process.verifier.health().revocations(), Some(RevocationState::Fresh));
    }
    // Each is revoked by another process.
    all[0].revocations.revoke_token("main", "1").await.unwrap();
    all[1].revocations.revoke_session("https://issuer.test", "s").await.unwrap();
    all[2].revocations.revoke(&all[2].verifier.verify(&tokens[2]).await.unwrap()).await.unwrap();
    all[3].revocations.revoke_user("main", "bob").await.unwrap();
    let mut slowest = Duration::ZERO;
    for process in &all {
        for token in &tokens[..4] {
            slowest = slowest.max(process.until(token, 401).await);
        }
        assert_eq!(process.status(&tokens[4]).await, 200);
    }
    println!("known everywhere after {slowest:?}");
    // The tokens were issued by the time of the machine, which went on while the processes started.
    let until = SystemTime::now() + Duration::from_secs(1);
    all[0].revocations.revoke_issued_before("main", until).await.unwrap();
    all[3].until(&tokens[4], 401).await;
    // A process that starts later has read them before its first response.
    let late = Process::start(&issuer, &clock, shared(&redis.url())).await;
    for token in &tokens {
        assert_eq!(late.get(token).await.denied, REVOKED);
    }
    assert_eq!(late.revocations.len(), 5);
    // Another application in the same Redis.
    let other = Process::start(&issuer, &clock, shared(&redis.url()).stream_name("other")).await;
    assert_eq!(other.status(&tokens[0]).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(has_redis), ignore = "needs `redis-server`")]
async fn a_writer_to_redis_without_the_secret_revokes_nothing_and_reads_no_id() {
    let (issuer, clock, redis) = (TestIssuer::new(), TestClock::now(), RedisServer::start());
    let process = Process::start(&issuer, &clock, shared(&redis.url())).await;
    let (ada, bob) =
        (issuer.token().user("ada-lovelace").build(), issuer.token().user("bob").claim("jti", "b").build());
    process.revocations.revoke_user("main", "ada-lovelace").await.unwrap();
    process.verifier.forget_user("main", "ada-lovelace");
    // The entries with one bit changed: they revoke nothing, and cause no panic.
    for value in [&b""[..], &[1; 49], &[255; 49], b"\x01short"] {
        redis.command(&[b"XADD", b"auth:revocations", b"*", b"revoked", value]);
        redis.command(&[b"XADD", b"auth:revocations:forgotten", b"*", b"forgotten", value]);
        redis.command(&[b"XADD", b"auth:revocations", b"*", b"a", value, b"b", value]);
    }
    process.revocations.revoke_token("main", "x").await.unwrap();
    let late = Process::start(&issuer, &clock, shared(&redis.url())).await;
    assert_eq!(late.revocations.len(), 2);
    assert_eq!((late.status(&ada).await, late.status(&bob).await), (401, 200));
    redis.command(&[b"SAVE"]);
    let dump = std::fs::read(redis.directory().join("dump.rdb")).unwrap();
    assert!(!dump.windows(8).any(|text| text == b"lovelace"), "an id is legible");
    // A process with another secret does not start: it could neither read the others' revocations nor share its own.
    for stranger in [Revocations::redis(&redis.url()).secret([9; 32]), Revocations::redis(&redis.url())] {
        let built = Verifier::builder().issuer(issuer.issuer()).revocations(stranger).build().await;
        assert_eq!(built.unwrap_err().setting(), "secret");
    }
    assert_eq!(late.status(&bob).await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(has_redis), ignore = "needs `redis-server`")]
async fn entries_are_removed_when_the_tokens_that_they_revoke_have_expired() {
    let (issuer, clock, redis) = (TestIssuer::new(), TestClock::now(), RedisServer::start());
    let life = Duration::from_secs(600);
    let process = Process::start(&issuer, &clock, shared(&redis.url()).max_token_life(life)).await;
    process.revocations.revoke_token("main", "early").await.unwrap();
    clock.advance(Duration::from_secs(300));
    process.revocations.revoke_token("main", "late").await.unwrap();
    let entries = || redis.command(&[b"XLEN", b"auth:revocations"]);
    // And the birth of the stream.
    assert_eq!(entries(), "3");
    for (seconds, left, kept) in [(901, "2", 1), (300, "1", 0)] {
        clock.advance(Duration::from_secs(seconds));
        let patience = Instant::now() + Duration::from_secs(20);
        while (entries(), process.revocations.len()) != (left.to_owned(), kept) {
            assert!(Instant::now() < patience, "{} entries, {} kept", entries(), process.revocations.len());
            tokio::task::yield_now().await;
        }
    }
    // The stream is still the same one.
    process.revocations.revoke_token("main", "new").await.unwrap();
    assert_eq!(entries(), "2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(has_redis), ignore = "needs `redis-server`")]
async fn all_processes_forget_what_one_forgets_of_the_directory() {
    let (issuer, clock, redis, directory) =
        (TestIssuer::new(), TestClock::now(), RedisServer::start(), TestDirectory::new());
    let start = || Process::start_with(&issuer, &clock, shared(&redis.url()), directory.clone());
    let (one, two) = (start().await, start().await);
    let token = issuer.token().user("ada").build();
    let admin = async |process: &Process| get_with(&process.app, "/org/acme", &token).await.status.as_u16();
    let until = async |process: &Process, status: u16| {
        let patience = Instant::now() + Duration::from_secs(20);
        while admin(process).await != status {
            assert!(Instant::now() < patience, "never {status}");
            tokio::task::yield_now().await;
        }
    };
    directory.member("ada", Membership::new("acme", "Admin"));
    assert_eq!((admin(&one).await, admin(&two).await), (200, 200));
    // Kept for 60 s, and the clock stands still.
    directory.remove("ada", "acme");
    assert_eq!((admin(&one).await, admin(&two).await), (200, 200));
    one.verifier.forget_user("https://issuer.test", "ada");
    assert_eq!(admin(&one).await, 403);
    until(&two, 403).await;
    directory.member("ada", Membership::new("acme", "Admin"));
    two.verifier.forget_org("acme");
    until(&one, 200).await;
}

#[tokio::test]
async fn bad_settings_are_named_and_no_url_is_shown() {
    let issuer = TestIssuer::new();
    let long = Duration::from_secs(3601);
    let local = Revocations::local;
    let redis = |url: &str| Revocations::redis(url);
    for (revocations, setting) in [
        (redis("hush"), "redis"),
        (redis("redis://:hush@"), "redis"),
        (redis("http://hush@127.0.0.1"), "redis"),
        (redis("redis://:hush@10.0.0.1:6379").secret(SECRET), "redis"),
        (redis("rediss://:hush@redis.example.com"), "secret"),
        (redis("redis://:hush@10.0.0.1").danger_plain_redis(), "secret"),
        (redis("redis://:hush@127.0.0.1").secret("hush"), "secret"),
        (redis("redis://:hush@127.0.0.1").stream_name(""), "stream_name"),
        (redis("redis://:hush@127.0.0.1").max_stale(Duration::from_millis(999)), "max_stale"),
        (redis("redis://:hush@127.0.0.1").max_stale(long), "max_stale"),
        (redis("redis://:hush@127.0.0.1").max_token_life(Duration::from_secs(1)), "max_token_life"),
        (local().secret(SECRET), "secret"),
        (local().max_stale(Duration::from_secs(5)), "max_stale"),
        (local().danger_serve_while_out(), "danger_serve_while_out"),
        (local().danger_plain_redis(), "danger_plain_redis"),
        (local().stream_name("x"), "stream_name"),
    ] {
        let shown = format!("{revocations:?}");
        let error = Verifier::builder().issuer(issuer.issuer()).revocations(revocations).build().await.unwrap_err();
        assert_eq!(error.setting(), setting, "{error}");
        assert!(!format!("{shown} {error} {error:?}").contains("hush"), "{shown} {error:?}");
    }
}

/// A server whose certificate is not trusted gets no password, and its replies are not used.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_with_an_unknown_certificate_is_out_of_reach() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certified.cert.der().clone()], key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("rediss://:hush@localhost:{}", listener.local_addr().unwrap().port());
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        TlsAcceptor::from(Arc::new(config)).accept(stream).await.map(drop).map_err(|error| error.to_string())
    });
    let (issuer, clock) = (TestIssuer::new(), TestClock::now());
    let process = Process::start(&issuer, &clock, shared(&url).danger_serve_while_out()).await;
    let refused = server.await.unwrap().unwrap_err();
    assert!(refused.contains("ertificate") || refused.contains("UnknownCA"), "{refused}");
    assert_eq!(process.status(&issuer.token().user("ada").build()).await, 503);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg_attr(not(has_redis), ignore = "needs `redis-server`")]
async fn a_password_is_sent_to_redis_and_shown_nowhere() {
    let (issuer, clock) = (TestIssuer::new(), TestClock::now());
    let redis = RedisServer::start_with(&["--requirepass", "hush#hush"]);
    let proxy = Proxy::start(redis.socket()).await;
    let url = |password: &str| proxy.url().replacen("redis://", &format!("redis://:{password}@"), 1);
    let right = Process::start(&issuer, &clock, shared(&url("hush%23hush"))).await;
    let token = issuer.token().user("ada").build();
    assert_eq!((right.status(&token).await, right.ready().await), (200, 200));
    right.revocations.revoke_user("main", "ada").await.unwrap();
    for wrong in ["hush", ""] {
        let wrong = Process::start(&issuer, &clock, shared(&url(wrong))).await;
        let answer = wrong.get(&issuer.token().user("bob").build()).await;
        assert_eq!((answer.status.as_u16(), wrong.ready().await), (503, 503));
        for text in [format!("{:?} {:?}", wrong.verifier, wrong.revocations), answer.body, answer.explanation] {
            assert!(!text.contains("hush"), "{text}");
        }
    }
}
