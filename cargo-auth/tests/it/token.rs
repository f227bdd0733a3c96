//! `token`: a router that trusts `Issuer::development` admits its tokens, but only from this machine.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use auth_runtime::testing::{DevelopmentKey, TestClock};
use auth_runtime::{GuardedRouter, InvalidTokenReason, Issuer, Verifier, VerifyError, require_org, routing};
use auth_test_support::Listener;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tower::ServiceExt as _;

use crate::support::{Run, folder, run_with};

/// Set in a separate process: the folder of the key comes from the environment, which a test cannot change.
const CHILD: &str = "CARGO_AUTH_TEST_CHECKOUT";

#[require_org(role == "Admin" && permission("write"), from = path("org_id"))]
async fn write() {}

fn folders(name: &str) -> (String, String) {
    let folder = folder(name);
    let (checkout, data) = (folder.join("checkout"), folder.join("data"));
    fs::create_dir_all(checkout.join(".git")).unwrap();
    fs::create_dir_all(checkout.join("src")).unwrap();
    (checkout.to_str().unwrap().to_owned(), data.to_str().unwrap().to_owned())
}

fn token(checkout: &str, data: &str) -> Run {
    let arguments = ["token", "--checkout", checkout, "--user", "ada", "--org", "acme=Admin"];
    run_with(&[&arguments[..], &["--org-permission", "acme=write"]].concat(), "", &[("XDG_DATA_HOME", data)])
}

fn key_files(data: &str) -> Vec<std::path::PathBuf> {
    let folders = fs::read_dir(Path::new(data).join("cargo-auth")).unwrap();
    folders.flat_map(|one| fs::read_dir(one.unwrap().path()).unwrap()).map(|file| file.unwrap().path()).collect()
}

/// The file of a key, as if the key had been made then.
fn made_days_ago(stored: &str, days: u64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    stored.replace("\"created\":", &format!("\"created\":{},\"was\":", now - days * 24 * 3600))
}

#[cfg(unix)]
#[test]
fn the_key_is_one_private_file_for_each_checkout_outside_of_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let (checkout, data) = folders("token-key");
    let first = token(&checkout, &data);
    assert_eq!(first.status, 0, "{first:?}");
    assert_eq!(token(&format!("{checkout}/src"), &data).status, 0);
    let files = key_files(&data);
    let [file] = &files[..] else { panic!("{files:?}") };
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    let stored = fs::read_to_string(file).unwrap();
    let key = stored.split('"').max_by_key(|part| part.len()).unwrap().to_owned();
    // A key that other users can read is not a secret, and another file is not a key.
    fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = token(&checkout, &data);
    assert_eq!(refused.status, 2, "{refused:?}");
    assert!(!refused.all().contains(&key), "{refused:?}");
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(file, "{}").unwrap();
    assert_eq!(token(&checkout, &data).status, 2);
    // After 30 days, a key is replaced.
    for (days, is_kept) in [(29, true), (31, false)] {
        fs::write(file, made_days_ago(&stored, days)).unwrap();
        assert_eq!(token(&checkout, &data).status, 0);
        assert_eq!(fs::read_to_string(file).unwrap().contains(&key), is_kept, "{days} days");
    }
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(key_files(&data).len(), 1);
    let inside = token(&checkout, &format!("{checkout}/data"));
    assert_eq!(inside.status, 2);
    assert!(inside.err.contains("inside the checkout"), "{inside:?}");
}

#[test]
fn development_tokens_are_admitted_only_from_this_machine() {
    if let Ok(checkout) = std::env::var(CHILD) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        return runtime.block_on(serve(&checkout));
    }
    let (checkout, data) = folders("token-served");
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "token::development_tokens_are_admitted_only_from_this_machine", "--nocapture"])
        .envs([(CHILD, &checkout), ("XDG_DATA_HOME", &data)])
        .output()
        .unwrap();
    assert!(child.status.success(), "{child:?}");
}

async fn serve(checkout: &str) {
    let data = std::env::var("XDG_DATA_HOME").unwrap();
    let missing = Verifier::new(Issuer::development(checkout)).await.unwrap_err().to_string();
    assert!(missing.contains("run `cargo auth token`"), "{missing}");
    let printed = token(checkout, &data);
    assert_eq!(printed.status, 0, "{printed:?}");
    let token = printed.out.trim();

    let events = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&events);
    let listener = Listener::new(|_| true, move |entry| heard.lock().unwrap().push(entry.to_string()));
    let _listening = tracing::subscriber::set_default(listener);
    let logged =
        |texts: &[&str]| events.lock().unwrap().iter().any(|entry| texts.iter().all(|text| entry.contains(text)));

    let verifier = Verifier::new(Issuer::development(format!("{checkout}/src"))).await.unwrap();
    assert!(logged(&["ERROR", "development tokens are trusted"]), "{events:?}");
    assert!(verifier.health().is_ready() && verifier.health().issuers()[0].issuer == "development");
    let unbound = verifier.verify(token).await.map(drop);
    assert_eq!(unbound, Err(VerifyError::Invalid(InvalidTokenReason::NotLocal)), "without a request");
    let app = app(verifier);
    check_real_connections(&app, token).await;

    for (peer, field, expected) in [
        (Some("127.0.0.1:9"), None, 200),
        (Some("[::1]:9"), None, 200),
        (Some("[::ffff:127.0.0.1]:9"), None, 200),
        (None, None, 401),
        (Some("192.0.2.1:9"), None, 401),
        (Some("[2001:db8::1]:9"), None, 401),
        (Some("0.0.0.0:9"), None, 401),
        (Some("127.0.0.1:9"), Some("x-forwarded-for"), 401),
        (Some("127.0.0.1:9"), Some("forwarded"), 401),
        (Some("127.0.0.1:9"), Some("via"), 401),
    ] {
        let status = ask(&app, "/acme", token, peer, field).await;
        assert_eq!(status, expected, "{peer:?} {field:?}");
    }
    assert!(logged(&["WARN", "192.0.2.1:9", "was refused"]), "{events:?}");
    let parts = token.split('.').filter(|part| part.len() > 20);
    assert_eq!(parts.filter(|part| logged(&[part])).count(), 0, "a token in the log");
    assert_eq!(ask(&app, "/other", token, Some("127.0.0.1:9"), None).await, 403);

    // The tokens of another checkout are not valid here.
    let other = format!("{checkout}/../other");
    fs::create_dir_all(format!("{other}/.git")).unwrap();
    let key = DevelopmentKey::of_checkout(&other).unwrap();
    let foreign = key.token().org("acme", "Admin");
    let foreign = foreign.org_permission("acme", "write").build();
    assert_eq!(ask(&app, "/acme", &foreign, Some("127.0.0.1:9"), None).await, 401);
    check_lifetimes(checkout, &data, token).await;
}

fn app(verifier: Verifier) -> Router {
    GuardedRouter::new().route("/{org_id}", routing::get(write)).guarded_by(verifier).into_router()
}

/// A token is valid for an hour, and a key for 30 days, even in a program that has started before.
async fn check_lifetimes(checkout: &str, data: &str, token: &str) {
    let key = DevelopmentKey::of_checkout(checkout).unwrap();
    let lasting = key.token().org("acme", "Admin").org_permission("acme", "write");
    let lasting = lasting.expires_in(Duration::from_hours(60 * 24)).build();
    let clock = TestClock::now();
    let issuer = || Issuer::development(checkout);
    let verifier = Verifier::builder().issuer(issuer()).clock(clock.clone()).build().await.unwrap();
    let app = app(verifier);
    for (more, of_token, of_lasting) in [
        (Duration::from_mins(59), 200, 200),
        (Duration::from_mins(3), 401, 200),
        (Duration::from_hours(30 * 24), 401, 401),
    ] {
        clock.advance(more);
        for (token, expected) in [(token, of_token), (&lasting, of_lasting)] {
            assert_eq!(ask(&app, "/acme", token, Some("127.0.0.1:9"), None).await, expected, "{more:?} later");
        }
    }
    let digest = key.iss().strip_prefix("development:").unwrap();
    let file = Path::new(data).join("cargo-auth").join(digest).join("key.json");
    fs::write(&file, made_days_ago(&fs::read_to_string(&file).unwrap(), 31)).unwrap();
    let fault = Verifier::new(issuer()).await.unwrap_err().to_string();
    assert!(fault.contains("older than 30 days"), "{fault}");
}

async fn ask(app: &Router, path: &str, token: &str, peer: Option<&str>, field: Option<&str>) -> StatusCode {
    let mut request = Request::get(path).header("authorization", format!("Bearer {token}"));
    if let Some(field) = field {
        request = request.header(field, "for=127.0.0.1");
    }
    if let Some(peer) = peer {
        request = request.extension(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
    }
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
}

/// Over TCP, with and without the peer's address.
async fn check_real_connections(app: &Router, token: &str) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let told = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, app.clone().into_make_service_with_connect_info::<SocketAddr>()).into_future());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let untold = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, app.clone()).into_future());
    for (address, expected) in [(told, "HTTP/1.1 200"), (untold, "HTTP/1.1 401")] {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request =
            format!("GET /acme HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(expected), "{answer}");
    }
}
