//! Finds the tools for the tests: PropelAuth's own library and Schemathesis, if there are environments with them,
//! `curl`, and `redis-server`.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for (variable, program, found) in
        [("PROPELAUTH_VENV", "python", "propelauth_venv"), ("SCHEMATHESIS_VENV", "schemathesis", "schemathesis_venv")]
    {
        println!("cargo::rerun-if-env-changed={variable}");
        println!("cargo::rustc-check-cfg=cfg({found})");
        if std::env::var_os(variable).is_some_and(|path| Path::new(&path).join("bin").join(program).exists()) {
            println!("cargo::rustc-cfg={found}");
        }
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
