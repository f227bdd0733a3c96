//! Signs tokens by hand, including tokens that no library would sign.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use crate::new_key;

/// A key that signs any input, well-formed or not.
pub struct Signer {
    /// The algorithm in its header and of its signatures.
    pub algorithm: Algorithm,
    /// The name of the key.
    pub kid: String,
    /// The key.
    pub key: EncodingKey,
}

impl Signer {
    /// A new key.
    pub fn new(algorithm: Algorithm, kid: &str) -> Self {
        Self { algorithm, kid: kid.to_owned(), key: new_key(algorithm) }
    }

    /// An HS256 key with this secret.
    pub fn with_secret(secret: &[u8], kid: &str) -> Self {
        Self { algorithm: Algorithm::HS256, kid: kid.to_owned(), key: EncodingKey::from_secret(secret) }
    }

    /// The public key.
    pub fn jwk(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
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
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{message}.{signature}")
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
