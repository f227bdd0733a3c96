//! What real providers publish: the cases of `tests/it/field.rs` that need a key server.

use std::time::Duration;

use auth_runtime::testing::TestClock;
use auth_runtime::{Issuer, reqwest};
use serde_json::json;

use crate::support::{AUDIENCE, Answer, Idp, Signer, count, set, try_verifier, verifier};

/// The metadata of the issuer at this path says that it is another one.
fn publishes(idp: &Idp, path: &str, issuer: &str, signer: &Signer) {
    let metadata = json!({ "issuer": issuer, "jwks_uri": idp.jwks_url() });
    idp.answers(&format!("{path}/.well-known/openid-configuration"), Answer::Json(metadata));
    idp.answers("/jwks", Answer::Json(set([signer])));
}

#[tokio::test]
async fn metadata_and_tokens_may_name_different_issuers_if_both_are_stated() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let (signer, url) = (Signer::new("k"), idp.url.clone());
    let address = format!("{url}/tenant/v2.0");
    for (name, metadata, tokens) in [
        (
            "B2: Azure AD B2C names in its metadata what tokens say",
            "https://shop.test/TID/v2.0/",
            "https://shop.test/TID/v2.0/",
        ),
        ("B8: Entra's tokens of version 1", address.as_str(), "https://sts.windows.net/TID/"),
        ("B8: AD FS", address.as_str(), "http://fs.test/adfs/services/trust"),
    ] {
        publishes(&idp, "/tenant/v2.0", metadata, &signer);
        let app = verifier(&clock, Issuer::oidc(&address, AUDIENCE).issuer_claim(tokens)).await;
        assert_eq!(app.status(&signer.token(tokens)).await, 200, "{name}");
        assert_eq!(app.status(&signer.token("https://other.test/")).await, 401, "{name}");
        if metadata != tokens {
            assert_eq!(app.status(&signer.token(metadata)).await, 401, "{name}: tokens say what they are held to");
        }
    }
    publishes(&idp, "/tenant/v2.0", "https://evil.test", &signer);
    let issuer = Issuer::oidc(&address, AUDIENCE).issuer_claim("https://sts.windows.net/TID/");
    let error = try_verifier(&clock, issuer).await.err().unwrap().to_string();
    assert!(error.contains("its `issuer` is \"https://evil.test\""), "{error}");
}

/// A client that finds the server on loopback under a name of the network.
fn finds(idp: &Idp, host: &'static str) -> impl Fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder + use<> {
    let address = idp.url.trim_start_matches("http://").parse().unwrap();
    move |client| client.no_proxy().resolve(host, address)
}

#[tokio::test]
async fn b9_keys_are_fetched_over_http_only_from_listed_hosts() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let signer = Signer::new("k");
    let port = idp.url.rsplit(':').next().unwrap();
    let iss = "http://localhost:8080/realms/b9";
    let keys = format!("http://keycloak.b9:{port}/jwks");
    idp.answers("/jwks", Answer::Json(set([&signer])));
    let issuer = || Issuer::jwks_url(iss, AUDIENCE, &keys).http_client(finds(&idp, "keycloak.b9"));
    for refused in [issuer(), issuer().danger_allow_http(["keycloak"]), issuer().danger_allow_http(["b9"])] {
        let error = try_verifier(&clock, refused).await.err().unwrap();
        assert_eq!(error.setting(), "jwks_url");
        assert!(error.to_string().contains("`.danger_allow_http([..])`"), "{error}");
    }
    assert_eq!(idp.total(), 0);
    let app = verifier(&clock, issuer().danger_allow_http(["Keycloak.B9"])).await;
    assert_eq!((app.status(&signer.token(iss)).await, app.status(&Signer::new("k").token(iss)).await), (200, 401));
    assert_eq!(
        count(iss, &["keys may be fetched over plain http", "keycloak.b9"]).max(count(iss, &["Keycloak.B9"])),
        1
    );

    // By discovery: the document must not lead to a host that was not named.
    let realm = format!("http://keycloak.b9:{port}");
    for (jwks_uri, is_good) in [(&keys, true), (&format!("http://other.b9:{port}/jwks"), false)] {
        let metadata = json!({ "issuer": realm, "jwks_uri": jwks_uri });
        idp.answers("/.well-known/openid-configuration", Answer::Json(metadata));
        let issuer = Issuer::keycloak(&realm, AUDIENCE).danger_allow_http(["keycloak.b9"]);
        let built = try_verifier(&clock, issuer.http_client(finds(&idp, "keycloak.b9"))).await;
        assert_eq!(built.is_ok(), is_good, "{jwks_uri}: {:?}", built.err());
    }
}

#[tokio::test]
async fn b15_a_token_with_kid_over_a_key_without_one_causes_no_fetch() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let signer = Signer::new("k");
    let mut nameless = signer.jwk();
    nameless.as_object_mut().unwrap().remove("kid");
    idp.publishes(json!({ "keys": [nameless] }));
    let app = verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE)).await;
    for kid in ["2024-a", "2024-b", "k"] {
        assert_eq!(app.status(&signer.token_with_kid(&idp.url, kid)).await, 200, "{kid}");
    }
    assert_eq!(idp.count("/jwks"), 1);
    // The source may put another key without a name in its place.
    let next = Signer::new("k");
    let mut nameless = next.jwk();
    nameless.as_object_mut().unwrap().remove("kid");
    clock.advance(Duration::from_secs(31));
    idp.publishes(json!({ "keys": [nameless] }));
    assert_eq!(app.status(&next.token_with_kid(&idp.url, "2025-a")).await, 200);
}

#[tokio::test]
async fn b26_keys_for_other_purposes_cause_no_warning() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let signer = Signer::new("k");
    let (mut enc, mut oaep) = (Signer::new("enc").jwk(), Signer::new("oaep").jwk());
    enc["use"] = json!("enc");
    oaep["alg"] = json!("RSA-OAEP");
    let new = json!({ "kty": "AKP", "alg": "ML-DSA-44", "kid": "new", "pub": "AAAA" });
    let broken = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "broken", "x": "AAAA" });
    idp.publishes(json!({ "keys": [signer.jwk(), enc, oaep, new, broken] }));
    let app = verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE)).await;
    assert_eq!(app.status(&signer.token(&idp.url)).await, 200);
    for (kid, level) in [("enc", "DEBUG"), ("oaep", "DEBUG"), ("new", "DEBUG"), ("broken", "WARN")] {
        let words = ["a key of the set was skipped", &format!("kid={kid:?}")];
        assert_eq!((count(&idp.url, &words), count(&idp.url, &[level, words[0], words[1]])), (1, 1), "{kid}");
    }
}
