//! Public keys as PEM text (RFC 7468 section 13).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::admit::Material;

/// `AlgorithmIdentifier`s, without the bytes of their outer `SEQUENCE`: object identifiers in DER, for RSA with `NULL`
/// (RFC 3279 section 2.3.1, RFC 5480 section 2.1.1, RFC 8410 section 3).
const RSA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
const P256: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
const P384: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22";
const P521: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23";
const ED25519: &[u8] = b"\x06\x03\x2b\x65\x70";

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const SEQUENCE: u8 = 0x30;

const NOT_A_KEY: &str = "it is not a public key in PEM form";

/// Reads one public key. Only text that is labeled as a public key is accepted.
pub(crate) fn read_pem(pem: &str) -> Result<Material, &'static str> {
    let (label, body) = only_block(pem)?;
    match label {
        "PUBLIC KEY" => subject_public_key_info(&body.ok_or(NOT_A_KEY)?),
        "RSA PUBLIC KEY" => rsa_public_key(&body.ok_or(NOT_A_KEY)?),
        "CERTIFICATE" => Err("it is a certificate: use its public key (`openssl x509 -pubkey -noout`)"),
        label if label.contains("PRIVATE") => Err("it is a private key: use the public key"),
        _ => Err("its label is not `PUBLIC KEY`"),
    }
}

/// The label of the only block in the text, and what it contains if that is base64.
fn only_block(pem: &str) -> Result<(&str, Option<Vec<u8>>), &'static str> {
    let mut blocks = pem.split("-----BEGIN ").skip(1);
    let block = blocks.next().ok_or("it is not PEM text")?;
    if blocks.next().is_some() {
        return Err("it contains more than one block");
    }
    let (label, rest) = block.split_once("-----").ok_or("it is not PEM text")?;
    let body = rest.split_once("-----END ").filter(|(_, end)| end.trim_end() == format!("{label}-----"));
    let body = body.and_then(|(body, _)| {
        let text: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        STANDARD.decode(text).ok()
    });
    Ok((label, body))
}

/// RFC 5280 section 4.1.
fn subject_public_key_info(der: &[u8]) -> Result<Material, &'static str> {
    let parts = || {
        let (algorithm, rest) = first(only(der, SEQUENCE)?, SEQUENCE)?;
        // The first byte is the number of unused bits at the end.
        let key = only(rest, BIT_STRING)?.strip_prefix(&[0])?;
        Some((algorithm, key))
    };
    let (algorithm, key) = parts().ok_or(NOT_A_KEY)?;
    match algorithm {
        RSA => rsa_public_key(key),
        P256 => Ok(Material::P256(point(key, 32)?)),
        P384 => Ok(Material::P384(point(key, 48)?)),
        P521 => Ok(Material::P521(point(key, 66)?)),
        ED25519 => Material::ed25519(key.to_vec()),
        _ => Err("its type or curve is not supported"),
    }
}

/// RFC 8017 section A.1.1.
fn rsa_public_key(der: &[u8]) -> Result<Material, &'static str> {
    let parts = || {
        let (n, rest) = first(only(der, SEQUENCE)?, INTEGER)?;
        let e = only(rest, INTEGER)?;
        // The first bit is the sign.
        [n, e].iter().all(|number| number.first().is_some_and(|byte| *byte < 0x80)).then_some((n, e))
    };
    let (n, e) = parts().ok_or(NOT_A_KEY)?;
    Material::rsa(n, e)
}

/// An uncompressed point with coordinates of this length. The back end checks that it is on the curve.
fn point(key: &[u8], bytes: usize) -> Result<Vec<u8>, &'static str> {
    let is_uncompressed = key.len() == 1 + 2 * bytes && key.first() == Some(&4);
    is_uncompressed.then(|| key.to_vec()).ok_or("its point is not an uncompressed point of its curve")
}

/// The contents of the first element, which has this tag, and what follows it.
fn first(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let rest = der.strip_prefix(&[tag])?;
    // DER: the shortest form of a length. No public key needs more than two bytes for it.
    let (length, rest) = match rest {
        [length, rest @ ..] if *length < 0x80 => (usize::from(*length), rest),
        [0x81, length, rest @ ..] if *length >= 0x80 => (usize::from(*length), rest),
        [0x82, high, low, rest @ ..] if *high > 0 => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// The contents of the only element, which has this tag.
fn only(der: &[u8], tag: u8) -> Option<&[u8]> {
    first(der, tag).filter(|(_, rest)| rest.is_empty()).map(|(contents, _)| contents)
}

#[cfg(test)]
mod tests;
