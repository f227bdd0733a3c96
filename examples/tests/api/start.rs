//! The start of the program, and the errors of a failed start.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::issuer::Standin;
use crate::server::{ADA, Directory, Server, now};

/// The output of the program if it does not start.
pub fn refused(directory: &Directory, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = directory.command(arguments);
    let output = command.env("PORT", "0").envs(environment.iter().copied()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_wrong_environment_variable_is_named() {
    let directory = Directory::new();
    let long = "0123456789abcdef0123456789abcdef";
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("PORT: ", &[("PORT", "none")]),
        ("PORT: ", &[("PORT", "65536")]),
        ("DATABASE_URL: ", &[("DATABASE_URL", "postgres://ada:hush-hush@localhost/db")]),
        ("DATABASE_URL: ", &[("DATABASE_URL", "sqlite::memory:")]),
        ("DATABASE_URL: ", &[("DATABASE_URL", "sqlite://nowhere/x.db?mode=rwc")]),
        ("DATABASE_URL: ", &[("DATABASE_URL", "sqlite://absent.db?mode=rw")]),
        ("DATABASE_URL: ", &[("DATABASE_URL", "sqlite://x.db?mode=sometimes")]),
        ("DATABASE_URL: ", &[("DATABASE_URL", "sqlite://.")]),
        ("APP_SECRET: ", &[("APP_SECRET", "hush-hush")]),
        ("REVOCATION_SECRET: ", &[("REVOCATION_SECRET", "hush-hush")]),
        ("API_AUDIENCE", &[("AUTH0_DOMAIN", "tenant.eu.auth0.com")]),
        ("API_AUDIENCE", &[("OIDC_ISSUER", "https://id.example.com")]),
        ("API_AUDIENCE: ", &[("API_AUDIENCE", "https://api.example.com")]),
        ("ALGORITHMS: ", &[("AUTH0_DOMAIN", "t.auth0.com"), ("API_AUDIENCE", "a"), ("ALGORITHMS", "RS256, ROT13")]),
        ("PROPELAUTH_API_KEY", &[("PROPELAUTH_AUTH_URL", "https://auth.example.com")]),
        ("PROPELAUTH_AUTH_URL", &[("PROPELAUTH_API_KEY", long)]),
    ];
    for (named, environment) in cases {
        let said = refused(&directory, &[], environment);
        assert!(said.starts_with("error: ") && said.contains(named), "{environment:?}: {said}");
        assert!(!said.contains("hush-hush"), "{said}");
    }
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = refused(&Directory::new(), &[], &[("PORT", &port)]);
    assert!(said.contains("PORT: ") && said.contains(&port), "{said}");
}

#[test]
fn dotenv_is_read_and_the_environment_overrides_it() {
    let directory = Directory::new();
    fs::write(directory.file(".env"), "# a comment\nPORT=none\nDATABASE_URL='sqlite://here.db?mode=rwc'\n").unwrap();
    let server = Server::start_with(directory.clone(), &[("PORT", "0")]);
    assert!(directory.file("here.db").exists() && !directory.file("example.db").exists());
    drop(server);
    fs::write(directory.file(".env"), "APP_SECRET=hush-hush\n").unwrap();
    assert!(refused(&directory, &[], &[]).contains("APP_SECRET: "));
    fs::write(directory.file(".env"), "APP_SECRET 'hush-hush\n").unwrap();
    let said = refused(&directory, &[], &[]);
    assert!(said.contains(".env: ") && !said.contains("hush-hush"), "{said}");
}

#[test]
fn unknown_command_line_words_are_named() {
    let directory = Directory::new();
    for (arguments, named) in [
        (&["serve"][..], "serve"),
        (&["rotate-key", "now"], "rotate-key"),
        (&["token"], "--user"),
        (&["token", "--user"], "--user"),
        (&["token", "--user", "ada", "--for", "ever"], "--for"),
        (&["token", "--user", "ada", "--role", "Admin"], "--org"),
        (&["token", "--user", "ada", "--permission", "p"], "--org"),
        (&["token", "--user", "ada", "--expires", "soon"], "--expires"),
        (&["token", "--user", "ada", "--expires", "31d"], "longer than 30d"),
    ] {
        let said = refused(&directory, arguments, &[]);
        assert!(said.contains(named), "{arguments:?}: {said}");
    }
    assert!(!directory.file("example-key.pem").exists(), "nothing was made for a command that was not understood");
}

#[test]
fn the_server_prints_its_routes_and_commands_to_paste() {
    let server = Server::start();
    for row in [
        "GET     /health ",
        "require_user(load = find(&app, id).await, check = post.is_of(&user), deny = forbidden)",
        "require_org(from = org_id) with Path(org_id): Path<String> + require_permission(\"can_view_billing\")",
    ] {
        assert!(server.printed.contains(row), "{row}: {}", server.printed);
    }
    let (_, rest) = server.interrupt();
    assert!(rest.contains("curl -i ") && rest.ends_with("Stopped.\n"), "{rest}");
}

#[test]
fn guarded_routes_work_once_health_answers_200() {
    let (auth0, answer) = Standin::start_silent("/");
    let domain = auth0.url.trim_end_matches('/');
    let environment = [("AUTH0_DOMAIN", domain), ("API_AUDIENCE", "https://api.example.com")];
    // The verifier waits for the keys of this issuer. The server already listens.
    let server = Server::start_without_waiting(Directory::used(), &environment);
    let own = server.sign(&server.claims(ADA));
    let theirs = auth0.sign(&json!({ "sub": "a", "aud": "https://api.example.com" }));
    server.get("/health").expect(503);
    server.get_as(&own, "/api/whoami").expect(500);
    answer.send(()).unwrap();
    let patience = Instant::now() + Duration::from_secs(10);
    while server.get("/health").status != 200 {
        assert!(Instant::now() < patience, "it is never ready: {}", server.log());
    }
    for token in [&own, &theirs] {
        server.get_as(token, "/api/whoami").expect(200);
    }
    server.get("/api/whoami").expect(401);
}

#[test]
fn the_first_command_creates_key_and_database_once() {
    let directory = Directory::new();
    // Several first starts at the same time create one key: all these tokens are valid.
    let commands: Vec<_> = (0..4)
        .map(|_| {
            let mut command = directory.command(&["token", "--user", "grace"]);
            command.env("PORT", "3001").stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    let key_ids: Vec<_> = commands
        .into_iter()
        .map(|command| {
            let output = command.wait_with_output().unwrap();
            assert!(output.status.success(), "{output:?}");
            jsonwebtoken::decode_header(String::from_utf8(output.stdout).unwrap().trim()).unwrap().kid.unwrap()
        })
        .collect();
    assert!(key_ids.windows(2).all(|pair| pair[0] == pair[1]), "one key: {key_ids:?}");
    let server = Server::start_with(directory.clone(), &[]);
    assert_eq!(server.directory.sql("SELECT CAST(count(*) AS TEXT) FROM user")[0], "3");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(directory.file("example-key.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let leftovers = fs::read_dir(directory.file(".")).unwrap().map(|file| file.unwrap().file_name());
    let leftovers: Vec<_> = leftovers.filter(|name| name.to_string_lossy().contains("tmp")).collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
}

#[test]
fn the_token_command_mints_the_requested_claims() {
    let server = Server::start();
    let private = |arguments: &[&str]| server.get_as(&server.token(arguments), "/api/private").expect(200).json();
    for name in ["bob", "bob@example.com", "BOB@example.com", crate::server::BOB] {
        let claims = private(&[name]);
        assert_eq!(claims["user_id"], crate::server::BOB);
        assert_eq!(claims["email"], "bob@example.com");
        assert_eq!(claims.get("org_id_to_org_member_info"), None, "memberships are in the database");
    }
    // With `--org`, the user becomes a member first, even of a new organization.
    let token = server.token(&["eve", "--org", "acme", "--role", "Admin", "--permission", "p", "--permission", "q"]);
    server.get_as(&token, "/api/org/acme/admin_only").expect(200);
    // The permissions replace those of the role.
    server.get_as(&token, "/api/org/acme/billing").expect(403);
    let members =
        server.directory.sql("SELECT issuer || ' ' || role || ' ' || permissions FROM member WHERE user_id = 'eve'");
    assert_eq!(members, [r#"own Admin ["p","q"]"#]);
    let arguments = ["zoe", "--org", "initech", "--expires", "15m"];
    let stranger = private(&arguments);
    assert_eq!(stranger["user_id"], "zoe");
    server.get_as(&server.token(&["zoe"]), "/api/org/initech/check").expect(200);
    server.get_as(&server.token(&["zoe"]), "/api/org/initech/admin_or_owner").expect(403);
    let lifetime = stranger["exp"].as_u64().unwrap() - now();
    assert!((890..=900).contains(&lifetime), "{lifetime}");
}
