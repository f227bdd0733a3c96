//! Runs a number of checks of one kind, for a profiler: `checks (open|warm|cold|unseen|directory|revocations|both)
//! ALGORITHM NUMBER`. The last three kinds are warm ones, of a verifier with a directory, with revocations, or with
//! both.
//!
//! The difference between two numbers is the cost of the checks, without the setup.
#![allow(clippy::expect_used, clippy::panic)]

use std::time::Duration;

use auth_benches::{Administrators, ISS, Keys, ORG, guarded_route, open_route, request, send, verifier_with};
use auth_runtime::{Algorithm, Revocations, TokenCache, VerifierBuilder};
use axum::http::StatusCode;
use tower::ServiceExt as _;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, algorithm, number] = arguments.as_slice() else {
        panic!("usage: checks (open|warm|cold|unseen|directory|revocations|both) (RS256|ES256|EdDSA|HS256) NUMBER")
    };
    let algorithm: Algorithm = algorithm.parse().expect("an algorithm");
    let number: usize = number.parse().expect("a number");
    let keys = Keys::new(algorithm);
    let token = keys.token_for_an_hour();
    let cache = match kind.as_str() {
        "cold" => TokenCache::disabled(),
        // Too small for the tokens that take turns: each one is evicted before it returns.
        "unseen" => TokenCache::bytes(2 * 1024 * 1024),
        _ => TokenCache::default(),
    };
    let (by_directory, by_revocations) = (["directory", "both"], ["revocations", "both"]);
    let settings = |mut builder: VerifierBuilder| {
        if by_directory.contains(&kind.as_str()) {
            builder = builder.directory(Administrators).danger_directory_fresh_for(Duration::from_hours(24));
        }
        if by_revocations.contains(&kind.as_str()) {
            builder = builder.revocations(Revocations::local());
        }
        builder
    };
    let mut route = match kind.as_str() {
        "open" => open_route(),
        _ => guarded_route(verifier_with([keys.issuer(ISS, 0)], cache, settings)),
    };
    let tokens: Vec<String> =
        if kind == "unseen" { (0..number.min(10_000)).map(|n| keys.token(2, n)).collect() } else { vec![token] };
    if by_directory.contains(&kind.as_str()) {
        // The first request asks the directory, in a task.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let asked = runtime.block_on(route.clone().oneshot(request(ORG, tokens.first().map(String::as_str))));
        assert_eq!(asked.map(|answer| answer.status()), Ok(StatusCode::OK));
    }
    for token in tokens.iter().cycle().take(number) {
        assert_eq!(send(&mut route, request(ORG, Some(token))), 200);
    }
}
