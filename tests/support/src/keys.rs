//! Keys, newly generated for each test.

use std::fmt::Display;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::EncodingKey;

/// A new key for the algorithm with this name; RSA keys have 2048 bits.
pub fn new_key(algorithm: impl Display) -> EncodingKey {
    match algorithm.to_string().as_str() {
        "HS256" | "HS384" | "HS512" => {
            let mut secret = [0; 64];
            aws_lc_rs::rand::fill(&mut secret).unwrap();
            EncodingKey::from_secret(&secret)
        }
        "ES256" => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING),
        "ES384" => ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING),
        "ES512" => ecdsa(&ECDSA_P521_SHA512_FIXED_SIGNING),
        "EdDSA" => EncodingKey::from_ed_der(Ed25519KeyPair::generate().unwrap().to_pkcs8v1().unwrap().as_ref()),
        _ => RsaPem::new(KeySize::Rsa2048).signing_key(),
    }
}

fn ecdsa(algorithm: &'static EcdsaSigningAlgorithm) -> EncodingKey {
    EncodingKey::from_ec_der(EcdsaKeyPair::generate(algorithm).unwrap().to_pkcs8v1().unwrap().as_ref())
}

/// A new RSA key as PEM.
pub struct RsaPem {
    /// PKCS #8.
    pub private: String,
    /// `SubjectPublicKeyInfo`.
    pub public: String,
}

impl RsaPem {
    /// A key of this size.
    pub fn new(size: KeySize) -> Self {
        let pair = RsaKeyPair::generate(size).unwrap();
        let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        Self { private: pem("PRIVATE KEY", private.as_ref()), public: pem("PUBLIC KEY", public.as_ref()) }
    }

    /// The private key.
    pub fn signing_key(&self) -> EncodingKey {
        EncodingKey::from_rsa_pem(self.private.as_bytes()).unwrap()
    }
}

/// A PEM block (RFC 7468), on one line.
pub fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}
