//! Services behind a guard do not see the headers and cookies that a provider's proxy adds, by their documented names.

use auth_runtime::testing::TestIssuer;
use auth_runtime::{Algorithm, GuardedRouter, Issuer, Verifier, VerifierBuilder};
use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use super::{Server, claims};
use crate::removal::{Member, echo};
use crate::support::{Signer, send};

async fn seen(builder: VerifierBuilder, headers: &[(&str, &str)]) -> (u16, String) {
    let routes = GuardedRouter::new().guarded_service::<Member>("/s", axum::routing::any(echo));
    let app = routes.guarded_by(builder.build().await.unwrap()).into_router();
    let request = headers.iter().fold(Request::get("/s"), |request, (name, value)| request.header(*name, *value));
    let answer = send(&app, request.body(Body::empty()).unwrap()).await;
    (answer.status.as_u16(), answer.body)
}

#[tokio::test]
async fn headers_of_identity_aware_proxy_are_not_passed_on() {
    let (server, signer) = (Server::start(&["www.gstatic.com"]).await, Signer::new(Algorithm::ES256, "f9R3yg"));
    server.keys("www.gstatic.com/iap/verify/public_key-jwk", &[signer.jwk()]);
    let iap = server.reached_by(Issuer::google_iap("/projects/1/apps/a"));
    let assertion = json!({
        "iss": "https://cloud.google.com/iap", "aud": "/projects/1/apps/a", "sub": "accounts.google.com:1",
        "email": "ada@example.com",
    });
    let assertion = signer.token(&claims(&assertion, &json!({})));
    let added = [
        ("x-goog-iap-jwt-assertion", assertion.as_str()),
        ("x-goog-authenticated-user-email", "accounts.google.com:ada@example.com"),
        ("x-goog-authenticated-user-id", "accounts.google.com:1"),
        ("cookie", "GCP_IAAP_AUTH_TOKEN_1F2E=x; GCP_IAP_UID=1; __Host-GCP_IAP_AUTH_TOKEN_1F2E=x; theme=dark"),
        ("x-goog-other", "kept"),
    ];
    let left = "cookie=theme=dark x-goog-other=kept";
    let found = seen(Verifier::builder().issuer(iap.clone()), &added).await;
    assert_eq!(found, (200, format!("accounts.google.com:1 /s /s {left}")));
    // This is true even if another credential was accepted.
    let own = TestIssuer::new();
    let bearer = format!("Bearer {}", own.token().user("bob").build());
    let headers = [&added[..], &[("authorization", &bearer)]].concat();
    let found = seen(Verifier::builder().issuer(iap).issuer(own.issuer()), &headers).await;
    assert_eq!(found, (200, format!("bob /s /s {left}")));
}

#[tokio::test]
async fn headers_of_cloudflare_access_are_not_passed_on() {
    let (server, signer) = (Server::start(&["t.cloudflareaccess.com"]).await, Signer::new(Algorithm::RS256, "k1"));
    server.keys("t.cloudflareaccess.com/cdn-cgi/access/certs", &[signer.jwk()]);
    let access = server.reached_by(Issuer::cloudflare_access("t", "tag"));
    let assertion = json!({ "iss": "https://t.cloudflareaccess.com", "aud": ["tag"], "type": "app", "sub": "1" });
    let assertion = signer.token(&claims(&assertion, &json!({ "email": "ada@example.com" })));
    let cookies = format!("CF_Authorization={assertion}; CF_AppSession=x; CF_Binding=x; theme=dark; CF_Other=kept");
    let added = [
        ("cf-access-jwt-assertion", assertion.as_str()),
        ("cf-access-authenticated-user-email", "ada@example.com"),
        ("cf-access-client-id", "id"),
        ("cf-access-client-secret", "secret"),
        ("cf-access-token", &assertion),
        ("cookie", &cookies),
        ("cf-connecting-ip", "192.0.2.1"),
    ];
    let found = seen(Verifier::builder().issuer(access), &added).await;
    assert_eq!(found, (200, "1 /s /s cf-connecting-ip=192.0.2.1 cookie=theme=dark; CF_Other=kept".to_owned()));
}
