//! Public keys as PEM text (RFC 7468 section 13).

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{AlgorithmFamily, DecodingKey};

use super::admit::Material;
use super::signature::choose_backend;

/// Reads one public key.
///
/// Accepts only text that is labeled as a public key. `jsonwebtoken` would also accept a private key, and would take
/// the first bit string of a certificate for a key.
pub(crate) fn read_pem(pem: &str) -> Result<Material, &'static str> {
    choose_backend();
    match label(pem)? {
        "PUBLIC KEY" | "RSA PUBLIC KEY" => {}
        "CERTIFICATE" => return Err("it is a certificate: use its public key (`openssl x509 -pubkey -noout`)"),
        label if label.contains("PRIVATE") => return Err("it is a private key: use the public key"),
        _ => return Err("its label is not `PUBLIC KEY`"),
    }
    let readers = [DecodingKey::from_rsa_pem, DecodingKey::from_ec_pem, DecodingKey::from_ed_pem];
    let key = readers.iter().find_map(|read| read(pem.as_bytes()).ok()).ok_or("it is not a public key in PEM form")?;
    if let Some(point) = p521_point(&key) {
        return Ok(Material::P521(point));
    }
    let jwk = Jwk::from_decoding_key(&key, None).map_err(|_| "its type or curve is not supported")?;
    Material::from_jwk(&jwk)
}

/// The uncompressed point of a P-521 key, which `jsonwebtoken` cannot read. No other curve has points of this length.
fn p521_point(key: &DecodingKey) -> Option<Vec<u8>> {
    let point = key.try_get_as_bytes().ok().filter(|_| key.family() == AlgorithmFamily::Ec)?;
    (point.len() == 133 && point.first() == Some(&4)).then(|| point.to_vec())
}

/// The label of the only block in the text.
fn label(pem: &str) -> Result<&str, &'static str> {
    let mut blocks = pem.split("-----BEGIN ").skip(1);
    let block = blocks.next().ok_or("it is not PEM text")?;
    if blocks.next().is_some() {
        return Err("it contains more than one block");
    }
    block.split_once("-----").map(|(label, _)| label).ok_or("it is not PEM text")
}
