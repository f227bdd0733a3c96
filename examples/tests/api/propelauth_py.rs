//! Compares PropelAuth's own Python library with this API, for the same tokens.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use auth_test_support::new_key;
use serde_json::{Value, json};

use crate::server::{ADA, Server, now, sign_with};

const ORGS: [&str; 3] = ["acme", "globex", "nowhere"];
const ROUTES: [&str; 4] = ["check", "admin_only", "admin_or_owner", "billing"];

#[test]
#[cfg_attr(not(propelauth_venv), ignore = "PROPELAUTH_VENV names no virtual environment with requirements.txt")]
fn propelauths_python_library_and_the_api_agree_on_every_token() {
    let server = Server::start();
    let issuer = format!("http://127.0.0.1:{}", server.port);
    let with = |member: &str, value: Value| {
        let mut claims = server.claims(ADA);
        claims["iat"] = json!(now());
        claims[member] = value;
        server.sign(&claims)
    };
    let mut headers: Vec<String> = ["ada", "grace", "bob", "nobody"]
        .map(|user| server.token(&[user]))
        .into_iter()
        .chain(
            ["Owner", "Admin", "Member", "Auditor"].map(|role| server.token(&["zoe", "--org", "acme", "--role", role])),
        )
        .chain([
            with("email", json!("ada@example.com")),
            with("exp", json!(now() - 300)),
            with("exp", json!(now() - 30)),
            with("nbf", json!(now() + 300)),
            with("iat", json!(now() + 300)),
            with("iss", json!("http://other.example.com")),
            with("user_id", Value::Null),
            sign_with(&new_key("RS256"), "unknown", &server.claims(ADA)),
            "garbage".to_owned(),
        ])
        .map(|token| format!("Bearer {token}"))
        .collect();
    headers.extend([String::new(), "Bearer".to_owned(), "token X".to_owned(), "Bearer a b".to_owned()]);
    let key = std::fs::read_to_string(server.directory.file("example-key.pem")).unwrap();
    // Their tokens have no audience; the API's own tokens have one.
    let claims = json!({ "iss": issuer, "aud": "example-api" });
    let theirs = ask(&json!({
        "issuer": issuer, "private_key": key, "headers": headers, "orgs": ORGS, "claims": claims,
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
    assert!(admitted >= 20 && admitted < headers.len() - 8, "{admitted} of {} headers", headers.len());
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
