//! A provider reads its claims, adds its own rules, and explains a failed start, in one file.

#![allow(clippy::unwrap_used)]

use std::net::TcpListener;
use std::time::{Duration, SystemTime};

use auth_test_support::Signer;
use serde_json::{Value, json};

use super::*;
use crate::error::VerifyError;
use crate::verifier::Verifier;

const URL: &str = "https://acme.test";

fn claims(changes: &Value) -> Value {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let mut claims = json!({
        "iss": URL, "aud": "web", "exp": now + 600, "member": "ada", "workspace": "w1", "may": ["write"],
        "email": "ada@acme.test",
    });
    claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    claims
}

#[tokio::test]
async fn its_table_of_claims_fills_the_identity() {
    let signer = Signer::new("EdDSA", "k");
    let keys = json!({ "keys": [signer.jwk()] }).to_string();
    let verifier = Verifier::new(Issuer::acme(URL, "web").public_keys(keys)).await.unwrap();
    let verify = async |changes: Value| verifier.verify(&signer.token(&claims(&changes))).await;
    let user = verify(json!({})).await.unwrap().user();
    assert_eq!((user.id(), user.email(), user.issuer()), ("ada", Some("ada@acme.test"), URL));
    let org = user.active_org().unwrap();
    assert_eq!((org.id(), org.has_permission("write"), org.has_permission("read")), ("w1", true, false));
    assert_eq!(user.is_impersonated(), None);
    let acted_for = verify(json!({ "act": { "sub": "bob" } })).await.unwrap().user();
    assert_eq!(acted_for.is_impersonated(), Some(true));
    for (changes, claim) in [(json!({ "may": 1 }), "may"), (json!({ "member": [] }), "member")] {
        let error = verify(changes).await.err().unwrap();
        assert!(matches!(error, VerifyError::Invalid(_)), "{error:?}");
        assert!(error.to_string().contains(claim), "{error}");
    }
}

#[tokio::test]
async fn its_rules_and_its_explanation_of_a_failed_start_hold() {
    let signer = Signer::new("EdDSA", "k");
    let keys = || json!({ "keys": [signer.jwk()] }).to_string();
    let decides_by_nickname = Issuer::acme(URL, "web").public_keys(keys()).roles_from("nickname");
    let error = Verifier::new(decides_by_nickname).await.err().unwrap();
    assert_eq!(error.setting(), "roles_from", "{error}");
    Verifier::new(Issuer::acme(URL, "web").public_keys(keys()).applications()).await.unwrap();

    // Nothing listens at this address any more.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let start = Verifier::new(Issuer::acme(&format!("http://{address}"), "web"));
    let error = tokio::time::timeout(Duration::from_secs(20), start).await.unwrap().err().unwrap();
    assert_eq!(error.setting(), "url", "{error}");
    assert!(error.to_string().contains("is not the URL of an Acme"), "{error}");
}
