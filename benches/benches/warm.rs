//! A request with a cached token: the cost of the guard, relative to a hand-written extractor.
#![allow(missing_docs, clippy::cast_precision_loss, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::time::Duration;

use auth_benches::{
    Administrators, ISS, Keys, ORG, Rounds, Subject, guarded_by_the_process, guarded_route, hand_written_route,
    open_route, report, request, rounds, send, verifier, verifier_with,
};
use auth_runtime::{Algorithm, ObserveLayer, Revocations, TokenCache, VerifierBuilder};
use axum::Router;
use criterion::Criterion;
use tower::ServiceExt as _;

fn main() {
    let keys = Keys::new(Algorithm::RS256);
    let token = keys.token(2, 0);
    let new_verifier = || verifier([keys.issuer(ISS, 0)], TokenCache::default());
    auth_runtime::init(new_verifier()).unwrap();
    let mut guarded = guarded_by_the_process();
    let mut scoped = guarded_route(new_verifier());
    let (mut open, mut hand) = (open_route(), hand_written_route(&keys));
    let stacked = ORG.replace("orgs", "stacked");
    let ask = |path: &str| request(path, Some(&token));
    assert_eq!(send(&mut guarded, ask(ORG)), 200);

    let mut guarded_too = guarded.clone();
    let mut guarded_bare = guarded.clone();
    let mut observed = guarded.clone().layer(ObserveLayer::new(|_| {}));
    let mut open_bare = open.clone();
    let subjects = [
        Subject::new("open", || ask(ORG), |request| send(&mut open, request)),
        Subject::new("guarded", || ask(ORG), |request| send(&mut guarded, request)),
        Subject::new("scoped", || ask(ORG), |request| send(&mut scoped, request)),
        Subject::new("stacked", || ask(&stacked), |request| send(&mut guarded_too, request)),
        Subject::new("by hand", || ask(ORG), |request| send(&mut hand, request)),
        Subject::new("open bare", || ask("/bare"), |request| send(&mut open_bare, request)),
        Subject::new("guarded bare", || ask("/bare"), |request| send(&mut guarded_bare, request)),
        Subject::new("observed", || ask(ORG), |request| send(&mut observed, request)),
    ];
    let times = Rounds::of(subjects, rounds(201), 500);
    let by_hand = |cost: fn([f64; 8]) -> f64| times.median(|round| (round[4] - round[0]) / cost(round));
    let ratio = by_hand(|[open, warm, ..]| warm - open);
    report("hand-written extractor / warm require_org", ratio, "at least 60, aim 100");
    let ratio = by_hand(|[open, _, scoped, ..]| scoped - open);
    report("hand-written extractor / warm, a router's verifier", ratio, "at least 60");
    let ratio = by_hand(|[.., open, bare, _]| bare - open);
    report("hand-written extractor / warm require_user", ratio, "at least 60, aim 100");
    let ratio = by_hand(|[open, _, _, stacked, ..]| stacked - open);
    report("hand-written extractor / warm, three attributes", ratio, "");
    let [open, warm, scoped, stacked, hand, open_bare, bare, observed] = times.medians();
    println!(
        "  ns: open {open:.0}, guarded {warm:.0}, scoped {scoped:.0}, stacked {stacked:.0}, by hand {hand:.0}; bare: open {open_bare:.0}, guarded {bare:.0}; observed {observed:.0}"
    );

    authority(&keys, &keys.token_for_an_hour());

    let mut open = open_route();
    let mut guarded = guarded_by_the_process();
    let mut scoped = guarded_route(new_verifier());
    let allocations = |route: &mut Router| {
        let (first, mut second) = (ask(ORG), Some(ask(ORG)));
        send(route, first);
        allocation_counter::measure(|| {
            send(route, second.take().unwrap());
        })
        .count_total
    };
    let none = allocations(&mut open);
    let [warm, scoped] = [&mut guarded, &mut scoped].map(|route| allocations(route).saturating_sub(none));
    println!("heap allocations: open {none}, warm guard {warm} more, a router's verifier {scoped} more   at most 3");

    let mut criterion = Criterion::default().configure_from_args();
    let mut run = |name: &str, route: &mut Router| {
        criterion.bench_function(name, |bencher| {
            bencher.iter_batched(|| ask(ORG), |request| send(route, request), criterion::BatchSize::SmallInput);
        });
    };
    run("unguarded", &mut open);
    run("warm guard", &mut guarded);
    criterion.final_summary();
}

/// The additional cost of a directory and of revocations for a warm guard, if both were asked before.
fn authority(keys: &Keys, token: &str) {
    // No answer gets old during the bench.
    let directory = |builder: VerifierBuilder| {
        builder.directory(Administrators).danger_directory_fresh_for(Duration::from_hours(24))
    };
    let revocations = |builder: VerifierBuilder| builder.revocations(Revocations::local());
    let with = |settings: &dyn Fn(VerifierBuilder) -> VerifierBuilder| {
        guarded_route(verifier_with([keys.issuer(ISS, 0)], TokenCache::default(), settings))
    };
    let ask = || request(ORG, Some(token));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let warmed = |route: Router| {
        // The first request asks the directory, in a task.
        let answer = runtime.block_on(route.clone().oneshot(ask())).unwrap();
        assert_eq!(answer.status(), 200);
        route
    };
    let mut neither = warmed(with(&|builder| builder));
    let mut by_directory = warmed(with(&directory));
    let mut by_revocations = warmed(with(&revocations));
    let mut both = warmed(with(&|builder| revocations(directory(builder))));
    let mut open = open_route();
    let subjects = [
        Subject::new("open", ask, |request| send(&mut open, request)),
        Subject::new("neither", ask, |request| send(&mut neither, request)),
        Subject::new("directory", ask, |request| send(&mut by_directory, request)),
        Subject::new("revocations", ask, |request| send(&mut by_revocations, request)),
        Subject::new("both", ask, |request| send(&mut both, request)),
    ];
    let times = Rounds::of(subjects, rounds(401), 500);
    let ratio = times.median(|[open, neither, .., both]| (both - open) / (neither - open));
    report("warm guard with directory and revocations / neither", ratio, "");
    let more = |subject: usize| times.median(|round| round[subject] - round[1]);
    report("ns more with a directory", more(2), "");
    report("ns more with revocations", more(3), "");
    report("ns more with both", more(4), "at most 60");
}
