use super::{beside, named};
use std::path::Path;

fn crates() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vocabulary"))
}

#[test]
fn a_manifest_has_a_path_or_not() {
    for (manifest, name) in [
        ("[package]\nname = \"x\"", None),
        ("[package.metadata.other]\nvocabulary = \"x\"", None),
        ("[package.metadata.auth]\nvocabulary = \"../auth.toml\"", Some(Ok("../auth.toml"))),
        ("package.metadata = { auth.vocabulary = \"names.toml\" }", Some(Ok("names.toml"))),
        (
            "[package.metadata.auth]\nvocabulary = 1",
            Some(Err("Cargo.toml: `vocabulary` in `[package.metadata.auth]` must be the path of a file")),
        ),
        // Not "no path", because names would then not be checked.
        (
            "[package.metadata]\nreleased = 2026-11-27\nauth = { vocabulary = \"x\" }",
            Some(Err("Cargo.toml:2: invalid number: if this is a date, put it in quotes")),
        ),
        (
            "[package.metadata.auth.vocabulary]\npath = \"x\"",
            Some(Err("Cargo.toml: `vocabulary` in `[package.metadata.auth]` must be the path of a file")),
        ),
        (
            "[package.metadata.auth]\nvocabulary.path = \"x\"",
            Some(Err("Cargo.toml: `vocabulary` in `[package.metadata.auth]` must be the path of a file")),
        ),
        ("[package]\nkeywords = [\"vocabulary\"]\n[package.metadata]\nreleased = 2026-11-27", None),
        ("package.metadata.auth.'vocabulary' = \"x\"", Some(Ok("x"))),
        (
            "[[package.metadata.auth]]\nvocabulary = \"x\"",
            Some(Err("Cargo.toml: `[package.metadata.auth]` must be a table")),
        ),
    ] {
        let found = named(manifest);
        let found = found.as_ref().map(|found| found.as_deref().map_err(String::as_str));
        assert_eq!(found, name, "{manifest}");
    }
}

#[test]
fn files_next_to_the_manifest_and_at_its_path_are_found() {
    let own = beside(&crates().join("valid")).expect("a vocabulary");
    assert_eq!((own.file.as_str(), own.read.len()), ("auth.toml", 1));
    let shared = beside(&crates().join("shared/one")).expect("a vocabulary");
    assert_eq!((shared.file.as_str(), shared.read.len()), ("../auth.toml", 2));
    let none = beside(&crates().join("valid/src")).expect("no vocabulary");
    assert!(none.roles.is_none() && none.read.is_empty());
}

#[test]
fn a_configured_file_must_exist() {
    let folder = crates().join("missing");
    assert_eq!(
        beside(&folder).expect_err("no such file"),
        "../nowhere.toml: this file cannot be read: entity not found"
    );
}
