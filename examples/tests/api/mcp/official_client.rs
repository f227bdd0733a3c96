//! The official TypeScript client, which shares no code with the server: it finds the issuer, logs two users in, and
//! calls tools.
//!
//! Needs Node.js 20, and `npm ci` once in `auth-runtime/tests/keys/oidc-provider` and in
//! `examples/tests/api/mcp/client`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use super::{READ, WRITE, start};
use crate::http::Request;
use crate::server::Directory;

/// A program of Node.js that is told lines, and answers each with a line.
struct Node {
    process: Child,
    told: ChildStdin,
    says: BufReader<ChildStdout>,
}

impl Node {
    fn start(folder: &str, arguments: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        assert!(folder.join("node_modules").is_dir(), "run `npm ci` in {}", folder.display());
        let mut command = Command::new("node");
        command.args(arguments).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("Node.js can be started: `node`");
        let (told, says) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        Self { process, told, says: BufReader::new(says) }
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        assert_ne!(self.says.read_line(&mut line).unwrap(), 0, "it goes on: see what `node` says");
        serde_json::from_str(&line).unwrap()
    }

    fn tell(&mut self, line: &str) -> Value {
        writeln!(self.told, "{line}").unwrap();
        self.hear()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
#[ignore = "needs Node.js 20, and `npm ci` in auth-runtime/tests/keys/oidc-provider and examples/tests/api/mcp/client"]
fn the_official_client_finds_the_issuer_gets_tokens_and_calls_tools() {
    let mut provider = Node::start("../auth-runtime/tests/keys/oidc-provider", &["provider.mjs"]);
    let issuer = provider.hear()["issuer"].as_str().unwrap().to_owned();
    let directory = Directory::new();
    let server = start(&issuer, &directory);
    let url = format!("http://127.0.0.1:{}/mcp", server.port);
    let mut client = Node::start("tests/api/mcp/client", &["client.mjs", &url]);

    // From the 401 to the metadata of the resource, to that of the issuer, to a token.
    assert_eq!(client.tell("connect ada"), json!({ "asked": [READ] }));
    assert_eq!(client.tell("tools ada"), json!(["whoami", "list_notes"]));
    let called = |text: &str, asked: &[&str]| json!({ "text": text, "asked": asked });
    assert_eq!(client.tell("call ada whoami {}"), called("ada", &[]));
    // From the 403 to a token with more scopes, in the same session.
    let session = client.tell("session ada");
    assert_eq!(client.tell(r#"call ada add_note {"text":"milk"}"#), called("added", &[WRITE]));
    assert_eq!(client.tell("session ada"), session);
    assert_eq!(client.tell(r#"call ada add_note {"text":"bread"}"#), called("added", &[]));
    assert_eq!(client.tell("tools ada"), json!(["whoami", "list_notes", "add_note"]));

    // Another user of the same client has other notes, and another session.
    assert_eq!(client.tell("connect grace"), json!({ "asked": [READ] }));
    assert_eq!(client.tell("call grace list_notes {}"), called("", &[]));
    assert_eq!(client.tell("call ada list_notes {}"), called("milk\nbread", &[]));
    let [session, token] = [session, client.tell("token grace")].map(|value| value.as_str().unwrap().to_owned());
    for method in ["POST", "GET", "DELETE"] {
        let request = Request::new(server.port, method, "/mcp").bearer(&token).header("mcp-session-id", &session);
        let request = request.header("accept", "application/json, text/event-stream").header("last-event-id", "0");
        request.json(&json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" })).send().expect(404);
    }
    assert_eq!(client.tell("tools ada"), json!(["whoami", "list_notes", "add_note"]));
    assert_eq!(client.tell("end ada"), Value::Null);
    let log = std::fs::read_to_string(directory.file("log")).unwrap();
    assert!(log.contains("add_note") && !log.contains("eyJ"), "{log}");
}
