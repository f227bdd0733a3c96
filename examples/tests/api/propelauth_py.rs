//! Compares PropelAuth's own Python library with this API, for the same tokens.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use auth_test_support::{RsaPem, new_key};
use aws_lc_rs::rsa::KeySize;
use serde_json::{Value, json};

use crate::server::{ADA, Directory, Server, now, sign_with};

const ORGS: [&str; 3] = ["acme", "globex", "nowhere"];
const ROUTES: [&str; 4] = ["check", "admin_only", "admin_or_owner", "billing"];

const ISSUER: &str = "https://auth.example.com";

/// A membership in `acme`. A role includes those after it.
fn member(roles: &[&str], permissions: &[&str]) -> Value {
    json!({ "acme": {
        "org_id": "acme", "org_name": "Acme", "org_metadata": {}, "url_safe_org_name": "acme",
        "org_role_structure": "single_role_in_hierarchy", "user_role": roles[0],
        "inherited_user_roles_plus_current_role": roles, "user_permissions": permissions, "additional_roles": [],
    }})
}

#[test]
#[cfg_attr(not(propelauth_venv), ignore = "PROPELAUTH_VENV names no virtual environment with requirements.txt")]
fn propelauths_python_library_and_the_api_agree_on_every_token() {
    let pem = RsaPem::new(KeySize::Rsa2048);
    let key = pem.signing_key();
    let environment = [
        ("PROPELAUTH_AUTH_URL", ISSUER),
        ("PROPELAUTH_API_KEY", "not needed where the key is given"),
        ("PROPELAUTH_VERIFIER_KEY", &pem.public),
    ];
    let server = Server::start_with(Directory::used(), &environment);
    let claims = |user: &str, orgs: &Value| {
        let iat = now();
        json!({ "iss": ISSUER, "user_id": user, "iat": iat, "exp": iat + 600, "org_id_to_org_member_info": orgs })
    };
    let sign = |claims: &Value| sign_with(&key, "theirs", claims);
    let with = |name: &str, value: Value| {
        let mut claims = claims(ADA, &member(&["Member"], &[]));
        claims[name] = value;
        sign(&claims)
    };
    let order = ["Owner", "Admin", "Member"];
    let billing = ["can_view_billing"];
    let mut headers: Vec<String> = (0..3)
        .flat_map(|rank| [member(&order[rank..], &billing), member(&order[rank..], &[])])
        .chain([member(&["Auditor"], &[]), json!({}), Value::Null])
        .map(|orgs| sign(&claims("zoe", &orgs)))
        .chain([
            with("email", json!("ada@example.com")),
            with("exp", json!(now() - 300)),
            with("exp", json!(now() - 30)),
            with("nbf", json!(now() + 300)),
            with("iat", json!(now() + 300)),
            with("iss", json!("http://other.example.com")),
            with("user_id", Value::Null),
            sign_with(&new_key("RS256"), "unknown", &claims(ADA, &member(&order, &[]))),
            "garbage".to_owned(),
        ])
        .map(|token| format!("Bearer {token}"))
        .collect();
    headers.extend([String::new(), "Bearer".to_owned(), "token X".to_owned(), "Bearer a b".to_owned()]);
    let theirs = ask(&json!({
        "issuer": ISSUER, "private_key": pem.private, "headers": headers, "orgs": ORGS, "claims": { "iss": ISSUER },
    }));
    headers
        .extend(theirs["minted"].as_array().unwrap().iter().map(|token| format!("Bearer {}", token.as_str().unwrap())));
    assert!(headers.len() > 30, "some of theirs and some of ours");

    for (n, header) in headers.iter().enumerate() {
        let get = |path: &str| server.request("GET", path).header("authorization", header).send();
        let whoami = get("/api/whoami");
        let user = if whoami.status == 200 { whoami.json()["user_id"].clone() } else { Value::Null };
        assert_eq!(user, theirs["users"][n], "header {n}");
        for (o, org) in ORGS.iter().enumerate() {
            let ours = ROUTES.map(|route| get(&format!("/api/org/{org}/{route}")).status == 200);
            assert_eq!(json!(ours), theirs["answers"][n][o], "header {n}, {org}: {ROUTES:?}");
        }
    }
    let admitted = theirs["users"].as_array().unwrap().iter().filter(|user| user.is_string()).count();
    assert!(admitted >= 18 && admitted < headers.len() - 8, "{admitted} of {} headers", headers.len());
}

/// The results of their library.
fn ask(request: &Value) -> Value {
    let environment = std::env::var("PROPELAUTH_VENV").expect("PROPELAUTH_VENV");
    let mut command = Command::new(Path::new(&environment).join("bin/python"));
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api/propelauth_py/answers.py"));
    let mut python = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    python.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}
