//! Scale: factors that do not affect the cost of a warm guard, the gain of a second thread, the cost of a full cache,
//! the size of a refusal's event, and the cost of starting.
#![allow(missing_docs, clippy::cast_precision_loss, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Instant;

use auth_benches::{
    ISS, Keys, ORG, Rounds, Subject, TEN_PERMISSIONS, guarded_route, guarded_routes, is_quick, median, open_route,
    open_routes, report, request, rounds, send, signed, verifier,
};
use auth_runtime::{Algorithm, TokenCache};
use auth_test_support::Listener;
use axum::Router;
use criterion::{BatchSize, Criterion};
use tracing::Subscriber;

fn main() {
    let keys = Keys::new(Algorithm::EdDSA);
    let mut criterion = Criterion::default().configure_from_args();
    growth(&keys, &mut criterion);
    criterion.final_summary();
    threads(&keys);
    memory(&keys);
    refusals(&keys);
    startup();
}

/// The cost of a warm guard with many organizations, keys and issuers, relative to one of each.
fn growth(keys: &Keys, criterion: &mut Criterion) {
    let route = |keys_beside: usize, issuers: usize| {
        let issuers = (0..issuers).map(|n| {
            if n == 0 {
                keys.issuer(ISS, keys_beside)
            } else {
                Keys::new(Algorithm::EdDSA).issuer(&format!("{ISS}/{n}"), 0)
            }
        });
        guarded_route(verifier(issuers.collect::<Vec<_>>(), TokenCache::default()))
    };
    let (small, large) = (keys.token(1, 0), keys.token(100, 0));
    let mut open = [open_route(), open_route()];
    let mut routes = [route(0, 1), route(0, 1), route(99, 1), route(0, 10)];
    let [open_small, open_large] = &mut open;
    let [one, orgs, many_keys, issuers] = &mut routes;
    let ask = |token: &str| request(ORG, Some(token));
    let subjects = [
        Subject::new("open", || ask(&small), |request| send(open_small, request)),
        Subject::new("open, large token", || ask(&large), |request| send(open_large, request)),
        Subject::new("one of each", || ask(&small), |request| assert_eq!(send(one, request), 200)),
        Subject::new("100 organizations", || ask(&large), |request| assert_eq!(send(orgs, request), 200)),
        Subject::new("100 keys", || ask(&small), |request| assert_eq!(send(many_keys, request), 200)),
        Subject::new("10 issuers", || ask(&small), |request| assert_eq!(send(issuers, request), 200)),
    ];
    let times = Rounds::of(subjects, rounds(101), 200);
    let ratio = times.median(|[open, _, one, _, keys, _]| (keys - open) / (one - open));
    report("warm guard: 100 keys / 1", ratio, "about 1");
    let ratio = times.median(|[open, _, one, .., issuers]| (issuers - open) / (one - open));
    report("warm guard: 10 issuers / 1", ratio, "about 1");
    let ratio = times.median(|[open, open_large, one, orgs, ..]| (orgs - open_large) / (one - open));
    report("warm guard: 100 organizations / 1", ratio, "by the token's bytes");
    let bytes = large.len() - small.len();
    let cost = times.median(|[open, open_large, one, orgs, ..]| (orgs - open_large) - (one - open));
    println!("  {bytes} more bytes to compare cost {cost:.0} ns");
    for (name, route, token) in
        [("one of each", one, &small), ("100 organizations", orgs, &large), ("100 keys", many_keys, &small)]
    {
        criterion.bench_function(&format!("warm, {name}"), |bencher| {
            bencher.iter_batched(|| ask(token), |request| send(route, request), BatchSize::SmallInput);
        });
    }
}

/// The requests per second of two threads, relative to one thread.
fn threads(keys: &Keys) {
    let calls = if is_quick() { 100 } else { 100_000 };
    let few = calls / 20;
    let tokens: Vec<String> = (0..2).map(|n| keys.token(2, n)).collect();
    let [a, b] = [0, 1].map(|token| tokens[token].as_str());
    let open = open_route();
    let warm = guarded_route(verifier([keys.issuer(ISS, 0)], TokenCache::default()));
    let cold = guarded_route(verifier([keys.issuer(ISS, 0)], TokenCache::disabled()));
    let (message, signature) = signed(a);
    // All cases in each round: the machine's speed may change between rounds.
    let round = || {
        let open = gain(calls, |thread| serving(&open, [a, b][thread]));
        let hot = gain(calls, |_| serving(&warm, a));
        let own = gain(calls, |thread| serving(&warm, [a, b][thread]));
        let cold = gain(few, |thread| serving(&cold, [a, b][thread]));
        let bare = gain(few, |_| {
            let (check, message, signature) = (keys.bare_check(), &message, &signature);
            move || check(message.as_bytes(), signature)
        });
        [open, hot / open, own / open, cold, bare]
    };
    let gains: Vec<[f64; 5]> = (0..rounds(15)).map(|_| round()).collect();
    let [open, hot, own, cold, bare] =
        std::array::from_fn(|figure| median(gains.iter().map(|gains| gains[figure]).collect()));
    report("two threads / one: unguarded", open, "");
    report("two threads / one: warm, one hot token, of unguarded", hot, "at least 0.9");
    report("two threads / one: warm, a token each, of unguarded", own, "at least 0.9");
    report("two threads / one: cold", cold, "at least 1.8");
    report("two threads / one: bare signature check", bare, "what the machine gives");
}

/// The work of one thread: sends its own request through its own router, again and again.
fn serving(route: &Router, token: &str) -> impl FnMut() {
    let (mut route, token) = (route.clone(), token.to_owned());
    move || {
        send(&mut route, request(ORG, Some(&token)));
    }
}

/// The calls per second of two threads with their own work, relative to one thread.
fn gain<W: FnMut()>(calls: usize, work: impl Fn(usize) -> W + Sync) -> f64 {
    let one = throughput(1, calls, &work);
    throughput(2, calls, &work) / one
}

fn throughput<W: FnMut()>(threads: usize, calls: usize, work: &(impl Fn(usize) -> W + Sync)) -> f64 {
    let barrier = Barrier::new(threads + 1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|thread| {
                let barrier = &barrier;
                scope.spawn(move || {
                    let mut work = work(thread);
                    work();
                    barrier.wait();
                    for _ in 0..calls {
                        work();
                    }
                })
            })
            .collect();
        barrier.wait();
        let begin = Instant::now();
        let count = threads.len() * calls;
        for thread in threads {
            thread.join().unwrap();
        }
        count as f64 / begin.elapsed().as_secs_f64()
    })
}

/// A million distinct tokens through a cache of fixed size: memory stays flat, and a miss costs no more than a check.
fn memory(keys: &Keys) {
    let count = if is_quick() { 1_000 } else { 1_000_000 };
    let mut full = guarded_route(verifier([keys.issuer(ISS, 0)], TokenCache::bytes(4 * 1024 * 1024)));
    let mut at_tenth = 0;
    for number in 0..count {
        assert_eq!(send(&mut full, request(ORG, Some(&keys.token(1, number)))), 200);
        if number == count / 10 {
            at_tenth = resident_kib();
        }
    }
    println!("resident after a tenth of {count} tokens {at_tenth} KiB, after all {} KiB", resident_kib());
    let mut cold = guarded_route(verifier([keys.issuer(ISS, 0)], TokenCache::disabled()));
    let (mut next, mut open) = (count, open_route());
    let subjects = [
        Subject::new("open", || request(ORG, Some("x")), |request| send(&mut open, request)),
        Subject::new(
            "miss",
            || {
                next += 1;
                request(ORG, Some(&keys.token(1, next)))
            },
            |request| assert_eq!(send(&mut full, request), 200),
        ),
        Subject::new("cold", || request(ORG, Some(&keys.token(1, 0))), |request| send(&mut cold, request)),
    ];
    let times = Rounds::of(subjects, rounds(41), 200);
    let ratio = times.median(|[open, miss, cold]| (miss - open) / (cold - open));
    report("miss of a full cache / check without one", ratio, "at most 1.1");
}

/// A log that writes each event as text and keeps the number of bytes.
#[derive(Clone, Default)]
struct Log(Arc<AtomicUsize>);

impl Log {
    fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn subscriber(&self) -> impl Subscriber + Send + Sync + use<> {
        let bytes = Arc::clone(&self.0);
        Listener::new(
            |_| true,
            move |entry| {
                bytes.fetch_add(black_box(entry.fields()).len(), Ordering::Relaxed);
            },
        )
    }
}

/// The log bytes of a refusal, and its time: ten questions about a token of 16 kB with 500 permissions, and about a
/// token with one permission.
fn refusals(keys: &Keys) {
    let (small, large) = (keys.token_with_permissions(1), keys.token_with_permissions(500));
    let route = || guarded_route(verifier([keys.issuer(ISS, 0)], TokenCache::default()));
    let log = Log::default();
    let [mut quiet, mut few, mut many] = [route(), route(), route()];
    let ask = |token: &str| request(TEN_PERMISSIONS, Some(token));
    let logged =
        |route: &mut Router, request| tracing::subscriber::with_default(log.subscriber(), || send(route, request));
    for (name, token) in [("1 permission", &small), ("500 permissions", &large)] {
        let before = log.bytes();
        assert_eq!(logged(&mut few, ask(token)), 403);
        println!("  a refusal writes {} bytes, with {name} in a token of {} bytes", log.bytes() - before, token.len());
    }
    let subjects = [
        Subject::new("no log", || ask(&large), |request| assert_eq!(send(&mut quiet, request), 403)),
        Subject::new("1 permission", || ask(&small), |request| assert_eq!(logged(&mut few, request), 403)),
        Subject::new("500 permissions", || ask(&large), |request| assert_eq!(logged(&mut many, request), 403)),
    ];
    let times = Rounds::of(subjects, rounds(41), 200);
    report("logged refusal: 500 permissions / 1", times.median(|[_, few, many]| many / few), "");
    let [quiet, few, many] = times.medians();
    println!("  not logged {quiet:.0} ns, with 1 permission {few:.0} ns, with 500 {many:.0} ns");
}

/// A thousand routes, from the first call of the router to a service that is ready.
fn startup() {
    let paths: Vec<String> = (0..1_000).map(|n| format!("/part{}/orgs{n}/{{org_id}}", n / 50)).collect();
    let subjects = [
        Subject::new("axum", || (), |()| open_routes(&paths)),
        Subject::new("guarded", || (), |()| guarded_routes(&paths)),
    ];
    let times = Rounds::of(subjects, rounds(41), 1);
    report("1,000 routes: guarded / axum", times.median(|[axum, guarded]| guarded / axum), "less than 2");
}

fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse().ok()).unwrap_or_default()
}
