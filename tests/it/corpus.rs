//! Replays the corpora of the fuzz targets on the stable toolchain, so that fixed bugs stay fixed.

use std::path::{Path, PathBuf};

use auth_tests::fuzz;

fn replay(target: &str, check: fn(&[u8])) {
    let directory: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut inputs = 0;
    for entry in std::fs::read_dir(&directory).unwrap() {
        check(&std::fs::read(entry.unwrap().path()).unwrap());
        inputs += 1;
    }
    println!("{target}: {inputs} inputs replayed");
    assert!(inputs >= 5, "{}", directory.display());
}

#[test]
fn the_corpus_of_token_passes() {
    replay("token", fuzz::token);
}

#[test]
fn the_corpus_of_authorization_passes() {
    replay("authorization", fuzz::authorization);
}

#[test]
fn the_corpus_of_jwks_passes() {
    replay("jwks", fuzz::jwks);
}

#[test]
fn the_corpus_of_discovery_passes() {
    replay("discovery", fuzz::discovery);
}

#[test]
fn the_corpus_of_introspection_passes() {
    replay("introspection", fuzz::introspection);
}

#[test]
fn the_corpus_of_api_key_passes() {
    replay("api_key", fuzz::api_key);
}

#[test]
fn the_corpus_of_revocation_entry_passes() {
    replay("revocation_entry", fuzz::revocation_entry);
}
