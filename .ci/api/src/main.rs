//! `api FILE`: prints the public API that rustdoc has written to this JSON file, one item on a line, and then the
//! crates whose types are in it.

use std::collections::BTreeSet;

use public_api::Builder;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("usage: api FILE")?;
    let api = Builder::from_rustdoc_json(file).omit_blanket_impls(true).build()?;
    let lines: Vec<_> = api.items().map(ToString::to_string).filter(|line| counts(line)).collect();
    let crates: BTreeSet<_> = lines.iter().flat_map(|line| crates(line)).collect();
    for line in &lines {
        println!("{line}");
    }
    println!("\n# Crates whose items are named above: a new major version of one of them is a breaking change.");
    for name in crates {
        println!("{name}");
    }
    Ok(())
}

/// Whether users can depend on it. `attributes` and `guide` are pages of the documentation.
fn counts(line: &str) -> bool {
    let is_page = ["attributes", "guide"].iter().any(|page| line.starts_with(&format!("pub mod auth_runtime::{page}")));
    // Of the traits that the compiler implements by itself, these two are the ones that programs need.
    let is_automatic = ["Freeze", "RefUnwindSafe", "Unpin", "UnsafeUnpin", "UnwindSafe"]
        .iter()
        .any(|name| line.contains(&format!("::{name} for ")));
    !is_page && !is_automatic
}

/// The first segment of every path in a line.
fn crates(line: &str) -> Vec<&str> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for (at, _) in line.match_indices("::") {
        let before = &line[..at];
        let start = before.rfind(|c| !is_name(c)).map_or(0, |place| place + 1);
        let is_first = !before[..start].ends_with(':');
        let name = &before[start..];
        // `str::..` is a primitive type.
        if is_first && name != "str" && name.starts_with(|c: char| c.is_lowercase() || c == '_') {
            found.push(name);
        }
    }
    found
}
