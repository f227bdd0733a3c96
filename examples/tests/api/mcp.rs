//! The MCP server: over plain HTTP, and with the official client against a real identity provider.

mod official_client;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::{Answer, Request};
use crate::issuer::Standin;
use crate::programs::{Program, rest};
use crate::server::{Directory, now};

/// The newest version of MCP with sessions, and one without.
const WITH_SESSIONS: &str = "2025-06-18";
const WITHOUT_SESSIONS: &str = "2026-07-28";

const READ: &str = "notes:read";
const WRITE: &str = "notes:read notes:write";

struct Mcp {
    program: Program,
    issuer: Standin,
    directory: Directory,
}

impl Mcp {
    fn start() -> Self {
        let (issuer, directory) = (Standin::start(""), Directory::new());
        let program = start(&issuer.url, &directory);
        Self { program, issuer, directory }
    }

    fn resource(&self) -> String {
        format!("http://127.0.0.1:{}/mcp", self.program.port)
    }

    fn token(&self, user: &str, scope: &str) -> String {
        self.issuer.sign(&json!({ "sub": user, "scope": scope, "aud": self.resource() }))
    }

    fn request(&self, method: &'static str, token: &str) -> Request {
        let request = Request::new(self.program.port, method, "/mcp").bearer(token);
        request.header("accept", "application/json, text/event-stream")
    }

    /// Begins a session, and gives its id.
    fn begin(&self, token: &str) -> String {
        let client = json!({ "name": "test", "version": "1" });
        let params = json!({ "protocolVersion": WITH_SESSIONS, "capabilities": {}, "clientInfo": client });
        let body = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params });
        let answer = self.request("POST", token).json(&body).send().expect(200);
        let session = answer.header("mcp-session-id").unwrap().to_owned();
        let body = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        self.request("POST", token).header("mcp-session-id", &session).json(&body).send().expect(202);
        session
    }

    /// In a session, or without one by a version that has none.
    fn send(&self, token: &str, session: Option<&str>, method: &str, mut params: Value) -> Answer {
        let mut request = self.request("POST", token);
        if let Some(session) = session {
            request = request.header("mcp-session-id", session).header("mcp-protocol-version", WITH_SESSIONS);
        } else {
            let names = ["protocolVersion", "clientInfo", "clientCapabilities"];
            let values = [json!(WITHOUT_SESSIONS), json!({ "name": "test", "version": "1" }), json!({})];
            let meta = names.map(|name| format!("io.modelcontextprotocol/{name}")).into_iter().zip(values);
            params["_meta"] = Value::Object(meta.collect());
            request = request.header("mcp-protocol-version", WITHOUT_SESSIONS).header("mcp-method", method);
            if let Some(name) = params["name"].as_str() {
                request = request.header("mcp-name", name);
            }
        }
        request.json(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })).send()
    }

    fn call(&self, token: &str, session: Option<&str>, tool: &str, arguments: &Value) -> Answer {
        self.send(token, session, "tools/call", json!({ "name": tool, "arguments": arguments }))
    }
}

fn start(issuer: &str, directory: &Directory) -> Program {
    let log = File::create(directory.file("log")).unwrap();
    Program::start_with_log(env!("CARGO_BIN_EXE_mcp"), &[("ISSUER", issuer), ("LOG", "trace")], log.into())
}

/// The message that answers a request.
fn message(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    match answer.header("content-type") {
        Some("text/event-stream") => answer.events().pop().unwrap(),
        _ => answer.json(),
    }
}

fn text(answer: &Answer) -> String {
    let message = message(answer);
    message["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{message}")).to_owned()
}

fn tools(answer: &Answer) -> Vec<String> {
    let message = message(answer);
    message["result"]["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| tool["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_client_without_a_token_learns_where_to_get_one() {
    let mcp = Mcp::start();
    let metadata = format!("http://127.0.0.1:{}/.well-known/oauth-protected-resource/mcp", mcp.program.port);
    for method in ["GET", "POST", "DELETE"] {
        let answer = Request::new(mcp.program.port, method, "/mcp").send().expect(401);
        assert_eq!(answer.challenge(), Some(&*format!("Bearer resource_metadata=\"{metadata}\"")));
    }
    let path = metadata.split_once("/.well-known").unwrap().1;
    let answer = Request::new(mcp.program.port, "GET", &format!("/.well-known{path}")).send().expect(200);
    assert_eq!(answer.json()["resource"], mcp.resource());
    assert_eq!(answer.json()["authorization_servers"], json!([mcp.issuer.url]));
    assert_eq!(answer.json()["scopes_supported"], json!([READ]));
    // A token for another resource of the same issuer.
    let other = mcp.issuer.sign(&json!({ "sub": "ada", "scope": READ, "aud": "https://other.test/mcp" }));
    mcp.request("POST", &other).send().expect(401);
}

#[test]
fn tools_ask_for_scopes_and_know_their_caller() {
    let mcp = Mcp::start();
    let metadata = format!("http://127.0.0.1:{}/.well-known/oauth-protected-resource/mcp", mcp.program.port);
    let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{WRITE}\", resource_metadata=\"{metadata}\"");
    for has_session in [true, false] {
        let (ada, grace) = (format!("ada-{has_session}"), format!("grace-{has_session}"));
        let [none, read, write] = ["", READ, WRITE].map(|scope| mcp.token(&ada, scope));
        let session = has_session.then(|| mcp.begin(&none));
        let session = session.as_deref();
        let list = |token| tools(&mcp.send(token, session, "tools/list", json!({})));
        assert_eq!(list(&none), ["whoami"]);
        assert_eq!(list(&read), ["whoami", "list_notes"]);
        assert_eq!(list(&write), ["whoami", "list_notes", "add_note"]);
        let milk = json!({ "text": "milk" });
        assert_eq!(text(&mcp.call(&none, session, "whoami", &json!({}))), ada);
        let refused = mcp.call(&read, session, "add_note", &milk).expect(403);
        assert_eq!(refused.challenge(), Some(&*challenge));
        assert_eq!(text(&mcp.call(&read, session, "list_notes", &json!({}))), "", "nothing was added");
        // The same session goes on with the token that the client gets for these scopes.
        assert_eq!(text(&mcp.call(&write, session, "add_note", &milk)), "added");
        assert_eq!(text(&mcp.call(&read, session, "list_notes", &json!({}))), "milk");
        let refused = mcp.call(&none, session, "list_notes", &json!({})).expect(403);
        assert!(refused.challenge().unwrap().contains(&format!("scope=\"{READ}\"")), "{refused:?}");
        // Errors of a tool are messages, as the SDK wants them.
        assert_eq!(text(&mcp.call(&write, session, "add_note", &json!({}))), "`text` must be a string");
        let unknown = message(&mcp.call(&write, session, "drop_notes", &json!({})));
        assert_eq!(unknown["error"]["message"], "unknown tool: drop_notes");
        let read = mcp.token(&grace, READ);
        let session = has_session.then(|| mcp.begin(&read));
        assert_eq!(text(&mcp.call(&read, session.as_deref(), "list_notes", &json!({}))), "");
    }
}

#[test]
fn a_session_of_somebody_else_does_not_exist() {
    let mcp = Mcp::start();
    let (ada, grace) = (mcp.token("ada", READ), mcp.token("grace", READ));
    let session = mcp.begin(&ada);
    let (id, seal) = session.split_once('.').unwrap();
    let of_grace = mcp.begin(&grace);
    let swapped = format!("{id}.{}", of_grace.split_once('.').unwrap().1);
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    // One after the other: a GET that is admitted would be a stream.
    let requests = |token: &str, ids: &[&str]| {
        let (token, ids) = (token.to_owned(), ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>());
        let (mcp, list) = (&mcp, &list);
        ["POST", "DELETE", "GET"].into_iter().map(move |method| {
            let request = mcp.request(method, &token).header("last-event-id", "0");
            let request = ids.iter().fold(request, |request, id| request.header("mcp-session-id", id));
            if method == "POST" { request.json(list).send() } else { request.send() }
        })
    };
    let made_up = format!("00000000-0000-4000-8000-000000000000.{seal}");
    for (case, token, ids) in [
        ("another user", &grace, vec![&*session]),
        ("another user, with a seal of their own", &grace, vec![&*swapped]),
        ("the id of the SDK", &ada, vec![id]),
        ("an id that nobody has got", &ada, vec![&*made_up]),
        ("both", &grace, vec![&*of_grace, &*session]),
        ("no text", &ada, vec!["", "."]),
    ] {
        for answer in requests(token, &ids) {
            assert_eq!((answer.status, &*answer.body), (404, "Not Found: Session not found"), "{case}");
        }
    }
    // Events are found through their session only.
    mcp.request("GET", &ada).header("last-event-id", "0").send().expect(404);
    // It goes on for its owner, also with another token, until they end it.
    let again = mcp.token("ada", WRITE);
    assert_eq!(tools(&mcp.send(&again, Some(&session), "tools/list", json!({}))).len(), 3);
    open(&mcp, &ada, &session, Some("0"));
    mcp.request("DELETE", &ada).header("mcp-session-id", &session).send().expect(202);
    mcp.send(&ada, Some(&session), "tools/list", json!({})).expect(404);
    assert_eq!(tools(&mcp.send(&grace, Some(&of_grace), "tools/list", json!({}))).len(), 2);
}

/// Opens the stream of a session, and reads the head of the response.
fn open(mcp: &Mcp, token: &str, session: &str, last_event: Option<&str>) -> BufReader<TcpStream> {
    let port = mcp.program.port;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let last = last_event.map_or(String::new(), |id| format!("last-event-id: {id}\r\n"));
    let head = format!(
        "GET /mcp HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {token}\r\naccept: text/event-stream\r\n\
         mcp-session-id: {session}\r\n{last}connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut events = BufReader::new(stream);
    let mut line = String::new();
    events.read_line(&mut line).unwrap();
    assert!(line.contains(" 200 "), "{line}");
    events
}

#[test]
fn a_stream_ends_with_the_token_that_opened_it() {
    let mcp = Mcp::start();
    // The leeway of a minute is nearly over.
    let exp = now() - 57;
    let token = mcp.issuer.sign(&json!({ "sub": "ada", "scope": READ, "aud": mcp.resource(), "exp": exp }));
    let session = mcp.begin(&token);
    rest(open(&mcp, &token, &session, None));
    assert!((exp + 60..exp + 70).contains(&now()), "not before it expires, and not long after");
}

/// Readers of JSON differ about a name that comes twice. Whatever the SDK takes it for, that is what is decided.
#[test]
fn a_body_that_two_readers_read_differently_calls_no_tool_that_was_not_asked_for() {
    let mcp = Mcp::start();
    let (read, write) = (mcp.token("ada", READ), mcp.token("ada", WRITE));
    let session = mcp.begin(&read);
    let post = |token: &str, session: &str, body: &str| {
        let request = mcp.request("POST", token).header("mcp-session-id", session);
        request.text("application/json", body).send()
    };
    let call = |method: &str, params: &str| format!(r#"{{"jsonrpc":"2.0","id":1,{method},"params":{{{params}}}}}"#);
    let (called, listed) = (r#""method":"tools/call""#, r#""method":"tools/list""#);
    let (adds, lists) = (r#""name":"add_note""#, r#""name":"list_notes""#);
    let arguments = r#""arguments":{"text":"sly"}"#;
    let bodies = [
        call(called, &format!("{adds},{lists},{arguments}")),
        call(called, &format!("{lists},{adds},{arguments}")),
        call(called, &format!("{lists},{arguments},{adds}")),
        call(called, &format!(r#"{lists},"n\u0061me":"add_note",{arguments}"#)),
        call(&format!("{listed},{called}"), &format!("{adds},{arguments}")),
        call(&format!("{called},{listed}"), &format!("{adds},{arguments}")),
        format!(r#"{{"jsonrpc":"2.0","id":1,{called},"params":{{{lists}}},"params":{{{adds},{arguments}}}}}"#),
        format!(r#"{{"jsonrpc":"2.0","id":1,{called},"params":{{{adds},{arguments}}},"params":{{{lists}}}}}"#),
        format!("[{}]", call(called, &format!("{adds},{arguments}"))),
        format!("[{},{}]", call(listed, ""), call(called, &format!("{adds},{arguments}"))),
    ];
    let mut statuses = Vec::new();
    for body in &bodies {
        let answer = post(&read, &session, body);
        assert!(!answer.body.contains("added"), "{body}: {answer:?}");
        statuses.push(answer.status);
    }
    assert_eq!(text(&mcp.call(&read, Some(&session), "list_notes", &json!({}))), "", "{statuses:?}");
    // The same body without a second name, by who may.
    let answer = post(&write, &session, &call(called, &format!("{adds},{arguments}")));
    assert_eq!(text(&answer), "added");
}

#[test]
fn other_hosts_and_origins_are_refused() {
    let mcp = Mcp::start();
    let port = mcp.program.port;
    let token = mcp.token("ada", READ);
    let own = format!("127.0.0.1:{port}");
    let origin = |origin: &str| format!("origin: {origin}\r\n");
    for (host, origin, status) in [
        (&*own, String::new(), 200),
        (&own, origin(&format!("http://{own}")), 200),
        ("rebound.test", String::new(), 403),
        ("127.0.0.1:1", String::new(), 403),
        (&own, origin("https://page.test"), 403),
        (&own, origin(&format!("https://{own}")), 403),
        (&own, origin("null"), 403),
        (&own, origin(""), 403),
    ] {
        let params = json!({ "protocolVersion": WITH_SESSIONS, "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
        let body = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params }).to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let head = format!(
            "POST /mcp HTTP/1.1\r\nhost: {host}\r\n{origin}authorization: Bearer {token}\r\nconnection: close\r\n\
             accept: application/json, text/event-stream\r\ncontent-type: application/json\r\n"
        );
        stream.write_all(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        assert!(line.contains(&format!(" {status} ")), "{host} {origin}: {line}");
    }
}

#[test]
fn nothing_that_is_logged_has_a_token() {
    let mcp = Mcp::start();
    let token = mcp.token("ada", WRITE);
    let session = mcp.begin(&token);
    text(&mcp.call(&token, Some(&session), "add_note", &json!({ "text": "milk" })));
    text(&mcp.call(&token, None, "whoami", &json!({})));
    mcp.call(&mcp.token("ada", READ), Some(&session), "add_note", &json!({ "text": "milk" })).expect(403);
    let (id, seal) = session.split_once('.').unwrap();
    let log = std::fs::read_to_string(mcp.directory.file("log")).unwrap();
    // At level trace, the tools log the request with its headers.
    assert!(log.contains(id) && log.contains("\"mcp-protocol-version\": \"2025-06-18\""), "{log}");
    for secret in ["eyJ", token.rsplit('.').next().unwrap(), seal] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

/// The code in docs/mcp.md is the code that the tests above ran.
#[test]
fn the_documentation_shows_this_program() {
    let program = [
        include_str!("../../src/bin/mcp.rs"),
        include_str!("../../src/bin/mcp/answers.rs"),
        include_str!("../../src/bin/mcp/sessions.rs"),
        include_str!("../../src/bin/mcp/tools.rs"),
    ]
    .concat();
    let document = include_str!("../../../docs/mcp.md");
    let blocks: Vec<_> =
        document.split("```rust,ignore\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 4);
    for part in blocks.iter().flat_map(|block| block.split("// ..\n")) {
        assert!(program.contains(part.trim()), "the program does not have this text:\n{part}");
    }
}
