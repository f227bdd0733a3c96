//! A program in which `serde_json` keeps the digits of numbers: numbers that are not 64-bit integers arrive as objects
//! with one member. The same tokens must be accepted and refused as elsewhere.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use auth_runtime::testing::TestIssuer;
use auth_runtime::{Algorithm, ClaimMapping, Identity, Issuer, Membership, Verified, Verifier};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use serde_json::Value;

const SECRET: &[u8] = b"a secret that is long enough for it";
/// Before 1.5e9.
const NOW: u64 = 1_499_999_000;

/// Signs these texts.
fn sign(header: &str, payload: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let key = EncodingKey::from_secret(SECRET);
    let signature =
        jsonwebtoken::crypto::sign(message.as_bytes(), &key, jsonwebtoken::Algorithm::HS256).expect("signed");
    format!("{message}.{signature}")
}

async fn verifier(mapped: fn(Issuer) -> Issuer) -> Verifier {
    let issuer = mapped(Issuer::fastapi_users(SECRET).danger_any_audience());
    let clock = Arc::new(AtomicU64::new(NOW * 1000));
    Verifier::builder().issuer(issuer).clock(clock).build().await.expect("a verifier")
}

/// Prints the claim `x` as the metadata of an organization.
fn mapped(issuer: Issuer) -> Issuer {
    issuer.claim_mapping(ClaimMapping::none()).map_identity(|claims, _| {
        let seen = claims.get("x").cloned().unwrap_or_default();
        Some(Identity::new("ada").org(Membership::new("acme", "Admin").metadata(seen)))
    })
}

fn propelauth(issuer: Issuer) -> Issuer {
    issuer.claim_mapping(ClaimMapping::propelauth())
}

/// The same text as a claim and as metadata.
async fn with(mapped: fn(Issuer) -> Issuer, value: &str) -> Option<Verified> {
    let payload = format!(
        r#"{{"user_id":"ada","exp":1.5e9,"x":{value},"org_member_info":{{"org_id":"acme","user_role":"Admin","org_metadata":{value}}}}}"#
    );
    verifier(mapped).await.verify(&sign(r#"{"alg":"HS256"}"#, &payload)).await.ok()
}

fn nested(arrays: usize, inner: &str) -> String {
    format!("{}{inner}{}", "[".repeat(arrays), "]".repeat(arrays))
}

pub async fn arrive_as_objects() {
    let exact: Value = serde_json::from_str("1.50").expect("a number");
    assert_eq!(exact.to_string(), "1.50", "the feature is enabled");
    dates().await;
    values().await;
    key_sets().await;
    println!("numbers kept exactly: tokens that hold them are good");
}

async fn dates() {
    let verifier = verifier(|issuer| issuer).await;
    for (claims, is_good) in [
        (r#""sub":"ada","exp":1.5e9"#, true),
        (r#""sub":"ada","exp":1700000000.5"#, true),
        (r#""sub":"ada","exp":1500000000"#, true),
        (r#""sub":"ada","exp":1.5E+9,"nbf":1499999000.0,"iat":1.4e9"#, true),
        (r#""sub":"ada","exp":1.4e9"#, false),
        (r#""sub":"ada","exp":1e999"#, false),
        (r#""sub":"ada","exp":"1.5e9""#, false),
        (r#""sub":"ada","exp":{"$serde_json::private::Number":"1.5e9"}"#, false),
        (r#""sub":"ada","exp":1.5e9,"nbf":1.5e9"#, false),
        (r#""user_id":7,"exp":1.5e9"#, true),
        (r#""user_id":-7,"exp":1.5e9"#, true),
        (r#""user_id":7.5,"exp":1.5e9"#, false),
        (r#""user_id":123456789012345678901234567890,"exp":1.5e9"#, false),
    ] {
        let verdict = verifier.verify(&sign(r#"{"alg":"HS256","x":[1.5]}"#, &format!("{{{claims}}}"))).await;
        assert_eq!(verdict.is_ok(), is_good, "{claims}: {verdict:?}");
    }
}

async fn values() {
    for mapping in [mapped as fn(Issuer) -> Issuer, propelauth] {
        for value in [
            "1.5",
            "-0",
            "123456789012345678901234567890",
            r#"{"seats":2.50,"limits":[1e+2,-0.25]}"#,
            // The claims are around it and, for metadata, the organization.
            &nested(30, "1.5"),
            &nested(29, r#"{"a":1.5}"#),
        ] {
            let verified = with(mapping, value).await.unwrap_or_else(|| panic!("{value} is good"));
            let expected: Value = serde_json::from_str(value).expect("JSON");
            let user = verified.user();
            assert_eq!(user.org("acme").expect("a member").metadata(), &expected);
            assert_eq!(user.claim::<Value>("x").expect("a value"), Some(expected.clone()));
            assert_eq!(verified.claims::<Value>().expect("claims")["x"], expected);
        }
        for value in [
            r#"{"a":1.5,"a":1.5}"#,
            r#"{"$serde_json::private::RawValue":"1.5"}"#,
            r#"[{"a":2.5,"\u0024serde_json::private::RawValue":"{}"}]"#,
            &nested(32, "1.5"),
            &nested(31, "{}"),
            &nested(31, r#"{"$serde_json::private::RawValue":"1.5"}"#),
        ] {
            assert!(with(mapping, value).await.is_none(), "{value} is not");
        }
    }
    assert_eq!(with(mapped, "2.5").await.expect("good").user().claim::<f64>("x").expect("a number"), Some(2.5));
    // Here, `serde_json` reads this as the number in the string. Neither a name nor a level can hide in it.
    let hidden = r#"{"$serde_json::private::Number":"{\"a\":1,\"a\":2}"}"#;
    assert!(with(mapped, hidden).await.is_none());
    let stored = with(propelauth, hidden).await.expect("good").user();
    assert!(stored.org("acme").expect("a member").metadata().is_null());
}

async fn key_sets() {
    let issuer = TestIssuer::with_algorithm(Algorithm::EdDSA);
    for (member, is_good) in [(r#""x":[1.5]"#, true), (r#""$serde_json::private::RawValue":"1.5""#, false)] {
        let set = issuer.jwks().to_string();
        let set = format!("{{{member},{}", set.strip_prefix('{').expect("an object"));
        assert_eq!(Verifier::new(Issuer::jwks("https://issuer.test", "api", set)).await.is_ok(), is_good, "{member}");
    }
}
