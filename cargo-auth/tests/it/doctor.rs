//! `doctor`: key sources that work, and each way in which one is broken.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use auth_runtime::Algorithm;
use auth_runtime::testing::TestIssuer;
use serde_json::{Value, json};

use crate::support::{Run, run};

/// A server on loopback: for each path, the status, the header fields and the body. It runs until the tests end.
fn serve(answer: impl Fn(&str, &str) -> (u16, String, String) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (own, answer) = (address.clone(), Arc::new(answer));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (own, answer) = (own.clone(), Arc::clone(&answer));
            thread::spawn(move || reply(stream, |path| answer(&own, path)));
        }
    });
    address
}

fn reply(mut stream: TcpStream, answer: impl Fn(&str) -> (u16, String, String)) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let first = lines.next().unwrap_or_default();
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let (status, fields, body) = answer(first.split(' ').nth(1).unwrap_or_default());
    let length = body.len();
    let _ =
        write!(stream, "HTTP/1.1 {status} X\r\n{fields}content-length: {length}\r\nconnection: close\r\n\r\n{body}");
}

fn metadata(own: &str) -> String {
    json!({ "issuer": own, "jwks_uri": format!("{own}/jwks") }).to_string()
}

/// A source with this response for its keys.
pub(crate) fn with_keys(status: u16, fields: &'static str, keys: String) -> String {
    serve(move |own, path| match path {
        "/.well-known/openid-configuration" => (200, fields.to_owned(), metadata(own)),
        "/jwks" => (status, fields.to_owned(), keys.clone()),
        _ => (404, String::new(), String::new()),
    })
}

fn keys(more: &[Value]) -> String {
    let mut keys = TestIssuer::with_algorithm(Algorithm::ES256).jwks();
    keys["keys"].as_array_mut().unwrap().extend(more.iter().cloned());
    keys.to_string()
}

fn now() -> &'static str {
    Box::leak(format!("date: {}\r\n", httpdate::fmt_http_date(std::time::SystemTime::now())).into_boxed_str())
}

fn doctor(address: &str) -> (Run, Value) {
    let run = run(&["doctor", address, "--json"], "");
    let document = run.json();
    (run, document)
}

#[test]
fn a_working_source_is_shown_with_its_keys_the_skipped_ones_and_the_clock() {
    let encryption = json!({ "kty": "RSA", "use": "enc", "kid": "enc", "n": "AQAB", "e": "AQAB" });
    let broken = json!({ "kty": "EC", "crv": "P-256", "kid": "bad\u{1b}", "x": "AA", "y": "AA", "alg": "ES256" });
    let address = with_keys(200, now(), keys(&[encryption, broken]));
    let (run, found) = doctor(&address);
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(found["keys"], json!([{ "alg": "ES256", "kid": "test" }]));
    let skipped = found["skipped"].as_array().unwrap();
    let of = |kid: &str| skipped.iter().find(|key| key["kid"] == kid).unwrap();
    assert_eq!(of("enc")["other_purpose"], true, "{found}");
    assert_eq!(of("bad\u{1b}")["other_purpose"], false, "{found}");
    assert!(found["clock_ahead"].as_i64().unwrap().abs() < 30, "{found}");
    assert_eq!(found["requests"].as_array().unwrap().len(), 2, "{found}");
    assert_eq!(found["issuer_claims"], json!([address]));
    let text = crate::support::run(&["doctor", &address], "").out;
    assert!(text.contains(&format!("iss: tokens must have {address}\n")), "{text}");
    assert!(text.contains("skipped") && text.contains("ES256") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn each_broken_source_is_reported_with_its_kind() {
    let nowhere = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let other = serve(|_, _| (200, String::new(), metadata("https://other.test")));
    for (address, expected) in [
        (nowhere, "unreachable"),
        (serve(|_, _| (404, String::new(), String::new())), "status"),
        (serve(|_, _| (200, String::new(), "<html>".to_owned())), "not_metadata"),
        (other, "issuer_differs"),
        (with_keys(500, "", String::new()), "status"),
        (with_keys(302, "location: http://169.254.169.254/\r\n", String::new()), "redirected"),
        (with_keys(200, "", "{}".to_owned()), "not_keys"),
        (with_keys(200, "", " ".repeat(300_000)), "too_large"),
    ] {
        let (run, found) = doctor(&address);
        assert_eq!((run.status, found["failure"]["kind"].as_str()), (1, Some(expected)), "{run:?}");
        assert_eq!(found["well"], false);
    }
}

#[test]
fn no_usable_key_and_a_wrong_clock_are_no_success() {
    let (run, found) = doctor(&with_keys(200, "", r#"{"keys":[]}"#.to_owned()));
    assert_eq!((run.status, &found["failure"]), (1, &Value::Null), "{run:?}");
    let (run, found) = doctor(&with_keys(200, "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", keys(&[])));
    assert_eq!(run.status, 1, "{run:?}");
    assert!(found["clock_ahead"].as_i64().unwrap() > 1_000_000, "{found}");
    // Settings that no verifier accepts are reported.
    let refused = run_doctor("http://issuer.test");
    assert_eq!(refused.status, 2);
    assert!(refused.err.contains("not https"), "{refused:?}");
}

fn run_doctor(address: &str) -> Run {
    run(&["doctor", address], "")
}

#[test]
fn the_iss_of_tokens_is_that_of_the_constructor_or_the_one_that_is_named() {
    let metadata = |own: &str| json!({ "issuer": "urn:adfs", "jwks_uri": format!("{own}/jwks") }).to_string();
    let address = serve(move |own, path| match path {
        "/jwks" => (200, String::new(), keys(&[])),
        _ => (200, String::new(), metadata(own)),
    });
    for (more, status, expected) in
        [(&[][..], 1, json!([address])), (&["--issuer-claim", "urn:adfs"], 0, json!(["urn:adfs"]))]
    {
        let run = run(&[&["doctor", &address, "--json"][..], more].concat(), "");
        assert_eq!((run.status, &run.json()["issuer_claims"]), (status, &expected), "{run:?}");
    }
}

#[test]
fn a_secret_that_is_sent_is_not_printed() {
    let key = crate::support::file(&crate::support::folder("doctor-secret"), "api-key", "hunter2-4711\n");
    for answer in [(401, String::new(), "no: hunter2-4711".to_owned()), (200, String::new(), "hunter2-4711".to_owned())]
    {
        let address = serve(move |_, _| answer.clone());
        for more in [&[][..], &["--json"]] {
            let arguments = ["doctor", "--provider", "propelauth", &address, "--api-key-file", &key];
            let run = run(&[&arguments[..], more].concat(), "");
            assert!(run.status == 1 && !run.all().contains("hunter2"), "{run:?}");
        }
    }
}

#[test]
fn a_provider_needs_its_issuer_and_its_keys() {
    let empty = crate::support::folder("doctor-providers");
    let key = crate::support::file(&empty, "api-key", " \n");
    for (arguments, words) in [
        (&["doctor"][..], "--provider oidc needs an issuer"),
        (&["doctor", "--provider", "keycloak"], "--provider keycloak needs an issuer"),
        (&["doctor", "--provider", "fastapi-users"], "not fetched"),
        (&["doctor", "--provider", "cognito", "x"], "region"),
        (&["doctor", "--provider", "propelauth", "https://auth.example.com"], "api_key"),
        (&["doctor", "--provider", "propelauth", "https://auth.example.com", "--api-key-file", &key], "api_key"),
        (&["doctor", "--provider", "clerk", "https://clerk.example.com/path"], "frontend_api"),
    ] {
        let run = run(arguments, "");
        assert!(run.status == 2 && run.err.contains(words), "{arguments:?}: {run:?}");
    }
}
