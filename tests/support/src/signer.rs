//! Signs tokens by hand, including tokens that no library would sign.

use std::fmt::Display;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::EncodingKey;
use jsonwebtoken::jwk::Jwk;
use serde_json::{Value, json};

use crate::new_key;

/// A key that signs any input, well-formed or not.
pub struct Signer {
    /// The name of the algorithm in its header and of its signatures.
    pub algorithm: String,
    /// The name of the key.
    pub kid: String,
    /// The key.
    pub key: EncodingKey,
}

impl Signer {
    /// A new key for the algorithm of this name.
    pub fn new(algorithm: impl Display, kid: &str) -> Self {
        Self::with_key(&algorithm, kid, new_key(&algorithm))
    }

    /// This key, for the algorithm of this name.
    pub fn with_key(algorithm: impl Display, kid: &str, key: EncodingKey) -> Self {
        Self { algorithm: algorithm.to_string(), kid: kid.to_owned(), key }
    }

    /// An HS256 key with this secret.
    pub fn with_secret(secret: &[u8], kid: &str) -> Self {
        Self::with_key("HS256", kid, EncodingKey::from_secret(secret))
    }

    /// The public key.
    pub fn jwk(&self) -> Value {
        if self.algorithm == "ES512" {
            let pair = self.p521_pair();
            // The first byte says that the point is not compressed.
            let (_, point) = pair.public_key().as_ref().split_first().unwrap();
            let (x, y) = point.split_at(66);
            return json!({
                "kty": "EC", "crv": "P-521", "alg": "ES512", "kid": self.kid, "x": encode(x), "y": encode(y),
            });
        }
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm.parse().unwrap()).unwrap();
        jwk.common.key_id = Some(self.kid.clone());
        json!(jwk)
    }

    /// The header of a valid token.
    pub fn header(&self) -> Value {
        json!({ "alg": self.algorithm, "typ": "JWT", "kid": self.kid })
    }

    /// Signs this header and payload as they are.
    pub fn sign(&self, header: &str, payload: &str) -> String {
        self.sign_bytes(header.as_bytes(), payload.as_bytes())
    }

    /// Signs this header and payload. They need not be text.
    pub fn sign_bytes(&self, header: &[u8], payload: &[u8]) -> String {
        let message = format!("{}.{}", encode(header), encode(payload));
        let signature = self.signature(message.as_bytes());
        format!("{message}.{signature}")
    }

    /// The signature of this message, encoded.
    pub fn signature(&self, message: &[u8]) -> String {
        if self.algorithm == "ES512" {
            return encode(self.p521_pair().sign(&SystemRandom::new(), message).unwrap());
        }
        jsonwebtoken::crypto::sign(message, &self.key, self.algorithm.parse().unwrap()).unwrap()
    }

    /// `jsonwebtoken` does not support ES512.
    fn p521_pair(&self) -> EcdsaKeyPair {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P521_SHA512_FIXED_SIGNING, self.key.as_bytes()).unwrap()
    }

    /// A token with these claims.
    pub fn token(&self, claims: &Value) -> String {
        self.sign(&self.header().to_string(), &claims.to_string())
    }
}

/// A part of a token: base64url without padding.
pub fn encode(part: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(part)
}
