//! Finds the tools for the tests: PropelAuth's own library, if there is an environment with it, and `curl`.

fn main() {
    println!("cargo::rerun-if-env-changed=PROPELAUTH_VENV");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(propelauth_venv)");
    if std::env::var_os("PROPELAUTH_VENV").is_some_and(|path| std::path::Path::new(&path).join("bin/python").exists()) {
        println!("cargo::rustc-cfg=propelauth_venv");
    }
    println!("cargo::rustc-check-cfg=cfg(has_curl)");
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&folders).map(|folder| folder.join("curl"));
    match places.find(|place| place.is_file()) {
        Some(curl) => println!("cargo::rustc-cfg=has_curl\ncargo::rerun-if-changed={}", curl.display()),
        // If the file is missing, each build looks for it again.
        None => println!("cargo::rerun-if-changed=no-curl-yet"),
    }
}
