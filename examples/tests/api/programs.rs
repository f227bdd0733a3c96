//! The small programs, each run as a process.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::{Message, WebSocket};

use crate::http::{Answer, Request};
use crate::issuer::Standin;
use crate::server::now;

const SECRET: &str = "a secret of more than thirty-two bytes";
const OTHER_SECRET: &str = "another secret of more than thirty-two bytes";

/// A running program; it is stopped at the end of the test.
pub struct Program {
    process: Child,
    pub port: u16,
}

impl Program {
    fn start(path: &str, environment: &[(&str, &str)]) -> Self {
        Self::start_with_log(path, environment, Stdio::inherit())
    }

    pub fn start_with_log(path: &str, environment: &[(&str, &str)], log: Stdio) -> Self {
        let mut command = Command::new(path);
        command.env_clear().env("PORT", "0").envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(log);
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim_end().rsplit(':').next().unwrap().parse().unwrap_or_else(|_| panic!("{path}: {line}"));
        Self { process, port }
    }

    fn get(&self, path: &str, token: &str) -> Answer {
        Request::new(self.port, "GET", path).bearer(token).send()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn token(secret: &str, claims: &Value) -> String {
    let mut all = json!({ "aud": "fastapi-users:auth", "exp": now() + 600 });
    for (name, value) in claims.as_object().unwrap() {
        all[name] = value.clone();
    }
    jsonwebtoken::encode(&Header::default(), &all, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

#[test]
fn every_program_is_short() {
    let programs = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin")).unwrap();
    for program in programs {
        let path = program.unwrap().path();
        if path.is_dir() {
            // The parts of a program that is more than one file.
            continue;
        }
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        // Two of these have a table each.
        let limit = match path.file_stem().unwrap().to_str().unwrap() {
            "minimal" => 15,
            "api_keys" => 90,
            "mcp" => 80,
            "sessions" => 140,
            _ => 60,
        };
        assert!(lines <= limit, "{}: {lines} lines", path.display());
    }
}

#[test]
fn minimal_verifies_tokens_of_its_secret() {
    let program = minimal_on_a_free_port();
    Request::new(program.port, "GET", "/whoami").send().expect(401);
    assert_eq!(program.get("/whoami", &token(SECRET, &json!({ "sub": "ada" }))).expect(200).body, "ada");
    program.get("/whoami", &token(OTHER_SECRET, &json!({ "sub": "ada" }))).expect(401);
}

/// The program prints no line with its port, so it gets a free port as a setting. If another process takes that port
/// first, the next try uses another one.
fn minimal_on_a_free_port() -> Program {
    for _ in 0..20 {
        let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let mut command = Command::new(env!("CARGO_BIN_EXE_minimal"));
        command.env_clear().env("APP_SECRET", SECRET).env("PORT", port.to_string()).stderr(Stdio::piped());
        let mut program = Program { process: command.spawn().unwrap(), port };
        let patience = Instant::now() + Duration::from_secs(10);
        let ended = loop {
            if let Some(ended) = program.process.try_wait().unwrap() {
                break ended;
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return program;
            }
            assert!(Instant::now() < patience, "it neither listens nor ends");
            std::thread::yield_now();
        };
        let mut complaint = String::new();
        program.process.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
        assert!(complaint.contains("AddrInUse"), "{ended}: {complaint}");
    }
    panic!("twenty free ports were taken, one after the other");
}

#[test]
fn per_router_verifier_keeps_customers_and_staff_apart() {
    let environment = [("CUSTOMER_SECRET", SECRET), ("STAFF_SECRET", OTHER_SECRET)];
    let program = Program::start(env!("CARGO_BIN_EXE_per_router_verifier"), &environment);
    let customer = token(SECRET, &json!({ "sub": "7", "aud": "shop" }));
    let staff = token(OTHER_SECRET, &json!({ "sub": "7", "aud": "office" }));
    assert_eq!(program.get("/shop/orders", &customer).expect(200).body, "orders of customer 7");
    assert_eq!(program.get("/office/payroll", &staff).expect(200).body, "payroll, for 7 of the staff");
    program.get("/shop/orders", &staff).expect(401);
    program.get("/office/payroll", &customer).expect(401);
    program.get("/shop/orders", &token(SECRET, &json!({ "sub": "7" }))).expect(401);
    Request::new(program.port, "GET", "/health").send().expect(200);
}

/// The cookie that a response sets.
fn session_cookie(answer: &Answer) -> String {
    let set = answer.header("set-cookie").unwrap();
    for part in ["__Host-session=", "; HttpOnly", "; Secure", "; SameSite=Strict", "; Path=/"] {
        assert!(set.contains(part), "{set}");
    }
    set.split(';').next().unwrap().to_owned()
}

/// A visitor without a user: the cookie and the secret of the form.
fn visit(port: u16) -> (String, String) {
    let page = Request::new(port, "GET", "/").send().expect(200);
    let secret = page.body.split("name=form type=hidden value=").nth(1).unwrap().split('>').next().unwrap();
    (session_cookie(&page), secret.to_owned())
}

fn log_in(port: u16, cookie: &str, secret: &str, password: &str) -> Answer {
    let request = Request::new(port, "POST", "/log-in").header("cookie", cookie);
    request.form(&[("form", secret), ("password", password)]).send()
}

#[test]
fn sessions_log_in_greet_log_out_and_refuse_other_sites() {
    let folder = std::env::temp_dir().join(format!("sessions-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let database = format!("sqlite:{}?mode=rwc", folder.join("sessions.sqlite").display());
    let environment = [("APP_PASSWORD", "correct horse"), ("DATABASE_URL", &database)];
    let program = Program::start(env!("CARGO_BIN_EXE_sessions"), &environment);
    let port = program.port;
    let (visitor, secret) = visit(port);
    log_in(port, &visitor, &secret, "guess").expect(401);
    log_in(port, &visitor, &secret, "").expect(401);
    // A form of another site is sent without the cookie, or with the secret of another cookie.
    let (_, of_another) = visit(port);
    for (cookie, secret) in
        [("", &*secret), ("__Host-session=made-up", &secret), (&visitor, &of_another), (&visitor, "")]
    {
        let answer = log_in(port, cookie, secret, "correct horse").expect(403);
        assert!(answer.header("set-cookie").is_none_or(|set| set.starts_with("__Host-session=;")), "{cookie} {secret}");
    }
    let answer = log_in(port, &visitor, &secret, "correct horse").expect(303);
    let cookie = session_cookie(&answer);
    let request = |method: &'static str, path: &str| Request::new(port, method, path);
    let greeting = request("GET", "/").header("cookie", &cookie).send().expect(200);
    assert!(greeting.body.starts_with("hello ada"), "{}", greeting.body);
    assert_eq!((greeting.header("cache-control"), greeting.header("vary")), (Some("private"), Some("cookie")));
    // The session id from before the login is not valid.
    assert_ne!(cookie, visitor);
    assert!(request("GET", "/").header("cookie", &visitor).send().expect(200).body.contains("/log-in"));
    // The headers of a browser for a form of another site, if the cookie were `SameSite=None`; and those of a program
    // that is not a browser.
    let log_out = || request("POST", "/log-out").header("cookie", &cookie);
    log_out().header("sec-fetch-site", "cross-site").header("origin", "https://evil.test").send().expect(401);
    log_out().send().expect(401);
    request("GET", "/").header("cookie", &cookie).send().expect(200);
    // A restarted process knows the session, and the table does not contain its id.
    drop(program);
    let (_, id) = cookie.split_once('=').unwrap();
    for file in std::fs::read_dir(&folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(id.len()).any(|window| window == id.as_bytes()));
    }
    let program = Program::start(env!("CARGO_BIN_EXE_sessions"), &environment);
    let request = |method: &'static str, path: &str| Request::new(program.port, method, path);
    let home = || request("GET", "/").header("cookie", &cookie).send().expect(200).body;
    assert!(home().starts_with("hello ada"));
    let log_out = || request("POST", "/log-out").header("cookie", &cookie).header("sec-fetch-site", "same-origin");
    log_out().send().expect(303);
    assert!(home().contains("/log-in"));
    log_out().send().expect(401);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn api_keys_and_tokens_work_on_the_same_handlers() {
    let program = Program::start(env!("CARGO_BIN_EXE_api_keys"), &[("APP_SECRET", SECRET)]);
    let token = token(SECRET, &json!({ "sub": "ada" }));
    let request = |method: &'static str, path: &str| Request::new(program.port, method, path);
    let key = request("POST", "/keys").bearer(&token).send().expect(200).body;
    let with_key = |method: &'static str, path: &str| request(method, path).header("x-api-key", &key).send();
    assert_eq!(with_key("GET", "/me").expect(200).body, "ada by api-keys");
    assert_eq!(program.get("/me", &token).expect(200).body, "ada by fastapi-users");
    assert_eq!(with_key("POST", "/hook").expect(200).body, "a machine of ada");
    request("POST", "/hook").bearer(&token).send().expect(403);
    with_key("POST", "/keys").expect(403);
    request("GET", "/me").bearer(&token).header("x-api-key", &key).send().expect(400);
    request("GET", "/me").header("x-api-key", "sk_test_guess").send().expect(401);
    request("DELETE", "/keys/key-0").bearer(&token).send().expect(204);
    with_key("GET", "/me").expect(401);
}

#[test]
fn custom_claims_reads_its_own_claims() {
    let program = Program::start(env!("CARGO_BIN_EXE_custom_claims"), &[("APP_SECRET", SECRET)]);
    let claims = |more: &Value| {
        let mut claims = json!({ "iss": "https://id.example.com", "aud": "custom-api", "uid": "u1",
            "mail": "u1@example.com", "groups": ["staff"], "can": ["read"] });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        token(SECRET, &claims)
    };
    let cases = [
        (json!({}), [200, 403, 401]),
        (json!({ "can": ["read", "write"], "groups": [] }), [403, 200, 401]),
        (json!({ "plan": "team", "seats": 5 }), [200, 403, 200]),
        (json!({ "plan": "team", "seats": "five" }), [200, 403, 401]),
        (json!({ "uid": null }), [401; 3]),
        (json!({ "uid": "" }), [401; 3]),
        (json!({ "groups": "staff" }), [401; 3]),
        (json!({ "iss": "https://other.example.com" }), [401; 3]),
    ];
    for (more, expected) in cases {
        let token = claims(&more);
        let statuses = ["/staff", "/drafts", "/plan"].map(|path| program.get(path, &token).status);
        assert_eq!(statuses, expected, "{more}");
    }
    let token = claims(&json!({ "plan": "team", "seats": 5 }));
    assert_eq!(program.get("/plan", &token).body, "team with 5 seats");
}

#[test]
fn auth0_verifies_tokens_of_the_tenant() {
    let tenant = Standin::start("/");
    let environment = [("AUTH0_DOMAIN", tenant.url.trim_end_matches('/')), ("API_AUDIENCE", "https://api.example.com")];
    let program = Program::start(env!("CARGO_BIN_EXE_auth0"), &environment);
    Request::new(program.port, "GET", "/api/public").send().expect(200);
    Request::new(program.port, "GET", "/api/private").send().expect(401);
    let token = |scope: &str| tenant.sign(&json!({ "sub": "a", "aud": "https://api.example.com", "scope": scope }));
    assert_eq!(program.get("/api/private", &token("")).expect(200).json()["sub"], "a");
    let answer = program.get("/api/private-scoped", &token("read:message read:messages2")).expect(403);
    assert_eq!(answer.challenge(), Some("Bearer error=\"insufficient_scope\", scope=\"read:messages\""));
    program.get("/api/private-scoped", &token("openid read:messages")).expect(200);
}

#[test]
fn keycloak_verifies_tokens_of_the_realm() {
    let realm = Standin::start("/realms/shop");
    let environment = [("KEYCLOAK_REALM", realm.url.as_str()), ("API_AUDIENCE", "shop-api")];
    let program = Program::start(env!("CARGO_BIN_EXE_keycloak"), &environment);
    let token = |more: &Value| {
        let mut claims = json!({ "sub": "u", "aud": ["shop-api", "account"], "typ": "Bearer",
            "preferred_username": "ada", "realm_access": { "roles": ["editor"] },
            "resource_access": { "shop-api": { "roles": ["clerk"] }, "account": { "roles": ["admin"] } } });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        realm.sign(&claims)
    };
    let editor = token(&json!({ "email": "ada@example.com", "email_verified": true }));
    assert_eq!(program.get("/whoami", &editor).expect(200).body, r#"ada ["editor", "clerk"]"#);
    for (more, expected) in [
        (json!({ "email_verified": true }), [200, 200]),
        (json!({ "email_verified": false }), [200, 403]),
        (json!({}), [200, 403]),
        (json!({ "email_verified": true, "act": { "sub": "support" } }), [200, 403]),
        (json!({ "email_verified": true, "realm_access": { "roles": [] } }), [403, 403]),
        (json!({ "typ": "ID" }), [401, 401]),
        (json!({ "aud": "account" }), [401, 401]),
    ] {
        let token = token(&more);
        assert_eq!(["/edit", "/publish"].map(|path| program.get(path, &token).status), expected, "{more}");
    }
}

#[test]
fn propelauth_verifies_tokens_of_the_project() {
    let theirs = Standin::start("");
    let environment = [
        ("PROPELAUTH_AUTH_URL", "https://auth.example.com"),
        ("PROPELAUTH_API_KEY", "not needed where the key is given"),
        ("PROPELAUTH_VERIFIER_KEY", &theirs.public_key),
    ];
    let program = Program::start(env!("CARGO_BIN_EXE_propelauth"), &environment);
    let member = |role: &str, inherited: &[&str], permissions: &[&str]| {
        json!({ "org_id": "acme", "org_name": "Acme", "org_metadata": {}, "url_safe_org_name": "acme",
            "org_role_structure": "single_role_in_hierarchy", "user_role": role,
            "inherited_user_roles_plus_current_role": inherited, "user_permissions": permissions,
            "additional_roles": [] })
    };
    let token = |claim: &str, value: &Value| {
        theirs
            .sign(&json!({ "iss": "https://auth.example.com", "user_id": "u", "email": "u@example.com", claim: value }))
    };
    let owner = member("Owner", &["Owner", "Admin", "Member"], &["can_view_billing"]);
    let plain = member("Member", &["Member"], &[]);
    let paths = ["/whoami", "/org/acme", "/org/acme/admin", "/org/other", "/billing"];
    for (token, expected) in [
        (token("org_id_to_org_member_info", &json!({ "acme": owner })), [200, 200, 200, 403, 403]),
        (token("org_member_info", &owner), [200, 200, 200, 403, 200]),
        (token("org_member_info", &plain), [200, 200, 403, 403, 403]),
        (token("org_id_to_org_member_info", &Value::Null), [200, 403, 403, 403, 403]),
        ("garbage".to_owned(), [401; 5]),
    ] {
        assert_eq!(paths.map(|path| program.get(path, &token).status), expected);
    }
    let token = token("org_member_info", &owner);
    assert_eq!(program.get("/org/acme", &token).body, "Owner of Acme");
    assert_eq!(program.get("/hello", &token).body, "u@example.com");
    assert_eq!(program.get("/hello", "garbage").expect(200).body, "stranger");
}

/// Opens a WebSocket; `Err` has the status of the response if the upgrade failed.
fn open(program: &Program, path: &str, headers: &[(&str, &str)]) -> Result<WebSocket<TcpStream>, u16> {
    let stream = TcpStream::connect(("127.0.0.1", program.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut request = format!("ws://127.0.0.1:{}{path}", program.port).into_client_request().unwrap();
    for (name, value) in headers {
        let name: tungstenite::http::HeaderName = name.parse().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    match tungstenite::client(request, stream) {
        Ok((socket, response)) => {
            let agreed = response.headers().get("sec-websocket-protocol");
            assert!(agreed.is_none_or(|agreed| agreed == "echo"), "the token is not echoed: {agreed:?}");
            Ok(socket)
        }
        Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(response))) => {
            Err(response.status().as_u16())
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn websocket_reads_the_token_from_header_query_or_subprotocol() {
    let program = Program::start(env!("CARGO_BIN_EXE_websocket"), &[("APP_SECRET", SECRET)]);
    let good = token(SECRET, &json!({ "sub": "ada" }));
    let bad = token(OTHER_SECRET, &json!({ "sub": "ada" }));
    let ways = |token: &str| {
        [
            ("/echo".to_owned(), vec![("authorization", format!("Bearer {token}"))]),
            (format!("/echo?access_token={token}"), vec![]),
            ("/echo".to_owned(), vec![("sec-websocket-protocol", format!("echo, bearer.{token}"))]),
        ]
    };
    for (path, headers) in ways(&good) {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut socket = open(&program, &path, &headers).unwrap_or_else(|status| panic!("{headers:?}: {status}"));
        assert_eq!(socket.read().unwrap(), Message::text("hello ada"));
        socket.send(Message::text("one")).unwrap();
        assert_eq!(socket.read().unwrap(), Message::text("one"));
    }
    for (path, headers) in ways(&bad) {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(open(&program, &path, &headers).err(), Some(401), "{headers:?}");
    }
    assert_eq!(open(&program, "/echo", &[]).err(), Some(401));
    // Two different tokens are refused, and a query is read only on an upgrade.
    let bearer = format!("Bearer {good}");
    let twice = format!("/echo?access_token={good}");
    assert!(open(&program, &twice, &[("authorization", &bearer)]).is_ok());
    assert_eq!(open(&program, &twice, &[("authorization", "Bearer other")]).err(), Some(400));
    Request::new(program.port, "GET", &twice).send().expect(401);
    program.get("/echo", &good).expect(400); // admitted, but not an upgrade
}

#[test]
fn websocket_is_closed_when_the_token_expires() {
    let program = Program::start(env!("CARGO_BIN_EXE_websocket"), &[("APP_SECRET", SECRET)]);
    // The leeway of a minute is nearly over.
    let exp = now() - 57;
    let short = token(SECRET, &json!({ "sub": "ada", "exp": exp }));
    let mut socket = open(&program, &format!("/echo?access_token={short}"), &[]).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("hello ada"));
    let Message::Close(Some(frame)) = socket.read().unwrap() else { panic!("not closed") };
    assert_eq!(frame.reason.as_str(), "the access token has ended");
    assert!((exp + 60..exp + 70).contains(&now()), "not before it expires, and not long after");
}

#[test]
fn websocket_is_closed_when_the_token_is_revoked() {
    let program = Program::start(env!("CARGO_BIN_EXE_websocket"), &[("APP_SECRET", SECRET)]);
    let [ada, grace] = ["ada", "grace"].map(|user| token(SECRET, &json!({ "sub": user })));
    let open_as = |token: &str| open(&program, &format!("/echo?access_token={token}"), &[]);
    let mut sockets = [open_as(&ada).unwrap(), open_as(&ada).unwrap(), open_as(&grace).unwrap()];
    for socket in &mut sockets {
        socket.read().unwrap();
    }
    Request::new(program.port, "POST", "/log-out").bearer(&ada).send().expect(204);
    let [first, second, of_grace] = &mut sockets;
    for socket in [first, second] {
        let Message::Close(Some(frame)) = socket.read().unwrap() else { panic!("not closed") };
        assert_eq!(frame.reason.as_str(), "the access token has ended");
    }
    assert_eq!(open_as(&ada).err(), Some(401));
    of_grace.send(Message::text("still here")).unwrap();
    assert_eq!(of_grace.read().unwrap(), Message::text("still here"));
}

/// Opens an event stream and reads its first event.
fn listen(program: &Program, path: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", program.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head =
        format!("GET {path} HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut events = BufReader::new(stream);
    let mut line = String::new();
    events.read_line(&mut line).unwrap();
    assert!(line.contains(" 200 "), "{line}");
    while !line.starts_with("data: tick 1") {
        line.clear();
        assert_ne!(events.read_line(&mut line).unwrap(), 0, "it ended before the first event");
    }
    events
}

/// Reads until the server ends the stream, as it should.
pub fn rest(mut events: BufReader<TcpStream>) -> String {
    let mut rest = String::new();
    events.read_to_string(&mut rest).unwrap();
    assert!(rest.ends_with("0\r\n\r\n"), "ended, and not broken off: {rest}");
    rest
}

#[test]
fn event_stream_ends_when_the_token_expires_or_is_revoked() {
    let program = Program::start(env!("CARGO_BIN_EXE_event_stream"), &[("APP_SECRET", SECRET)]);
    let token = |user: &str, exp: u64| token(SECRET, &json!({ "sub": user, "iat": now(), "exp": exp }));
    let path = |token: &str| format!("/ticks?access_token={token}");
    let stream = |path: &str| Request::new(program.port, "GET", path).header("accept", "text/event-stream");
    stream("/ticks").send().expect(401);
    stream(&path(&format!("{}x", token("ada", now() + 60)))).send().expect(401);
    // The stream ends at expiry. The leeway of a minute is nearly over.
    let exp = now() - 57;
    rest(listen(&program, &path(&token("ada", exp))));
    assert!((exp + 60..exp + 70).contains(&now()), "not before it expires, and not long after");
    // The stream ends at revocation, but only for the revoked token.
    let [ada, grace] = ["ada", "grace"].map(|user| token(user, now() + 250));
    let (of_ada, mut of_grace) = (listen(&program, &path(&ada)), listen(&program, &path(&grace)));
    Request::new(program.port, "POST", "/log-out").bearer(&ada).send().expect(204);
    rest(of_ada);
    assert!(now() < exp + 180, "long before it expires");
    stream(&path(&ada)).send().expect(401);
    let mut line = String::new();
    while !line.starts_with("data: tick") {
        line.clear();
        assert_ne!(of_grace.read_line(&mut line).unwrap(), 0, "the other stream goes on");
    }
}
