//! Runs a number of checks of one kind, for a profiler: `checks (open|warm|cold|unseen) ALGORITHM NUMBER`.
//!
//! The difference between two numbers is the cost of the checks, without the setup.
#![allow(clippy::expect_used, clippy::panic)]

use auth_benches::{ISS, Keys, ORG, guarded_route, open_route, request, send, verifier};
use auth_runtime::{Algorithm, TokenCache};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, algorithm, number] = arguments.as_slice() else {
        panic!("usage: checks (open|warm|cold|unseen) (RS256|ES256|EdDSA|HS256) NUMBER")
    };
    let algorithm: Algorithm = algorithm.parse().expect("an algorithm");
    let number: usize = number.parse().expect("a number");
    let keys = Keys::new(algorithm);
    let token = keys.token(2, 0);
    let cache = match kind.as_str() {
        "cold" => TokenCache::disabled(),
        // Too small for the tokens that take turns: each one is evicted before it returns.
        "unseen" => TokenCache::bytes(2 * 1024 * 1024),
        _ => TokenCache::default(),
    };
    let mut route = if kind == "open" { open_route() } else { guarded_route(verifier([keys.issuer(ISS, 0)], cache)) };
    let tokens: Vec<String> =
        if kind == "unseen" { (0..number.min(10_000)).map(|n| keys.token(2, n)).collect() } else { vec![token] };
    for token in tokens.iter().cycle().take(number) {
        assert_eq!(send(&mut route, request(ORG, Some(token))), 200);
    }
}
