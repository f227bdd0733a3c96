//! Finds the tools for the tests: PropelAuth's own library, if there is an environment with it, `curl`, and
//! `redis-server`.

fn main() {
    println!("cargo::rerun-if-env-changed=PROPELAUTH_VENV");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(propelauth_venv)");
    if std::env::var_os("PROPELAUTH_VENV").is_some_and(|path| std::path::Path::new(&path).join("bin/python").exists()) {
        println!("cargo::rustc-cfg=propelauth_venv");
    }
    for (program, found) in [("curl", "has_curl"), ("redis-server", "has_redis")] {
        println!("cargo::rustc-check-cfg=cfg({found})");
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let mut places = std::env::split_paths(&folders).map(|folder| folder.join(program));
        match places.find(|place| place.is_file()) {
            Some(place) => println!("cargo::rustc-cfg={found}\ncargo::rerun-if-changed={}", place.display()),
            // If the file is missing, each build looks for it again.
            None => println!("cargo::rerun-if-changed=no-{program}-yet"),
        }
    }
}
