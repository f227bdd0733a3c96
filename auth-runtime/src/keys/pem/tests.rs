#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use auth_test_support::pem;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};

use super::{Material, read_pem};

fn der(key: &impl AsDer<PublicKeyX509Der<'static>>) -> Vec<u8> {
    key.as_der().unwrap().as_ref().to_vec()
}

/// The `SubjectPublicKeyInfo` of a new key of each kind, by another implementation, and the key itself.
fn keys() -> Vec<(Vec<u8>, Material)> {
    let point = |algorithm: &'static EcdsaSigningAlgorithm, material: fn(Vec<u8>) -> Material| {
        let pair = EcdsaKeyPair::generate(algorithm).unwrap();
        (der(pair.public_key()), material(pair.public_key().as_ref().to_vec()))
    };
    let ed25519 = Ed25519KeyPair::generate().unwrap();
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let [n, e] = [rsa.public_key().modulus(), rsa.public_key().exponent()]
        .map(|number| number.big_endian_without_leading_zero().to_vec());
    vec![
        (der(rsa.public_key()), Material::Rsa { n, e }),
        point(&ECDSA_P256_SHA256_FIXED_SIGNING, Material::P256),
        point(&ECDSA_P384_SHA384_FIXED_SIGNING, Material::P384),
        point(&ECDSA_P521_SHA512_FIXED_SIGNING, Material::P521),
        (der(ed25519.public_key()), Material::Ed25519(ed25519.public_key().as_ref().to_vec())),
    ]
}

fn is_read_as(text: &str, key: &Material) -> bool {
    read_pem(text).is_ok_and(|read| read == *key)
}

#[test]
fn a_key_of_each_kind_is_read() {
    for (der, key) in keys() {
        let text = pem("PUBLIC KEY", &der);
        assert!(is_read_as(&text, &key), "{text}");
        assert!(is_read_as(&format!("a comment\r\n{}\r\n", text.replace('\n', "\r\n")), &key), "{text}");
    }
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let Ok(info) = read_pem(&pem("PUBLIC KEY", &der(rsa.public_key()))) else { panic!() };
    assert!(is_read_as(&pem("RSA PUBLIC KEY", rsa.public_key().as_ref()), &info));
}

#[test]
fn what_is_not_exactly_a_key_is_refused() {
    for (der, key) in keys() {
        let is_refused = |der: &[u8]| read_pem(&pem("PUBLIC KEY", der)).is_err();
        for end in 0..der.len() {
            assert!(is_refused(&der[..end]), "{end} of {} bytes", der.len());
        }
        assert!(is_refused(&[&der[..], &[0]].concat()), "a byte more");
        for place in 0..der.len() {
            let mut changed = der.clone();
            changed[place] ^= 0x40;
            // The changed bytes may be another key, but never the same key.
            assert!(!is_read_as(&pem("PUBLIC KEY", &changed), &key), "byte {place}");
        }
        // The length of the outer element, written with one byte more than necessary.
        let longer = match der[1] {
            0x82 => [&[0x30, 0x83, 0], &der[2..]].concat(),
            0x81 => [&[0x30, 0x82, 0], &der[2..]].concat(),
            _ => [&[0x30, 0x81], &der[1..]].concat(),
        };
        assert!(is_refused(&longer));
    }
}

#[test]
fn points_must_be_uncompressed_and_bit_strings_whole() {
    let (der, _) = keys().swap_remove(1);
    let head = &der[..der.len() - 66];
    let x = &der[der.len() - 64..der.len() - 32];
    let mut compressed = [head, &[0, 2], x].concat();
    compressed[1] -= 32;
    compressed[head.len() - 1] -= 32;
    assert_eq!(
        read_pem(&pem("PUBLIC KEY", &compressed)).err(),
        Some("its point is not an uncompressed point of its curve")
    );
    let mut unused = der.clone();
    unused[head.len()] = 1;
    assert_eq!(read_pem(&pem("PUBLIC KEY", &unused)).err(), Some("it is not a public key in PEM form"));
}

#[test]
fn other_text_is_refused_with_what_it_is() {
    let (der, _) = keys().swap_remove(4);
    let good = pem("PUBLIC KEY", &der);
    for (text, why) in [
        (String::new(), "it is not PEM text"),
        ("-----BEGIN PUBLIC KEY".to_owned(), "it is not PEM text"),
        (format!("{good}{good}"), "it contains more than one block"),
        (pem("CERTIFICATE", &der), "it is a certificate: use its public key (`openssl x509 -pubkey -noout`)"),
        (pem("PRIVATE KEY", &der), "it is a private key: use the public key"),
        (pem("EC PRIVATE KEY", &der), "it is a private key: use the public key"),
        (pem("PUBLIC", &der), "its label is not `PUBLIC KEY`"),
        (pem("RSA PUBLIC KEY", &der), "it is not a public key in PEM form"),
        (good.replace("END PUBLIC KEY", "END RSA PUBLIC KEY"), "it is not a public key in PEM form"),
        (good.replace("-----END PUBLIC KEY-----\n", ""), "it is not a public key in PEM form"),
        (good.replacen("MCow", "MC*w", 1), "it is not a public key in PEM form"),
        // The object identifier of X25519.
        (pem("PUBLIC KEY", &[&der[..8], &[0x6e], &der[9..]].concat()), "its type or curve is not supported"),
    ] {
        assert_eq!(read_pem(&text).err(), Some(why), "{text}");
    }
}
