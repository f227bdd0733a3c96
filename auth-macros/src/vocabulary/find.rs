//! Finds the file that declares the names of the current crate.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::file;
use super::names::Vocabulary;

/// The default name of the file.
const USUAL: &str = "auth.toml";

/// The vocabulary of the current crate; empty if it has no file. Returns an error in one line if its file cannot be
/// used.
pub(super) fn load() -> Result<Vocabulary, String> {
    // Without Cargo, there is no folder with a `Cargo.toml`.
    env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| Ok(Vocabulary::default()), |folder| beside(Path::new(&folder)))
}

/// The vocabulary of the crate in this folder.
fn beside(folder: &Path) -> Result<Vocabulary, String> {
    let manifest = folder.join("Cargo.toml");
    let named = fs::read_to_string(&manifest).ok().and_then(|text| named(&text)).transpose()?;
    let name = named.as_deref().unwrap_or(USUAL);
    let path = folder.join(name);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => return Ok(Vocabulary::default()),
        Err(error) => return Err(format!("{name}: this file cannot be read: {}", error.kind())),
    };
    let mut vocabulary = file::parse(&bytes).map_err(|fault| format!("{name}:{}: {}", fault.line, fault.message))?;
    name.clone_into(&mut vocabulary.file);
    // The manifest is tracked if it contains the path of the file, because the path can change.
    let manifest = named.is_some().then_some(manifest);
    for read in [path].into_iter().chain(manifest) {
        let read = read.to_str().ok_or_else(|| format!("{name}: the path of this crate is not UTF-8"))?;
        vocabulary.read.push(read.to_owned());
    }
    Ok(vocabulary)
}

/// The path in a manifest: `[package.metadata.auth] vocabulary = ".."`.
fn named(manifest: &str) -> Option<Result<String, String>> {
    // Most manifests have no path, and every attribute would parse them.
    let has_key = |line: &str| {
        let is_key = |after: &str| {
            let after = after.trim_start_matches(['"', '\'']).trim_start();
            after.starts_with(['=', '.']) || (after.starts_with(']') && line.trim_start().starts_with('['))
        };
        line.split("vocabulary").skip(1).any(is_key)
    };
    if !manifest.lines().any(has_key) {
        return None;
    }
    let manifest = match file::read(manifest) {
        Ok(manifest) => manifest,
        // Cargo has accepted it, but it may contain a date without quotes.
        Err(fault) => return Some(Err(format!("Cargo.toml:{}: {}", fault.line, fault.message))),
    };
    let table = manifest.pointer("/package/metadata/auth")?;
    if table.as_table().is_none() {
        return Some(Err("Cargo.toml: `[package.metadata.auth]` must be a table".to_owned()));
    }
    Some(match table.pointer("/vocabulary")?.as_str() {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err("Cargo.toml: `vocabulary` in `[package.metadata.auth]` must be the path of a file".to_owned()),
    })
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
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
}
