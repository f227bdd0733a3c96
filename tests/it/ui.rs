//! Programs that must compile, and programs that must not. The first line of each names its rule.

use std::fs;
use std::path::Path;

#[test]
fn programs_that_must_not_compile() {
    // Separate from the programs that run, so that these are only checked.
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}

#[test]
fn programs_that_must_compile() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}

/// The tests of `auth-macros` compare the messages of the macros with the document.
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
        // `…` stands for the user's own text.
        let is_said = |text: &String| text.lines().any(|line| message.split('…').all(|part| line.contains(part)));
        assert!(expected.iter().any(is_said), "no program expects: {message}");
    }
}
