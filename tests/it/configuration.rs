//! Invalid configurations: each fails to build with an error that names the setting.

use std::time::Duration;

use auth_runtime::{Algorithm, Issuer, TokenLocation, Verifier};
use aws_lc_rs::rsa::KeySize;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::{RsaPem, Signer, pem};

fn public_pem(signer: &Signer) -> String {
    let x = signer.jwk()["x"].as_str().unwrap().to_owned();
    let x = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(x).unwrap();
    let der = [&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00], x.as_slice()].concat();
    pem("PUBLIC KEY", &der)
}

#[tokio::test]
async fn a_bad_issuer_fails_the_build_and_names_its_setting() {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let jwks = json!({ "keys": [signer.jwk()] }).to_string();
    let jwk = signer.jwk().to_string();
    let pem = public_pem(&signer);
    let der = STANDARD.decode(pem.lines().nth(1).unwrap()).unwrap();
    let good = || Issuer::jwks("https://issuer.test", "api", jwks.clone());
    let hmac = |secret: &str| Issuer::hmac("https://issuer.test", "api", secret);
    let long = "0123456789abcdef0123456789abcdef";
    let double = json!({ "keys": [signer.jwk(), Signer::new(Algorithm::EdDSA, "k").jwk()] }).to_string();

    let mut cases = vec![
        ("hmac", Issuer::hmac("https://issuer.test", "api", der.clone())),
        ("fastapi_users", Issuer::fastapi_users(der.clone())),
        ("danger_bare_hmac", Issuer::danger_bare_hmac(der.clone())),
        ("issuer_claim", Issuer::hmac("", "api", long)),
        ("audiences", Issuer::hmac("https://issuer.test", "", long)),
        ("named", hmac(long).danger_no_issuer_claim()),
        ("named", good().danger_no_issuer_claim()),
        ("hmac", hmac("")),
        ("hmac", hmac(&long[1..])),
        ("hmac", hmac(long).algorithms([Algorithm::HS384])),
        ("hmac", hmac(&long[..31].repeat(2)).algorithms([Algorithm::HS512])),
        ("audiences", good().audiences([""])),
        ("audiences", good().audiences(["api", ""])),
        ("audiences", good().audiences([""; 0])),
        ("audiences", good().danger_any_audience().audiences([""; 0])),
        ("audiences", Issuer::jwks("https://issuer.test", "", jwks.clone())),
        ("issuer_claim", Issuer::jwks("", "api", jwks.clone())),
        ("issuer_claim", good().issuer_claim("")),
        ("named", good().named("")),
        ("leeway", good().leeway(Duration::from_millis(300_001))),
        ("leeway", good().leeway(Duration::MAX)),
        ("algorithms", good().algorithms([])),
        ("algorithms", good().algorithms([Algorithm::HS256])),
        ("algorithms", good().algorithms([Algorithm::EdDSA, Algorithm::HS256])),
        ("algorithms", hmac(long).algorithms([Algorithm::RS256])),
        ("algorithms", Issuer::pem("https://issuer.test", "api", pem.clone()).algorithms([Algorithm::RS256])),
        ("jwks", good().algorithms([Algorithm::ES256])),
        ("jwks", Issuer::jwks("https://issuer.test", "api", "not json")),
        ("jwks", Issuer::jwks("https://issuer.test", "api", "[]")),
        ("jwks", Issuer::jwks("https://issuer.test", "api", r#"{"keys":[]}"#)),
        ("jwks", Issuer::jwks("https://issuer.test", "api", r#"{"keys":{}}"#)),
        ("jwks", Issuer::jwks("https://issuer.test", "api", double)),
        ("pem", Issuer::pem("https://issuer.test", "api", "")),
        ("pem", Issuer::pem("https://issuer.test", "api", jwk.clone())),
        ("pem", Issuer::pem("https://issuer.test", "api", RsaPem::new(KeySize::Rsa2048).private)),
        ("pem", Issuer::pem("https://issuer.test", "api", pem.repeat(2))),
        ("pem", Issuer::pem("https://issuer.test", "api", pem.replace("PUBLIC KEY", "CERTIFICATE"))),
        ("public_key_pem", good().public_key_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")),
    ];
    for key in [&pem, &jwk, &jwks] {
        for spelling in [
            key.clone(),
            format!("\u{feff}{key}"),
            key.replace('\n', "\r\n"),
            format!(" \n\t{key}"),
            format!("my key:\n{key}"),
        ] {
            cases.push(("hmac", hmac(&spelling)));
        }
    }
    for (setting, issuer) in cases {
        let shown = format!("{issuer:?}");
        let error = Verifier::new(issuer).await.unwrap_err();
        assert_eq!(error.setting(), setting, "{error} for {shown}");
        let text = error.to_string();
        assert!(text.contains(&format!("`{setting}`")), "{text}");
        for secret in [&long[..16], pem.lines().nth(1).unwrap(), signer.jwk()["x"].as_str().unwrap()] {
            assert!(!text.contains(secret) && !shown.contains(secret), "{text} {shown}");
        }
    }
    Verifier::new(good()).await.unwrap();
    Verifier::new(good().leeway(Duration::from_secs(300))).await.unwrap();
    Verifier::new(hmac(long)).await.unwrap();
    Verifier::new(hmac(long).danger_no_issuer_claim().named("own")).await.unwrap();
    Verifier::new(Issuer::fastapi_users(long)).await.unwrap();
    Verifier::new(Issuer::danger_bare_hmac(long)).await.unwrap();
    Verifier::new(Issuer::pem("https://issuer.test", "api", pem)).await.unwrap();
}

#[tokio::test]
async fn a_bad_verifier_fails_the_build_and_names_its_setting() {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let jwks = json!({ "keys": [signer.jwk()] }).to_string();
    let issuer = |iss: &str| Issuer::jwks(iss, "api", jwks.clone());
    let secret = "0123456789abcdef0123456789abcdef";
    for (setting, builder) in [
        ("issuer", Verifier::builder()),
        ("issuer", Verifier::builder().issuer(issuer("a")).issuer(issuer("a").audiences(["other"]))),
        (
            "issuer",
            Verifier::builder()
                .issuer(Issuer::fastapi_users(secret))
                .issuer(issuer("a").named("own").danger_no_issuer_claim()),
        ),
        ("named", Verifier::builder().issuer(issuer("a").named("x")).issuer(issuer("b").named("x"))),
        ("named", Verifier::builder().issuer(issuer("a").named("b")).issuer(issuer("b"))),
        ("named", Verifier::builder().issuer(Issuer::fastapi_users(secret)).issuer(issuer("fastapi-users"))),
        ("named", Verifier::builder().issuer(issuer("b")).issuer(issuer("a").named("b"))),
        ("named", Verifier::builder().issuer(Issuer::fastapi_users(secret).named("a")).issuer(issuer("a").named("x"))),
        ("max_token_bytes", Verifier::builder().issuer(issuer("a")).max_token_bytes(0)),
        ("max_token_bytes", Verifier::builder().issuer(issuer("a")).max_token_bytes(65_537)),
        ("token_location", Verifier::builder().issuer(issuer("a")).token_location(TokenLocation::cookie(""))),
        ("token_location", Verifier::builder().issuer(issuer("a")).token_location(TokenLocation::cookie("a b"))),
        (
            "token_location",
            Verifier::builder().issuer(issuer("a")).token_location(TokenLocation::websocket_query("a=b")),
        ),
        ("realm", Verifier::builder().issuer(issuer("a")).realm("the \"api\"")),
        ("realm", Verifier::builder().issuer(issuer("a")).realm("a\\b")),
        ("realm", Verifier::builder().issuer(issuer("a")).realm("a\r\nb")),
        ("realm", Verifier::builder().issuer(issuer("a")).realm("Zoë")),
    ] {
        let error = builder.build().await.unwrap_err();
        assert_eq!(error.setting(), setting, "{error}");
    }
    Verifier::builder().issuer(issuer("a")).realm("the api, v1: !'~").build().await.unwrap();
    Verifier::builder()
        .issuer(issuer("a"))
        .issuer(issuer("b"))
        .issuer(Issuer::fastapi_users(secret))
        .build()
        .await
        .unwrap();
    // An issuer may have its own `iss` as name: only one issuer has that text.
    let own = Verifier::builder().issuer(issuer("a").named("a")).issuer(issuer("b").named("x"));
    own.issuer(Issuer::fastapi_users(secret).named("y")).build().await.unwrap();
}

#[tokio::test]
async fn a_key_without_kid_is_used_only_if_it_is_the_only_key() {
    let (one, other) = (Signer::new(Algorithm::EdDSA, "k"), Signer::new(Algorithm::EdDSA, "k"));
    let nameless = |signer: &Signer| {
        let mut jwk = signer.jwk();
        jwk.as_object_mut().unwrap().remove("kid");
        jwk
    };
    let claims = json!({ "iss": "https://issuer.test", "aud": "api", "sub": "ada", "exp": 9_999_999_999_u64 });
    let without_kid = one.sign(r#"{"alg":"EdDSA"}"#, &claims.to_string());
    for (keys, named, unnamed) in [
        (json!([nameless(&one)]), true, true),
        (json!([nameless(&one), nameless(&other)]), false, false),
        (json!([nameless(&one), other.jwk()]), false, false),
        (json!([one.jwk()]), true, true),
    ] {
        let issuer = Issuer::jwks("https://issuer.test", "api", json!({ "keys": keys }).to_string());
        let verifier = Verifier::new(issuer).await.unwrap();
        assert_eq!(verifier.verify(&one.token(&claims)).await.is_ok(), named, "{keys}");
        assert_eq!(verifier.verify(&without_kid).await.is_ok(), unnamed, "{keys}");
    }
}
