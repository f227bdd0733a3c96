//! Programs that must compile, and programs that must not: each names its rule in its first line.

use std::fs;
use std::path::Path;

#[test]
fn programs_that_must_not_compile() {
    // Apart from those that run, so that these are only checked.
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}

#[test]
fn programs_that_must_compile() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}

/// Those of the macros themselves are held to the document by the tests of `auth-macros`.
#[test]
fn every_documented_error_of_rustc_is_expected_of_a_program() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let expected: Vec<String> = ["ui/fail", "vocabulary/misspelt"]
        .iter()
        .flat_map(|folder| fs::read_dir(tests.join(folder)).unwrap())
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "stderr"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let document = fs::read_to_string(tests.join("../docs/attributes.md")).unwrap();
    let block = document.split("```text\n").nth(2).and_then(|rest| rest.split("```").next()).unwrap();
    for message in block.lines() {
        // `…` is what was written.
        let is_said = |text: &String| text.lines().any(|line| message.split('…').all(|part| line.contains(part)));
        assert!(expected.iter().any(is_said), "no program expects: {message}");
    }
}
