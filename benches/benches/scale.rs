//! What a warm guard does not grow with, what two threads gain, what a full cache costs, and what starting does.
#![allow(missing_docs, clippy::cast_precision_loss, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::sync::Barrier;
use std::time::Instant;

use auth_benches::{
    ISS, Keys, ORG, Subject, guarded_route, guarded_routes, interleaved, is_quick, open_route, open_routes, report,
    request, rounds, send, verifier,
};
use auth_runtime::{Algorithm, TokenCache};
use axum::Router;
use criterion::{BatchSize, Criterion};

fn main() {
    let keys = Keys::new(Algorithm::EdDSA);
    let mut criterion = Criterion::default().configure_from_args();
    growth(&keys, &mut criterion);
    criterion.final_summary();
    threads(&keys);
    memory(&keys);
    startup();
}

/// The cost of a warm guard with many organisations, keys and issuers, against that with one.
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
    let mut subjects = [
        Subject::new("open", || ask(&small), |request| send(open_small, request)),
        Subject::new("open, large token", || ask(&large), |request| send(open_large, request)),
        Subject::new("one of each", || ask(&small), |request| assert_eq!(send(one, request), 200)),
        Subject::new("100 organisations", || ask(&large), |request| assert_eq!(send(orgs, request), 200)),
        Subject::new("100 keys", || ask(&small), |request| assert_eq!(send(many_keys, request), 200)),
        Subject::new("10 issuers", || ask(&small), |request| assert_eq!(send(issuers, request), 200)),
    ];
    let times = interleaved(&mut subjects, rounds(101), 200);
    let [open, open_large, one_ns, orgs_ns, keys_ns, issuers_ns] = times.as_slice() else { unreachable!() };
    let cost = one_ns - open;
    report("warm guard: 100 keys / 1", (keys_ns - open) / cost, "about 1");
    report("warm guard: 10 issuers / 1", (issuers_ns - open) / cost, "about 1");
    report("warm guard: 100 organisations / 1", (orgs_ns - open_large) / cost, "by the token's bytes");
    let bytes = large.len() - small.len();
    println!("  {bytes} more bytes to compare cost {:.0} ns", (orgs_ns - open_large) - cost);
    drop(subjects);
    for (name, route, token) in
        [("one of each", one, &small), ("100 organisations", orgs, &large), ("100 keys", many_keys, &small)]
    {
        criterion.bench_function(&format!("warm, {name}"), |bencher| {
            bencher.iter_batched(|| ask(token), |request| send(route, request), BatchSize::SmallInput);
        });
    }
}

/// How many requests a second two threads serve, in units of what one does.
fn threads(keys: &Keys) {
    let calls = if is_quick() { 100 } else { 100_000 };
    let tokens: Vec<String> = (0..2).map(|n| keys.token(2, n)).collect();
    let warm = guarded_route(verifier([keys.issuer(ISS, 0)], TokenCache::default()));
    let cold = guarded_route(verifier([keys.issuer(ISS, 0)], TokenCache::disabled()));
    let gain = |route: &Router, tokens: [&str; 2], calls: usize| {
        let one = throughput(route, &tokens[..1], calls);
        throughput(route, &tokens, calls) / one
    };
    let median_of = |measure: &dyn Fn() -> f64| {
        let mut gains: Vec<f64> = (0..rounds(9)).map(|_| measure()).collect();
        gains.sort_by(f64::total_cmp);
        gains[gains.len() / 2]
    };
    let (a, b) = (tokens[0].as_str(), tokens[1].as_str());
    let open = open_route();
    let open = median_of(&|| gain(&open, [a, b], calls));
    let hot = median_of(&|| gain(&warm, [a, a], calls));
    let own = median_of(&|| gain(&warm, [a, b], calls));
    let cold = median_of(&|| gain(&cold, [a, b], calls / 20));
    report("two threads / one: unguarded", open, "");
    report("two threads / one: warm, one hot token, of unguarded", hot / open, "at least 0.9");
    report("two threads / one: warm, a token each, of unguarded", own / open, "at least 0.9");
    report("two threads / one: cold", cold, "at least 1.8");
}

fn throughput(route: &Router, tokens: &[&str], calls: usize) -> f64 {
    let barrier = Barrier::new(tokens.len() + 1);
    std::thread::scope(|scope| {
        let threads: Vec<_> = tokens
            .iter()
            .map(|token| {
                let (mut route, barrier) = (route.clone(), &barrier);
                scope.spawn(move || {
                    send(&mut route, request(ORG, Some(token)));
                    barrier.wait();
                    for _ in 0..calls {
                        send(&mut route, request(ORG, Some(token)));
                    }
                })
            })
            .collect();
        barrier.wait();
        let begin = Instant::now();
        for thread in threads {
            thread.join().unwrap();
        }
        (tokens.len() * calls) as f64 / begin.elapsed().as_secs_f64()
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
    let mut subjects = [
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
    let times = interleaved(&mut subjects, rounds(41), 200);
    let [open, miss, cold] = times.as_slice() else { unreachable!() };
    report("miss of a full cache / check without one", (miss - open) / (cold - open), "at most 1.1");
}

/// A thousand routes, from the first call to the router to serve.
fn startup() {
    let paths: Vec<String> = (0..1_000).map(|n| format!("/part{}/orgs{n}/{{org_id}}", n / 50)).collect();
    let mut subjects = [
        Subject::new("axum", || (), |()| open_routes(&paths)),
        Subject::new("guarded", || (), |()| guarded_routes(&paths)),
    ];
    let times = interleaved(&mut subjects, rounds(41), 1);
    report("1,000 routes: guarded / axum", times[1] / times[0], "less than 2");
}

fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse().ok()).unwrap_or_default()
}
