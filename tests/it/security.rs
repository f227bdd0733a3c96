//! Every test that SECURITY.md names exists.

use std::path::{Path, PathBuf};

const DOCUMENT: &str = include_str!("../../SECURITY.md");
const BAD_TOKENS: &str = include_str!("bad_tokens.rs");

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The last column of each row.
fn proofs() -> impl Iterator<Item = &'static str> {
    let rows = DOCUMENT.lines().filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'));
    rows.filter_map(|row| row.split('|').next_back()).map(str::trim)
}

/// A test module by its path, a function by its beginning and `*`, a fuzz target, a file or a directory.
fn is_there(name: &str) -> bool {
    let holds = |file: String, what: &str| std::fs::read_to_string(root().join(file)).is_ok_and(|s| s.contains(what));
    match name.split("::").collect::<Vec<_>>().as_slice() {
        ["keys", "*"] => root().join("auth-runtime/tests/keys").exists(),
        [module @ .., "tests"] => ["auth-runtime/src", "cargo-auth/src"]
            .into_iter()
            .any(|sources| holds(format!("{sources}/{}.rs", module.join("/")), "#[cfg(test)]\nmod tests")),
        ["keys", module] => holds("auth-runtime/tests/keys/main.rs".to_owned(), &format!("\nmod {module};")),
        [module @ .., "tests", function] => {
            holds(format!("auth-runtime/src/{}/tests.rs", module.join("/")), &beginning(function))
        }
        ["keys", module, function] => holds(format!("auth-runtime/tests/keys/{module}.rs"), &beginning(function)),
        [module @ .., function] if !module.is_empty() => ["tests/it", "cargo-auth/tests/it"]
            .into_iter()
            .any(|tests| holds(format!("{tests}/{}.rs", module.join("/")), &beginning(function))),
        [name] => {
            holds("tests/it/main.rs".to_owned(), &format!("\nmod {name};"))
                || fuzz_targets().iter().any(|target| target == name)
                || root().join(name).exists()
        }
        _ => false,
    }
}

fn beginning(function: &str) -> String {
    format!("fn {}", function.trim_end_matches('*'))
}

/// The fuzz targets in the manifest, which `cargo check` builds.
fn fuzz_targets() -> Vec<String> {
    let manifest = std::fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap();
    let paths = manifest.lines().filter_map(|line| line.strip_prefix("path = \"fuzz_targets/")?.strip_suffix(".rs\""));
    paths.map(str::to_owned).collect()
}

#[test]
fn every_fuzz_target_is_built_and_has_a_corpus() {
    let built = fuzz_targets();
    let files = std::fs::read_dir(root().join("fuzz/fuzz_targets")).unwrap().map(|file| file.unwrap().path());
    let mut names: Vec<String> = files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort_unstable();
    for name in &names {
        assert!(built.contains(name), "fuzz/Cargo.toml does not list `{name}`, so nothing builds it");
        assert!(root().join("fuzz/corpus").join(name).is_dir(), "`{name}` has no corpus");
    }
    assert_eq!(names.len(), built.len(), "{built:?}");
}

#[test]
fn every_test_named_in_security_md_exists() {
    let names: Vec<&str> = proofs().flat_map(|proof| proof.split('`').skip(1).step_by(2)).collect();
    let missing: Vec<_> = names.iter().filter(|name| !is_there(name)).collect();
    assert!(missing.is_empty(), "no tests: {missing:?}");
    assert!(names.len() > 50, "{names:?}");
    assert!(!is_there("nothing") && !is_there("vectors::nothing") && !is_there("keys::nothing"));
}

/// Kinds of cases are in parentheses: `bad_tokens` (exp, nbf).
#[test]
fn every_case_named_in_security_md_exists() {
    let kinds = proofs().flat_map(|proof| proof.split("`bad_tokens` (").skip(1));
    let kinds = kinds.flat_map(|rest| rest.split(')').next().unwrap_or_default().split(", "));
    let kinds: Vec<&str> = kinds.collect();
    for kind in &kinds {
        assert!(BAD_TOKENS.contains(&format!("(\"{kind}: ")), "`bad_tokens` has no case `{kind}: ..`");
    }
    assert!(kinds.len() > 15, "{kinds:?}");
}
