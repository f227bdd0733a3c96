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
mod tests;
