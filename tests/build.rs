//! Finds the published test vectors that no crate contains.
//!
//! They are read in place and are not part of the repository. If they are missing, the tests that need them are
//! reported as ignored.

use std::path::PathBuf;

fn main() {
    println!("cargo:rustc-check-cfg=cfg(vectors)");
    println!("cargo:rerun-if-env-changed=AUTH_VECTORS");
    println!("cargo:rerun-if-changed=build.rs");
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let beside = manifest.join("../../shared/vectors");
    let directory = std::env::var_os("AUTH_VECTORS").map_or(beside, PathBuf::from);
    println!("cargo:rerun-if-changed={}", directory.display());
    if directory.join("wycheproof").is_dir() {
        println!("cargo:rustc-cfg=vectors");
    }
    println!("cargo:rustc-env=AUTH_VECTORS={}", directory.display());
}
