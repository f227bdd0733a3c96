//! A second real identity provider, which shares no code with the first: Authlib's server, started on loopback.
//!
//! Needs a virtual environment with the packages of `tests/keys/authlib/requirements.txt`, whose folder `AUTHLIB_VENV`
//! names. Then run `cargo test -- --include-ignored`.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use auth_runtime::testing::TestClock;
use auth_runtime::{InvalidTokenReason, Issuer, TokenType, reqwest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::support::{AUDIENCE, verifier, wait_for};

const CALLBACK: &str = "https%3A%2F%2Fapp.example.com%2Fcallback";

struct Server {
    issuer: String,
    says: Lines<BufReader<ChildStdout>>,
    told: ChildStdin,
    client: reqwest::Client,
    _process: Child,
}

impl Server {
    async fn start() -> Self {
        let environment = std::env::var("AUTHLIB_VENV").expect("AUTHLIB_VENV names a virtual environment");
        let process = Command::new(Path::new(&environment).join("bin/python"))
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys/authlib/server.py"))
            .arg(AUDIENCE)
            // It serves plain http, on loopback.
            .env("AUTHLIB_INSECURE_TRANSPORT", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let mut process = process.expect("Python can be started");
        let mut says = BufReader::new(process.stdout.take().unwrap()).lines();
        let told = process.stdin.take().unwrap();
        let issuer = next(&mut says).await["issuer"].as_str().unwrap().to_owned();
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { issuer, says, told, client, _process: process }
    }

    /// Changes its keys, and says which it publishes.
    async fn tell(&mut self, command: &str) -> Value {
        self.told.write_all(format!("{command}\n").as_bytes()).await.unwrap();
        next(&mut self.says).await["keys"].clone()
    }

    async fn post(&self, form: String) -> Value {
        let request = self.client.post(format!("{}/token", self.issuer)).basic_auth("service", Some("of-the-service"));
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(form);
        serde_json::from_slice(&request.send().await.unwrap().bytes().await.unwrap()).unwrap()
    }

    /// The token of the client itself (RFC 6749 section 4.4).
    async fn of_client(&self) -> String {
        token(&self.post("grant_type=client_credentials&scope=invoices%3Aread".to_owned()).await, "access_token")
    }

    /// The access token and the ID token of a user, by an authorization code with PKCE, as a browser gets them.
    async fn of_user(&self) -> (String, String) {
        let code_verifier = "v".repeat(43);
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, code_verifier.as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(digest);
        let address = format!(
            "{}/authorize?response_type=code&client_id=service&redirect_uri={CALLBACK}&scope=openid%20invoices%3Aread\
             &nonce=n-1&state=s&code_challenge={challenge}&code_challenge_method=S256",
            self.issuer
        );
        let response = self.client.get(address).send().await.unwrap();
        let location = response.headers()["location"].to_str().unwrap();
        let code = location.split(['?', '&']).find_map(|part| part.strip_prefix("code=")).unwrap();
        let form =
            format!("grant_type=authorization_code&code={code}&redirect_uri={CALLBACK}&code_verifier={code_verifier}");
        let tokens = self.post(form).await;
        (token(&tokens, "access_token"), token(&tokens, "id_token"))
    }
}

fn token(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
}

async fn next(says: &mut Lines<BufReader<ChildStdout>>) -> Value {
    let line = says.next_line().await.unwrap().expect("the server goes on: see what `python server.py` says");
    serde_json::from_str(&line).unwrap()
}

#[tokio::test]
#[ignore = "needs AUTHLIB_VENV: a virtual environment with tests/keys/authlib/requirements.txt"]
async fn tokens_of_a_second_identity_provider_verify_across_a_key_rotation() {
    let mut server = Server::start().await;
    let iss = server.issuer.clone();
    let clock = TestClock::now();
    let app = verifier(&clock, Issuer::oidc(&iss, AUDIENCE)).await;

    let (access, id_token) = server.of_user().await;
    let user = app.verifier.verify(&access).await.unwrap().user();
    let scopes = ["openid", "invoices:read"].map(str::to_owned);
    assert_eq!((user.id(), user.issuer(), user.scopes()), ("ada", &*iss, Some(&scopes[..])));
    assert!(user.claim::<u64>("auth_time").unwrap().is_some());
    let client = server.of_client().await;
    assert_eq!(app.verifier.verify(&client).await.unwrap().user().id(), "service");
    assert_eq!((app.status(&access).await, app.status(&client).await), (200, 200));

    // They are strict access tokens (RFC 9068), and only for this audience.
    let strict = verifier(&clock, Issuer::oidc(&iss, AUDIENCE).token_type(TokenType::AccessJwt).named("strict")).await;
    let other = verifier(&clock, Issuer::oidc(&iss, "https://other.test").named("other")).await;
    assert_eq!((strict.status(&access).await, other.status(&access).await), (200, 401));
    // The ID token is for the client. It is refused even if its audience is accepted.
    let lax = verifier(&clock, Issuer::oidc(&iss, "service").named("lax")).await;
    for (app, reason) in [(&app, InvalidTokenReason::Audience), (&lax, InvalidTokenReason::IdToken)] {
        assert_eq!(app.status(&id_token).await, 401);
        assert_eq!(app.verifier.verify(&id_token).await.unwrap_err(), reason.into());
    }

    assert_eq!(server.tell("rotate").await, json!(["key-2", "key-1"]));
    let (new, _) = server.of_user().await;
    assert_eq!((app.status(&new).await, app.status(&access).await), (200, 200));
    assert_eq!(app.verifier.health().issuers()[0].fetches, 2);

    assert_eq!(server.tell("retire").await, json!(["key-2"]));
    clock.advance(Duration::from_mins(6));
    wait_for(&iss, &["keys changed", "kept=1 added=0 retired=1"], 1).await;
    assert_eq!((app.status(&new).await, app.status(&access).await), (200, 401));
}
