//! A million revocations: the memory of each, and the cost of a lookup, compared with a plain `HashMap`.
#![allow(missing_docs, clippy::cast_precision_loss, clippy::unwrap_used)]

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

use auth_benches::{is_quick, median, report, rounds};
use auth_runtime::Revocations;
use auth_runtime::testing::revocation_lookup;

fn main() {
    let count: u32 = if is_quick() { 1_000 } else { 1_000_000 };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let revocations = Revocations::local();
    let begin = Instant::now();
    let memory = allocation_counter::measure(|| {
        runtime.block_on(async {
            for jti in 0..count {
                revocations.revoke_token("main", &jti.to_string()).await.unwrap();
            }
        });
    });
    let each = |what: f64| what / f64::from(count);
    println!("{count} revocations: {:.0} ns to add one", each(begin.elapsed().as_nanos() as f64));
    println!(
        "{:.1} bytes each, {:.1} while the table grows",
        each(memory.bytes_current as f64),
        each(memory.bytes_max as f64)
    );

    // Keys and values of the same size, and the hash function of the standard library.
    let plain: HashMap<[u8; 16], [u64; 2]> =
        (0..count).map(|number| (u128::from(number).wrapping_mul(PRIME).to_be_bytes(), [0, 0])).collect();
    let absent = u128::from(count).wrapping_mul(PRIME).to_be_bytes();
    let admitted = revocation_lookup(&revocations, "main", "absent");
    let refused = revocation_lookup(&revocations, "main", "7");
    assert!(!admitted() && refused());
    // The digests of a token with `jti` and a named issuer: its text, and the issuer, `jti` and user by name and by
    // `iss`.
    let digests = f64::from(u8::try_from(DIGESTS).unwrap());
    let calls = if is_quick() { 10 } else { 10_000 };
    let time = |call: &dyn Fn() -> bool| {
        let begin = Instant::now();
        for _ in 0..calls {
            black_box(call());
        }
        begin.elapsed().as_nanos() as f64 / f64::from(calls)
    };
    let (mut tokens, mut maps, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds(101) {
        let (token, map) = (time(&admitted), time(&|| plain.contains_key(black_box(&absent))));
        tokens.push(token);
        maps.push(map);
        ratios.push(token / digests / map);
    }
    println!("{:.0} ns to look up a token that is not revoked: {digests} digests", median(tokens));
    println!("{:.0} ns for one lookup in a plain map", median(maps));
    report("one digest / one lookup in a plain map", median(ratios), "at most 1.5");
}

const PRIME: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
const DIGESTS: usize = 7;
