//! Keys that sign the tokens of tests.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512,
    RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents,
};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::token::Algorithm;

const MADE: &str = "the back end makes keys";
const SIGNED: &str = "a key made here can sign";

/// A key for one algorithm.
pub(super) struct SigningKey {
    algorithm: Algorithm,
    pair: Pair,
}

enum Pair {
    Secret(Vec<u8>),
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

#[allow(clippy::expect_used)]
impl SigningKey {
    /// A new key for this algorithm; RSA keys have 2048 bits.
    pub(super) fn new(algorithm: Algorithm) -> Self {
        let ecdsa = |curve: &'static EcdsaSigningAlgorithm| Pair::Ecdsa(EcdsaKeyPair::generate(curve).expect(MADE));
        let pair = match algorithm {
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => {
                let mut secret = vec![0; 64];
                rand::fill(&mut secret).expect(MADE);
                Pair::Secret(secret)
            }
            Algorithm::ES256 => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::ES384 => ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::ES512 => ecdsa(&ECDSA_P521_SHA512_FIXED_SIGNING),
            Algorithm::EdDSA => Pair::Ed25519(Ed25519KeyPair::generate().expect(MADE)),
            _ => Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect(MADE)),
        };
        Self { algorithm, pair }
    }

    /// The Ed25519 key with this PKCS #8.
    pub(super) fn ed25519(pkcs8: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8).ok()?;
        Some(Self { algorithm: Algorithm::EdDSA, pair: Pair::Ed25519(pair) })
    }

    /// The PKCS #8 of an Ed25519 key; empty for other keys.
    pub(super) fn pkcs8(&self) -> Vec<u8> {
        let Pair::Ed25519(pair) = &self.pair else { return Vec::new() };
        pair.to_pkcs8().expect(MADE).as_ref().to_vec()
    }

    /// The bytes of a shared secret; empty for other keys.
    pub(super) fn secret(&self) -> &[u8] {
        if let Pair::Secret(secret) = &self.pair { secret } else { &[] }
    }

    /// The public key (RFC 7517 section 4); `None` for a shared secret.
    pub(super) fn jwk(&self, kid: &str) -> Option<Value> {
        let mut jwk = match &self.pair {
            Pair::Secret(_) => return None,
            Pair::Rsa(pair) => {
                let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({ "kty": "RSA", "n": encode(n), "e": encode(e) })
            }
            Pair::Ecdsa(pair) => {
                let curve = match self.algorithm {
                    Algorithm::ES256 => "P-256",
                    Algorithm::ES384 => "P-384",
                    _ => "P-521",
                };
                let (_, point) = pair.public_key().as_ref().split_at(1);
                let (x, y) = point.split_at(point.len() / 2);
                json!({ "kty": "EC", "crv": curve, "x": encode(x), "y": encode(y) })
            }
            Pair::Ed25519(pair) => json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key()) }),
        };
        if let Value::Object(members) = &mut jwk {
            members.insert("kid".to_owned(), kid.into());
            members.insert("alg".to_owned(), self.algorithm.to_string().into());
        }
        Some(jwk)
    }

    /// The signature of this message (RFC 7518 section 3).
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.pair {
            Pair::Secret(secret) => {
                let algorithm = match self.algorithm {
                    Algorithm::HS384 => hmac::HMAC_SHA384,
                    Algorithm::HS512 => hmac::HMAC_SHA512,
                    _ => hmac::HMAC_SHA256,
                };
                hmac::sign(&hmac::Key::new(algorithm, secret), message).as_ref().to_vec()
            }
            Pair::Rsa(pair) => {
                let encoding: &'static dyn RsaEncoding = match self.algorithm {
                    Algorithm::RS384 => &RSA_PKCS1_SHA384,
                    Algorithm::RS512 => &RSA_PKCS1_SHA512,
                    Algorithm::PS256 => &RSA_PSS_SHA256,
                    Algorithm::PS384 => &RSA_PSS_SHA384,
                    Algorithm::PS512 => &RSA_PSS_SHA512,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(encoding, &SystemRandom::new(), message, &mut signature).expect(SIGNED);
                signature
            }
            Pair::Ecdsa(pair) => pair.sign(&SystemRandom::new(), message).expect(SIGNED).as_ref().to_vec(),
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
