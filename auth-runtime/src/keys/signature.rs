//! Checks a signature with a key that is parsed already.

use std::fmt;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters, RsaPublicKeyComponents};

use super::admit::Material;
use crate::token::Algorithm;

/// Makes `jsonwebtoken` use the back end that this crate is built with.
///
/// If another crate of the program enables the other back end too, `jsonwebtoken` cannot choose and would panic at its
/// first use. An earlier choice by the program is kept.
pub(crate) fn choose_backend() {
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
}

/// A key prepared for one algorithm.
pub(crate) enum SignatureCheck {
    Public(ParsedPublicKey),
    Hmac(Box<hmac::Key>),
}

impl SignatureCheck {
    /// Prepares a public key; `None` if the back end refuses it, for example a point that is not on its curve.
    pub(crate) fn public(material: &Material, algorithm: Algorithm) -> Option<Self> {
        let key = match (material, algorithm) {
            (Material::Rsa { n, e }, _) => {
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(rsa_parameters(algorithm)?)
            }
            (Material::P256(point), Algorithm::ES256) => {
                ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
            }
            (Material::P384(point), Algorithm::ES384) => {
                ParsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, point)
            }
            (Material::P521(point), Algorithm::ES512) => {
                ParsedPublicKey::new(&signature::ECDSA_P521_SHA512_FIXED, point)
            }
            (Material::Ed25519(key), Algorithm::EdDSA) => ParsedPublicKey::new(&signature::ED25519, key),
            _ => return None,
        };
        key.ok().map(Self::Public)
    }

    /// Prepares a shared secret; `None` if the algorithm does not use one.
    pub(crate) fn hmac(secret: &[u8], algorithm: Algorithm) -> Option<Self> {
        let algorithm = match algorithm {
            Algorithm::HS256 => hmac::HMAC_SHA256,
            Algorithm::HS384 => hmac::HMAC_SHA384,
            Algorithm::HS512 => hmac::HMAC_SHA512,
            _ => return None,
        };
        Some(Self::Hmac(Box::new(hmac::Key::new(algorithm, secret))))
    }

    /// Whether `signature` is valid for `message` with this key (RFC 7515 section 5.2). A MAC is compared in constant
    /// time.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Public(key) => key.verify_sig(message, signature).is_ok(),
            Self::Hmac(key) => hmac::verify(key, message, signature).is_ok(),
        }
    }
}

impl fmt::Debug for SignatureCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    Some(match algorithm {
        Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}
