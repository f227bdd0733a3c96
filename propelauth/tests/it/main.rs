//! The program against a server on loopback that answers as PropelAuth documents, and what PropelAuth's own crate says
//! of the tokens that the guards see.

mod propelauth;

use std::net::SocketAddr;
use std::process::{Command, Output};

use ::propelauth::models::AuthTokenVerificationMetadata;
use ::propelauth::propelauth::auth::PropelAuth as Client;
use ::propelauth::propelauth::options::AuthOptionsWithTokenVerification;
use auth_runtime::{Issuer, Verifier};
use auth_test_support::Signer;
use propelauth_example::{Management, app};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::propelauth::{ACME, ADA, API_KEY, AUTH_URL, GLOBEX, PropelAuth};

/// The API of the program, with PropelAuth's server.
async fn serve(theirs: &PropelAuth) -> (Management, SocketAddr) {
    let issuer = Issuer::propelauth(AUTH_URL, API_KEY).propelauth_api(&theirs.address);
    let management = Management::new(&theirs.address, AUTH_URL, API_KEY).unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let ours = app(Verifier::new(issuer).await.unwrap(), management.clone());
    tokio::spawn(axum::serve(listener, ours).into_future());
    (management, address)
}

async fn status(address: SocketAddr, path: &str, token: &str) -> u16 {
    let request = reqwest::Client::new().get(format!("http://{address}{path}")).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

/// Runs the program with these settings.
async fn run(api: &str, api_key: &str, user: &str, org: &str) -> Output {
    let settings = [
        ("PROPELAUTH_AUTH_URL", AUTH_URL.to_owned()),
        ("PROPELAUTH_API", api.to_owned()),
        ("PROPELAUTH_API_KEY", api_key.to_owned()),
        ("PROPELAUTH_USER_ID", user.to_owned()),
        ("PROPELAUTH_ORG_ID", org.to_owned()),
    ];
    let program = || Command::new(env!("CARGO_BIN_EXE_propelauth-example")).envs(settings).output().unwrap();
    tokio::task::spawn_blocking(program).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_makes_a_token_and_reads_a_user_and_an_organization() {
    let theirs = PropelAuth::start().await;
    let output = run(&theirs.address, API_KEY, ADA, ACME).await;
    let expected = format!("/whoami: {ADA}\n/profile: new@example.com\n/org/{ACME}: Acme, for at most 100 users\n");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    assert!(output.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_says_why_it_fails() {
    let theirs = PropelAuth::start().await;
    for (api_key, user, org, words) in [
        ("another-key", ADA, ACME, "api_key"),
        (API_KEY, "unknown", ACME, "404"),
        // A member, but not an Admin; then not even a member.
        (API_KEY, ADA, GLOBEX, "403"),
        (API_KEY, ADA, ADA, "403"),
    ] {
        let output = run(&theirs.address, api_key, user, org).await;
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && error.contains(words) && !error.contains(api_key), "{words}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guards_and_propelauths_own_crate_agree_on_tokens() {
    let theirs = PropelAuth::start().await;
    let project = &theirs.project;
    let (management, address) = serve(&theirs).await;
    let client = Client::init(AuthOptionsWithTokenVerification {
        auth_url: AUTH_URL.to_owned(),
        api_key: API_KEY.to_owned(),
        manual_token_verification_metadata: AuthTokenVerificationMetadata { public_key_pem: project.public_key() },
    })
    .unwrap();

    let with = |name: &str, value: Value| {
        let mut claims = project.claims(None);
        claims[name] = value;
        project.sign(&claims)
    };
    let without = |name: &str| {
        let mut claims = project.claims(None);
        claims.as_object_mut().unwrap().remove(name);
        project.sign(&claims)
    };
    let now = project.claims(None)["iat"].as_u64().unwrap();
    let another_key = Signer::new("RS256", "").sign(r#"{"alg":"RS256"}"#, &project.claims(None).to_string());
    let with_public_key = Signer::with_secret(project.public_key().as_bytes(), "").token(&project.claims(None));
    for (what, token, expected) in [
        ("made by the API", management.access_token(ADA, None).await.unwrap(), 200),
        ("made for one organization", management.access_token(ADA, Some(ACME)).await.unwrap(), 200),
        ("of an impersonated user", with("impersonator_user_id", json!(ADA)), 200),
        ("expired within the leeway", with("exp", json!(now - 30)), 200),
        ("expired", with("exp", json!(now - 120)), 401),
        ("that never expires", without("exp"), 401),
        ("of another project", with("iss", json!("https://auth.example.org")), 401),
        ("of another scheme", with("iss", json!("http://auth.example.com")), 401),
        ("of nobody", without("user_id"), 401),
        ("by another key", another_key, 401),
        ("by the public key as a secret", with_public_key, 401),
        ("that is none", "garbage".to_owned(), 401),
    ] {
        let status = status(address, "/whoami", &token).await;
        let user = client.verify().validate_authorization_header(&format!("Bearer {token}"));
        assert_eq!((status, user.is_ok()), (expected, expected == 200), "a token {what}");
    }
    // Their crate does not look at these.
    for (what, token) in [("without `iss`", without("iss")), ("not valid yet", with("nbf", json!(now + 600)))] {
        assert_eq!(status(address, "/whoami", &token).await, 401, "a token {what}");
        assert!(client.verify().validate_authorization_header(&format!("Bearer {token}")).is_ok(), "a token {what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_one_organization_opens_no_other() {
    let theirs = PropelAuth::start().await;
    let (management, address) = serve(&theirs).await;
    for (active_org, expected) in [(None, 200), (Some(ACME), 200), (Some(GLOBEX), 403)] {
        let token = management.access_token(ADA, active_org).await.unwrap();
        assert_eq!(status(address, &format!("/org/{ACME}"), &token).await, expected, "{active_org:?}");
    }
}
