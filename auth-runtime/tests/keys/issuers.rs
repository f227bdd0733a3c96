//! Each constructor finds its keys, and says what is wrong where it cannot.

use auth_runtime::Issuer;
use auth_runtime::testing::TestClock;
use serde_json::json;

use crate::support::{AUDIENCE, Answer, Idp, Signer, set, verifier};

const OPENID: &str = "/.well-known/openid-configuration";

#[tokio::test]
async fn finds_keys_by_url_and_by_discovery() {
    let clock = TestClock::now();
    let idp = Idp::start(&clock).await;
    let signer = Signer::new("one");
    idp.publishes(set([&signer]));
    for issuer in [Issuer::oidc(&idp.url, AUDIENCE), Issuer::jwks_url(&*idp.url, AUDIENCE, &idp.jwks_url())] {
        let app = verifier(&clock, issuer).await;
        assert_eq!(app.status(&signer.token(&idp.url)).await, 200);
        assert_eq!(app.status(&Signer::new("one").token(&idp.url)).await, 401);
    }
    assert_eq!((idp.count(OPENID), idp.count("/jwks")), (1, 2));
    let _ = (json!(1), Answer::Hang);
}
