//! Finds the published test vectors that no crate contains, and `redis-server`.
//!
//! The vectors are read in place and are not part of the repository. If something is missing, the tests that need it
//! are reported as ignored.

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
    println!("cargo:rustc-check-cfg=cfg(has_redis)");
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&folders).map(|folder| folder.join("redis-server"));
    match places.find(|place| place.is_file()) {
        Some(server) => println!("cargo:rustc-cfg=has_redis\ncargo:rerun-if-changed={}", server.display()),
        // If the file is missing, each build looks for it again.
        None => println!("cargo:rerun-if-changed=no-redis-server-yet"),
    }
}
