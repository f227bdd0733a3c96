//! So many checks of one kind, for a profiler: `checks (open|warm|cold) ALGORITHM NUMBER`.
//!
//! The difference between two numbers is what the checks cost, without the setting up.
#![allow(clippy::expect_used, clippy::panic)]

use auth_benches::{ISS, Keys, ORG, guarded_route, open_route, request, send, verifier};
use auth_runtime::{Algorithm, TokenCache};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, algorithm, number] = arguments.as_slice() else {
        panic!("usage: checks (open|warm|cold) (RS256|ES256|EdDSA|HS256) NUMBER")
    };
    let algorithm: Algorithm = algorithm.parse().expect("an algorithm");
    let number: usize = number.parse().expect("a number");
    let keys = Keys::new(algorithm);
    let token = keys.token(2, 0);
    let cache = if kind == "cold" { TokenCache::disabled() } else { TokenCache::default() };
    let mut route = if kind == "open" { open_route() } else { guarded_route(verifier([keys.issuer(ISS, 0)], cache)) };
    for _ in 0..number {
        assert_eq!(send(&mut route, request(ORG, Some(&token))), 200);
    }
}
