//! The first request with a token: the cost of the guard, relative to the signature check alone.
#![allow(missing_docs, clippy::cast_precision_loss, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::cell::Cell;

use auth_benches::{
    Keys, ORG, Rounds, Subject, guarded_route, hand_written_route, open_route, report, request, rounds, send, signed,
    validation, verifier,
};
use auth_runtime::{Algorithm, TokenCache};
use criterion::Criterion;
use serde_json::Value;

/// Each token is used once, because a second use could hit the cache.
const CALLS: usize = 200;
const ROUNDS: usize = 41;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for (algorithm, bound) in [
        (Algorithm::RS256, "at most 1.30, aim 1.15"),
        (Algorithm::EdDSA, "at most 1.15"),
        (Algorithm::ES256, "at most 1.12"),
        (Algorithm::HS256, ""),
    ] {
        let keys = Keys::new(algorithm);
        let tokens: Vec<String> = (0..CALLS * (rounds(ROUNDS) + 1)).map(|n| keys.token(2, n)).collect();
        measure(&keys, &tokens, bound);
        let verifier = verifier([keys.issuer(auth_benches::ISS, 0)], TokenCache::disabled());
        let mut route = guarded_route(verifier);
        criterion.bench_function(&format!("cold {algorithm:?}"), |bencher| {
            bencher.iter_batched(
                || request(ORG, Some(&tokens[0])),
                |request| send(&mut route, request),
                criterion::BatchSize::SmallInput,
            );
        });
    }
    criterion.final_summary();
}

fn measure(keys: &Keys, tokens: &[String], bound: &str) {
    let next = Cell::new(0);
    let any = || {
        next.set(next.get() + 1);
        &tokens[next.get() % tokens.len()]
    };
    // The cache is full soon. From then on, each new entry evicts another, as in a running program.
    let cache = TokenCache::bytes(2 * 1024 * 1024);
    let mut guarded = guarded_route(verifier([keys.issuer(auth_benches::ISS, 0)], cache));
    let mut unseen = tokens.iter();
    let (mut open, mut hand) = (open_route(), hand_written_route(keys));
    let (check, key, rules) = (keys.bare_check(), keys.decoding_key(), validation(keys.algorithm));
    let subjects = [
        Subject::new("open", || request(ORG, Some(any())), |request| send(&mut open, request)),
        Subject::new(
            "guarded",
            || request(ORG, Some(unseen.next().unwrap())),
            |request| assert_eq!(send(&mut guarded, request), 200),
        ),
        Subject::new("bare check", || signed(any()), |(message, signature)| check(message.as_bytes(), &signature)),
        Subject::new("by hand", || request(ORG, Some(any())), |request| assert_eq!(send(&mut hand, request), 200)),
        Subject::new(
            "decode",
            || any().clone(),
            |token| {
                std::hint::black_box(jsonwebtoken::decode::<Value>(&token, &key, &rules).unwrap());
            },
        ),
    ];
    let times = Rounds::of(subjects, rounds(ROUNDS), CALLS);
    let name = format!("{:?}", keys.algorithm);
    if keys.algorithm == Algorithm::HS256 {
        let ratio = times.median(|[open, guarded, _, _, decode]| decode / (guarded - open));
        report("HS256 jsonwebtoken::decode / cold guard", ratio, "at least 1.5");
    } else {
        let ratio = times.median(|[open, guarded, bare, ..]| (guarded - open) / bare);
        report(&format!("{name} cold guard / bare signature check"), ratio, bound);
    }
    let ratio = times.median(|[open, guarded, _, hand, _]| (hand - open) / (guarded - open));
    report(&format!("{name} hand-written extractor / cold guard"), ratio, "");
    let [open, guarded, bare, hand, decode] = times.medians();
    println!("  ns: open {open:.0}, guarded {guarded:.0}, bare check {bare:.0}, by hand {hand:.0}, decode {decode:.0}");
}
