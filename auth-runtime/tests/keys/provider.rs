//! A real identity provider: `oidc-provider`, started on loopback.
//!
//! Needs Node.js 20, and `npm ci` once in `tests/keys/oidc-provider`. Then run `cargo test -- --include-ignored`.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use auth_runtime::testing::TestClock;
use auth_runtime::{Issuer, TokenType, reqwest};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::support::{AUDIENCE, App, verifier, wait_for};

struct Provider {
    issuer: String,
    says: Lines<BufReader<ChildStdout>>,
    told: ChildStdin,
    client: reqwest::Client,
    _process: Child,
}

impl Provider {
    async fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/keys/oidc-provider");
        assert!(folder.join("node_modules").is_dir(), "run `npm ci` in {}", folder.display());
        let process = Command::new("node")
            .arg("provider.mjs")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Its warnings do not matter here: no database, an older Node.js.
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let mut process = process.expect("Node.js can be started: `node`");
        let mut says = BufReader::new(process.stdout.take().unwrap()).lines();
        let told = process.stdin.take().unwrap();
        let issuer = next(&mut says).await["issuer"].as_str().unwrap().to_owned();
        Self { issuer, says, told, client: reqwest::Client::new(), _process: process }
    }

    /// Publishes these keys, and signs with the first one.
    async fn keys(&mut self, kids: &[&str]) {
        self.told.write_all(format!("keys {}\n", kids.join(" ")).as_bytes()).await.unwrap();
        assert_eq!(next(&mut self.says).await, json!({ "keys": kids }));
    }

    /// An opaque access token and a refresh token of one user.
    async fn opaque(&mut self) -> [String; 2] {
        self.told.write_all(format!("opaque {AUDIENCE}\n").as_bytes()).await.unwrap();
        let made = next(&mut self.says).await;
        ["access", "refresh"].map(|kind| made[kind].as_str().unwrap().to_owned())
    }

    async fn revoke(&mut self, access: &str) {
        self.told.write_all(format!("revoke {access}\n").as_bytes()).await.unwrap();
        assert_eq!(next(&mut self.says).await, json!({ "revoked": access }));
    }

    /// An access token from client credentials (RFC 6749 section 4.4) for a resource (RFC 8707).
    async fn token(&self) -> String {
        let request = self.client.post(format!("{}/token", self.issuer)).basic_auth("service", Some("of-the-service"));
        let resource = AUDIENCE.replace(':', "%3A").replace('/', "%2F");
        let response = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("grant_type=client_credentials&scope=invoices%3Aread&resource={resource}"))
            .send()
            .await
            .unwrap();
        let answer: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        answer["access_token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
    }
}

async fn next(says: &mut Lines<BufReader<ChildStdout>>) -> Value {
    let line = says.next_line().await.unwrap().expect("the provider goes on: see what `node provider.mjs` says");
    serde_json::from_str(&line).unwrap()
}

async fn statuses<const N: usize>(app: &App, tokens: [&str; N]) -> [u16; N] {
    let mut statuses = [0; N];
    for (status, token) in statuses.iter_mut().zip(tokens) {
        *status = app.status(token).await;
    }
    statuses
}

#[tokio::test]
#[ignore = "needs Node.js 20, and `npm ci` in auth-runtime/tests/keys/oidc-provider"]
async fn tokens_of_a_real_identity_provider_verify_across_a_key_rotation() {
    let mut provider = Provider::start().await;
    let iss = provider.issuer.clone();
    let clock = TestClock::now();
    let app = verifier(&clock, Issuer::oidc(&iss, AUDIENCE)).await;

    let old = provider.token().await;
    let user = app.verifier.verify(&old).await.unwrap().user();
    assert_eq!((user.id(), user.issuer(), user.scopes()), ("service", &*iss, Some(&["invoices:read".to_owned()][..])));
    assert_eq!(statuses(&app, [&old]).await, [200]);
    // It is a strict RFC 9068 token with the right audience.
    let strict = verifier(&clock, Issuer::oidc(&iss, AUDIENCE).token_type(TokenType::AccessJwt).named("strict")).await;
    let other = verifier(&clock, Issuer::oidc(&iss, "https://other.test").named("other")).await;
    assert_eq!((strict.status(&old).await, other.status(&old).await), (200, 401));

    provider.keys(&["b", "a"]).await;
    let new = provider.token().await;
    assert_eq!(statuses(&app, [&new, &old]).await, [200, 200]);
    assert_eq!(app.verifier.health().issuers()[0].fetches, 2);

    provider.keys(&["b"]).await;
    clock.advance(Duration::from_mins(6));
    wait_for(&iss, &["keys changed", "kept=1 added=0 retired=1"], 1).await;
    assert_eq!(statuses(&app, [&new, &provider.token().await, &old]).await, [200, 200, 401]);
    let health = app.verifier.health().issuers()[0].clone();
    println!("oidc-provider: discovery, one rotation; {} fetches, {} throttled", health.fetches, health.throttled);
}

#[tokio::test]
#[ignore = "needs Node.js 20, and `npm ci` in auth-runtime/tests/keys/oidc-provider"]
async fn opaque_tokens_of_a_real_identity_provider_are_introspected_and_refresh_tokens_refused() {
    let mut provider = Provider::start().await;
    let iss = provider.issuer.clone();
    let clock = TestClock::now();
    let endpoint =
        |audience| Issuer::introspection(&format!("{iss}/token/introspection"), "service", "of-the-service", audience);
    let app = verifier(&clock, endpoint(AUDIENCE)).await;
    let [access, refresh] = provider.opaque().await;
    let user = app.verifier.verify(&access).await.unwrap().user();
    assert_eq!((user.id(), user.issuer(), user.scopes()), ("ada", &*iss, Some(&["invoices:read".to_owned()][..])));
    assert_eq!(user.claim::<String>("client_id").unwrap().as_deref(), Some("service"));
    assert_eq!(statuses(&app, [&access, &refresh, "made-up"]).await, [200, 401, 401]);
    // The endpoint says that it is active, but it is refused here: nothing marks it as an access token.
    let error = app.verifier.verify(&refresh).await.unwrap_err();
    assert_eq!(error, auth_runtime::InvalidTokenReason::Type.into());
    let other = verifier(&clock, endpoint("https://other.test").named("other")).await;
    assert_eq!(other.status(&access).await, 401);
    let wrong = Issuer::introspection(&format!("{iss}/token/introspection"), "service", "guess", AUDIENCE);
    assert_eq!(verifier(&clock, wrong.named("wrong")).await.status(&access).await, 503);
    let posted = verifier(&clock, endpoint(AUDIENCE).named("posted").client_secret_post()).await;
    assert_eq!(posted.status(&access).await, 200);
    // A revoked token stays valid for the rest of the minute.
    provider.revoke(&access).await;
    assert_eq!(app.status(&access).await, 200);
    clock.advance(Duration::from_secs(61));
    assert_eq!(app.status(&access).await, 401);
}
