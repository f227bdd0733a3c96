//! The corpus of the fuzz target, replayed on the stable toolchain.

use std::path::Path;

#[path = "../../../fuzz/src/attribute.rs"]
mod attribute;

#[test]
fn every_input_comes_out_as_code_and_a_guard() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/attribute");
    let mut inputs = 0;
    for entry in std::fs::read_dir(&directory).expect("the corpus") {
        attribute::attribute(&std::fs::read(entry.expect("an entry").path()).expect("an input"));
        inputs += 1;
    }
    println!("{inputs} inputs replayed");
    assert!(inputs >= 10);
}
