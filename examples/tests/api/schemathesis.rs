//! Schemathesis makes requests from the API's description: some as described, some not. No response may be a server
//! error, and each must be described, with its content type and its form.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::server::{Directory, Server};

/// A change of the seed gives other requests. With this one, a run can be repeated.
const SEED: &str = "22";
const REQUESTS_EACH: &str = "20";
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

#[test]
#[cfg_attr(not(schemathesis_venv), ignore = "SCHEMATHESIS_VENV names no virtual environment with requirements.txt")]
fn every_answer_is_described() {
    let server = Server::start();
    let token = format!("Authorization: Bearer {}", server.token(&["ada"]));
    // Afterwards, this token is refused everywhere.
    let as_ada = ["--header", &token, "--exclude-path", "/api/revoke"];
    for options in [&as_ada[..], &[]] {
        let output = schemathesis(&server, &server.get("/openapi.json").expect(200).json(), options);
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
        let all = said.lines().rev().find_map(|line| line.trim().strip_suffix(" passed")?.split_once(" generated, "));
        let (generated, passed) = all.unwrap_or_else(|| panic!("{said}"));
        assert!(generated == passed && generated.parse::<u32>().unwrap() > 900, "{said}");
    }
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[test]
#[cfg_attr(not(schemathesis_venv), ignore = "SCHEMATHESIS_VENV names no virtual environment with requirements.txt")]
fn an_answer_that_is_not_described_is_found() {
    let server = Server::start();
    let mut document = server.get("/openapi.json").expect(200).json();
    let responses = document.pointer_mut("/paths/~1auth~1register/post/responses").unwrap();
    assert!(responses.as_object_mut().unwrap().remove("422").is_some());
    let output = schemathesis(&server, &document, &["--include-path", "/auth/register"]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("Undocumented status code") && said.contains("Received: 422"), "{said}");
}

fn schemathesis(server: &Server, document: &Value, options: &[&str]) -> Output {
    let environment = std::env::var("SCHEMATHESIS_VENV").expect("SCHEMATHESIS_VENV");
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(environment).join("bin/schemathesis");
    let directory = Directory::new();
    let described = directory.file("openapi.json");
    fs::write(&described, document.to_string()).unwrap();
    let mut command = Command::new(program);
    command.arg("run").arg(&described).args(["--url", &format!("http://127.0.0.1:{}", server.port)]);
    command.args(["--seed", SEED, "--max-examples", REQUESTS_EACH, "--checks", CHECKS]);
    // An earlier run does not decide.
    command.args([
        "--phases",
        "examples,coverage,fuzzing",
        "--generation-database",
        "none",
        "--generation-database",
        "none",
    ]);
    command.args(["--continue-on-failure", "--no-color", "--max-failures", "50"]).args(options);
    command.current_dir(described.parent().unwrap()).output().unwrap()
}
