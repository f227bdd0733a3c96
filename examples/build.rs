//! Says whether the tests can ask PropelAuth's own library: only where an environment with it was made.

fn main() {
    println!("cargo::rerun-if-env-changed=PROPELAUTH_VENV");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(propelauth_venv)");
    if std::env::var_os("PROPELAUTH_VENV").is_some_and(|path| std::path::Path::new(&path).join("bin/python").exists()) {
        println!("cargo::rustc-cfg=propelauth_venv");
    }
}
