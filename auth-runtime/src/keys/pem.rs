//! Public keys as PEM text (RFC 7468 section 13).

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{AlgorithmFamily, DecodingKey};

use super::admit::Material;
use super::signature::choose_backend;

/// Reads one public key.
///
/// Only what is labelled a public key is taken: `jsonwebtoken` would also read a private key, and the first bit
/// string of a certificate, as if it were one.
pub(crate) fn read_pem(pem: &str) -> Result<Material, &'static str> {
    choose_backend();
    match label(pem)? {
        "PUBLIC KEY" | "RSA PUBLIC KEY" => {}
        "CERTIFICATE" => return Err("it is a certificate: give its public key (`openssl x509 -pubkey -noout`)"),
        label if label.contains("PRIVATE") => return Err("it is a private key: give the public one"),
        _ => return Err("it is not labelled `PUBLIC KEY`"),
    }
    let readers = [DecodingKey::from_rsa_pem, DecodingKey::from_ec_pem, DecodingKey::from_ed_pem];
    let key = readers.iter().find_map(|read| read(pem.as_bytes()).ok()).ok_or("it is not a public key in PEM form")?;
    if let Some(point) = p521_point(&key) {
        return Ok(Material::P521(point));
    }
    let jwk = Jwk::from_decoding_key(&key, None).map_err(|_| "its type or curve is not supported")?;
    Material::from_jwk(&jwk)
}

/// The uncompressed point of a P-521 key, which `jsonwebtoken` does not know. No other curve has points of this length.
fn p521_point(key: &DecodingKey) -> Option<Vec<u8>> {
    let point = key.try_get_as_bytes().ok().filter(|_| key.family() == AlgorithmFamily::Ec)?;
    (point.len() == 133 && point.first() == Some(&4)).then(|| point.to_vec())
}

/// The label of the only block in the text.
fn label(pem: &str) -> Result<&str, &'static str> {
    let mut blocks = pem.split("-----BEGIN ").skip(1);
    let block = blocks.next().ok_or("it is not PEM text")?;
    if blocks.next().is_some() {
        return Err("it holds more than one block");
    }
    block.split_once("-----").map(|(label, _)| label).ok_or("it is not PEM text")
}
