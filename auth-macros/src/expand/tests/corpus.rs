//! The corpora of the fuzz targets, replayed on the stable toolchain.

use std::path::Path;

use crate::fuzz;

fn replay(target: &str, check: fn(&[u8])) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let mut inputs = 0;
    for entry in std::fs::read_dir(directory).expect("the corpus") {
        check(&std::fs::read(entry.expect("an entry").path()).expect("an input"));
        inputs += 1;
    }
    println!("{target}: {inputs} inputs replayed");
    assert!(inputs >= 5);
}

#[test]
fn every_attribute_of_the_corpus_expands_to_a_guard() {
    replay("attribute", fuzz::attribute);
}

#[test]
fn every_auth_toml_of_the_corpus_is_accepted_or_refused_with_a_line() {
    replay("auth_toml", fuzz::auth_toml);
}
