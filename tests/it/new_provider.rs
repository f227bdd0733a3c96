//! Adding an identity provider takes one file and one line, in the library and in a program.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use auth_runtime::{GuardedRouter, Issuer, OrgMember, Verifier, require_org, routing};
use axum::body::Body;
use axum::extract::Path as UrlPath;
use axum::http::Request;
use serde_json::{Value, json};

use crate::support::{NOW, Signer, clock, send};

/// The contents of the file of a program's own provider.
mod acme {
    use auth_runtime::Issuer;

    pub trait Acme {
        /// Acme's tokens for a client: workspaces, with one role in each, and `kind`, the purpose of the token.
        fn acme(client_id: &str, keys: String) -> Issuer;
    }

    impl Acme for Issuer {
        fn acme(client_id: &str, keys: String) -> Issuer {
            Issuer::jwks("https://id.acme.test", client_id, keys)
                .also_issuer_claim("acme.test")
                .user_id_from("/acme/user")
                .org_from("/acme/workspace")
                .org_role_from("/acme/role")
                .permissions_from("/acme/can")
                .require_claim("kind", ["access"])
        }
    }
}

use acme::Acme as _;

#[require_org(role == "Admin" && permission("write"), from = workspace)]
async fn write(UrlPath(workspace): UrlPath<String>, org: OrgMember) -> String {
    format!("{workspace} {}", org.id())
}

#[tokio::test]
async fn a_custom_provider_needs_only_the_public_api() {
    let signer = Signer::new("EdDSA", "k");
    let issuer = Issuer::acme("web", json!({ "keys": [signer.jwk()] }).to_string());
    let verifier = Verifier::builder().issuer(issuer).clock(clock(NOW)).build().await.unwrap();
    let app = GuardedRouter::new().route("/{workspace}", routing::get(write)).guarded_by(verifier).into_router();
    let good = || {
        json!({
            "iss": "acme.test", "aud": "web", "exp": NOW + 60, "kind": "access",
            "acme": { "user": 7, "workspace": "w1", "role": "Admin", "can": "read write" },
        })
    };
    let with = |pointer: &str, value: Value| {
        let mut claims = good();
        *claims.pointer_mut(pointer).unwrap() = value;
        claims
    };
    for (claims, expected) in [
        (good(), 200),
        (with("/kind", json!("id")), 401),
        (with("/aud", json!("mobile")), 401),
        (with("/iss", json!("https://other.test")), 401),
        (with("/acme/user", Value::Null), 401),
        (with("/acme/workspace", json!("w2")), 403),
        (with("/acme/role", json!("Member")), 403),
        (with("/acme/can", json!("read")), 403),
        (with("/acme/can", json!(1)), 401),
    ] {
        let bearer = format!("Bearer {}", signer.token(&claims));
        let answer = send(&app, Request::get("/w1").header("authorization", bearer).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, expected, "{claims}: {answer:?}");
    }
}

/// Everything about a provider is in its file, and one other line names the file. `provider/acme.rs` is a provider that
/// does not exist: the unit tests of the library compile it, fill an identity from its claims, apply its rules to its
/// tokens, and read its explanation of a failed start. No other file of the library may name it, or any other provider.
#[test]
fn a_provider_of_the_library_is_one_file_and_one_line() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../auth-runtime/src");
    let list = fs::read_to_string(source.join("provider.rs")).unwrap();
    let named: BTreeSet<&str> = list.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')).collect();
    let files: BTreeSet<String> = fs::read_dir(source.join("provider"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(named, files.iter().map(String::as_str).collect());
    assert!(named.len() >= 6 && named.contains("acme"), "{named:?}");
    // The tokens of tests have the claims of several providers, and PropelAuth's way to publish keys has its own
    // reader.
    let is_exempt = |path: &Path| path.starts_with(source.join("provider")) || path.starts_with(source.join("testing"));
    for path in rust_files(&source).into_iter().filter(|path| !is_exempt(path)) {
        if [source.join("provider.rs"), source.join("testing.rs")].contains(&path) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default().lines();
        for line in code.filter(|line| !line.trim_start().starts_with("//")) {
            for provider in named
                .iter()
                .filter(|provider| !["introspection", "kinds", "oidc", "shared", "testing"].contains(provider))
            {
                assert!(!line.to_lowercase().contains(provider), "{} knows `{provider}`: {line}", path.display());
            }
        }
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.is_dir() {
            true => rust_files(&path),
            false => vec![path],
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs"))
        .collect()
}
