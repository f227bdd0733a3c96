//! In a program with both back ends, `jsonwebtoken` cannot choose one by itself. The program must still start and
//! verify.

use auth_runtime::testing::TestIssuer;
use auth_runtime::{Algorithm, Issuer, Verifier};

/// An Ed25519 key of RFC 8410 section 10.1.
const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

pub async fn both_are_there() {
    // Each path exists only with its feature.
    let _ = (&jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER, &jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER);
    // This must be first, so that nothing has chosen a back end before it.
    Verifier::new(Issuer::pem("https://issuer.test", "api", PEM)).await.expect("a PEM key is read");
    for algorithm in [
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::ES512,
        Algorithm::EdDSA,
        Algorithm::HS256,
        Algorithm::HS384,
        Algorithm::HS512,
    ] {
        let issuer = TestIssuer::with_algorithm(algorithm);
        let verifier = issuer.verifier().await;
        verifier.verify(&issuer.token().user("ada").build()).await.expect("a good token is good");
        let strange = verifier.verify(&issuer.token().signed_by_stranger().build()).await;
        assert!(strange.is_err(), "{algorithm:?}: a stranger's token");
    }
    println!("both back ends enabled: 13 algorithms verified");
}
