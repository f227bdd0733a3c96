//! Which public keys are strong enough to trust. `jsonwebtoken` and the back end do not check this when they parse
//! keys.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk};
use serde_json::{Map, Value};

use crate::base64url;
use crate::token::Algorithm;

/// An admitted public key.
#[derive(Clone, Eq, PartialEq)]
pub(crate) enum Material {
    /// Modulus and exponent, big-endian, without leading zeros.
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// An uncompressed point (SEC 1 section 2.3.3).
    P256(Vec<u8>),
    /// An uncompressed point.
    P384(Vec<u8>),
    /// An uncompressed point.
    P521(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl Material {
    /// The algorithms that this kind of key fits. The first is the default, used if nothing names an algorithm.
    pub(crate) fn algorithms(&self) -> &'static [Algorithm] {
        match self {
            Self::Rsa { .. } => &[
                Algorithm::RS256,
                Algorithm::RS384,
                Algorithm::RS512,
                Algorithm::PS256,
                Algorithm::PS384,
                Algorithm::PS512,
            ],
            Self::P256(_) => &[Algorithm::ES256],
            Self::P384(_) => &[Algorithm::ES384],
            Self::P521(_) => &[Algorithm::ES512],
            Self::Ed25519(_) => &[Algorithm::EdDSA],
        }
    }

    /// Reads a key that `jsonwebtoken` has parsed, and checks it against the rules.
    pub(crate) fn from_jwk(jwk: &Jwk) -> Result<Self, &'static str> {
        match &jwk.algorithm {
            AlgorithmParameters::RSA(rsa) => Self::rsa(&decode(&rsa.n)?, &decode(&rsa.e)?),
            AlgorithmParameters::EllipticCurve(ec) => {
                let (x, y) = (decode(&ec.x)?, decode(&ec.y)?);
                match &ec.curve {
                    EllipticCurve::P256 => Ok(Self::P256(point(&x, &y, 32)?)),
                    EllipticCurve::P384 => Ok(Self::P384(point(&x, &y, 48)?)),
                    EllipticCurve::P521 => Ok(Self::P521(point(&x, &y, 66)?)),
                    _ => Err("its curve is not supported"),
                }
            }
            AlgorithmParameters::OctetKeyPair(okp) if okp.curve == EllipticCurve::Ed25519 => {
                Self::ed25519(decode(&okp.x)?)
            }
            AlgorithmParameters::OctetKeyPair(_) => Err("its curve is not supported"),
            AlgorithmParameters::OctetKey(_) => Err("it is a shared secret"),
            _ => Err("its type is not supported"),
        }
    }

    pub(super) fn rsa(n: &[u8], e: &[u8]) -> Result<Self, &'static str> {
        let (n, e) = (without_leading_zeros(n), without_leading_zeros(e));
        let bits = n.first().map_or(0, |first| n.len() * 8 - first.leading_zeros() as usize);
        if bits < 2048 {
            return Err("its modulus is shorter than 2048 bits");
        }
        if bits > 8192 {
            return Err("its modulus is longer than 8192 bits");
        }
        if n.last().is_none_or(|last| last % 2 == 0) {
            return Err("its modulus is even");
        }
        if has_roca_fingerprint(n) {
            return Err("its modulus was made by a generator that lets others factor it (CVE-2017-15361)");
        }
        if e.last().is_none_or(|last| last % 2 == 0) || e == [1] {
            return Err("its exponent is even or less than 3");
        }
        Ok(Self::Rsa { n: n.to_vec(), e: e.to_vec() })
    }

    pub(super) fn ed25519(x: Vec<u8>) -> Result<Self, &'static str> {
        let mut y: [u8; 32] = x.as_slice().try_into().map_err(|_| "it is not 32 bytes long")?;
        if let Some(last) = y.last_mut() {
            *last &= 0x7f; // The top bit is the sign of the other coordinate.
        }
        if LOW_ORDER.contains(&y) {
            return Err("it is a point of low order");
        }
        Ok(Self::Ed25519(x))
    }
}

/// Whether the modulus has the form that Infineon's library generates: modulo each small prime, it is a power of 65537.
/// Other moduli look like this with a chance of one in 2^28.
fn has_roca_fingerprint(n: &[u8]) -> bool {
    const PRIMES: [u32; 38] = [
        3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
        109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
    ];
    PRIMES.iter().all(|prime| {
        let residue = n.iter().fold(0, |residue, byte| (residue << 8 | u32::from(*byte)) % prime);
        let mut power = 1;
        loop {
            if power == residue {
                return true;
            }
            power = power * 65537 % prime;
            if power == 1 {
                return false;
            }
        }
    })
}

/// The y coordinates of the points whose order divides 8, in canonical and non-canonical form. RFC 8032 section 5.1.3
/// does not exclude these points. With such a key, one signature can fit many messages.
const LOW_ORDER: [[u8; 32]; 7] = {
    const fn filled(first: u8) -> [u8; 32] {
        let mut y = [0xff; 32];
        y[0] = first;
        y[31] = 0x7f;
        y
    }
    let zero = [0; 32];
    let mut one = [0; 32];
    one[0] = 1;
    [
        zero,
        one,
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
            0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
            0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
        filled(0xec),
        filled(0xed),
        filled(0xee),
    ]
};

fn point(x: &[u8], y: &[u8], bytes: usize) -> Result<Vec<u8>, &'static str> {
    // RFC 7518 section 6.2.1.2: full width, including leading zeros.
    if x.len() != bytes || y.len() != bytes {
        return Err(
            "its coordinates do not have the length of its curve: leading zeros belong to them (RFC 7518 section 6.2.1.2)",
        );
    }
    Ok([&[4], x, y].concat())
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn decode(text: &str) -> Result<Vec<u8>, &'static str> {
    base64url::decode(text.as_bytes()).map_err(|_| "it is not base64url without padding (RFC 7515 section 2)")
}

/// A key of a JWK Set (RFC 7517 section 4) that may be used to check signatures.
pub(crate) struct Admitted {
    pub(crate) kid: Option<String>,
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) material: Material,
    pub(crate) scope: KeyScope,
}

/// The issuer whose tokens a key may sign, if its JWK says so. These members are not part of a standard: Microsoft
/// Entra publishes one set of keys for the tokens of several issuers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct KeyScope {
    /// The member `issuer`.
    pub(crate) issuer: Option<String>,
    /// The member `cloud_instance_name`.
    pub(crate) cloud: Option<String>,
}

impl KeyScope {
    /// A member that is not a string is read as an empty string, which is not the name of an issuer.
    fn of(jwk: &Map<String, Value>) -> Self {
        let text = |name| jwk.get(name).map(|value| value.as_str().unwrap_or_default().to_owned());
        Self { issuer: text("issuer"), cloud: text("cloud_instance_name") }
    }
}

/// Why an entry in the `keys` of a JWK Set is skipped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NotAdmitted {
    /// It is invalid.
    Faulty(&'static str),
    /// It has another purpose (RFC 7517 section 5), which is not an error.
    OtherPurpose(&'static str),
}

impl NotAdmitted {
    pub(crate) fn reason(self) -> &'static str {
        let (Self::Faulty(reason) | Self::OtherPurpose(reason)) = self;
        reason
    }
}

impl From<&'static str> for NotAdmitted {
    fn from(fault: &'static str) -> Self {
        Self::Faulty(fault)
    }
}

const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Reads one entry in the `keys` of a JWK Set.
pub(crate) fn admit(jwk: &Value) -> Result<Admitted, NotAdmitted> {
    let jwk = jwk.as_object().ok_or("it is not an object")?;
    if PRIVATE.iter().any(|private| jwk.contains_key(*private)) {
        return Err("it has private parameters or is a shared secret".into());
    }
    match text(jwk, "use")? {
        None | Some("sig") => {}
        Some("jwt-svid" | "x509-svid") => {
            let reason =
                "its `use` is not `sig`: this is a SPIFFE bundle; read the keys of SPIRE's OIDC discovery provider";
            return Err(NotAdmitted::OtherPurpose(reason));
        }
        Some(_) => return Err(NotAdmitted::OtherPurpose("its `use` is not `sig`")),
    }
    if let Some(operations) = jwk.get("key_ops") {
        let operations = operations.as_array().ok_or("its `key_ops` is not an array")?;
        if !operations.iter().any(|operation| operation == "verify") {
            return Err(NotAdmitted::OtherPurpose("its `key_ops` does not contain `verify`"));
        }
    }
    let kid = text(jwk, "kid")?;
    let algorithm = text(jwk, "alg")?
        .map(|name| Algorithm::of_name(name).ok_or(NotAdmitted::OtherPurpose("its `alg` is not supported")))
        .transpose()?;
    let is_known = |kty: &Value| ["RSA", "EC", "OKP", "oct"].iter().any(|known| kty == known);
    if jwk.get("kty").is_some_and(|kty| kty.is_string() && !is_known(kty)) {
        return Err(NotAdmitted::OtherPurpose("its `kty` is not supported"));
    }
    let material = material(jwk)?;
    if algorithm.is_some_and(|algorithm| !material.algorithms().contains(&algorithm)) {
        return Err("its `alg` does not fit its `kty` and `crv`".into());
    }
    Ok(Admitted { kid: kid.map(str::to_owned), algorithm, material, scope: KeyScope::of(jwk) })
}

/// The public key of a JWK that also contains the private key: everyone who reads the set can sign with it.
pub(crate) fn exposed(jwk: &Value) -> Option<Material> {
    let jwk = jwk.as_object()?;
    PRIVATE.iter().any(|private| jwk.contains_key(*private)).then(|| material(jwk).ok()).flatten()
}

fn material(jwk: &Map<String, Value>) -> Result<Material, &'static str> {
    // Only these parameters are read, so that an odd `x5c` does not make the key unusable.
    let parameters: Map<String, Value> = ["kty", "crv", "x", "y", "n", "e"]
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), jwk.get(*name)?.clone())))
        .collect();
    let parsed: Jwk = serde_json::from_value(Value::Object(parameters))
        .map_err(|_| "its `kty` is not supported or its parameters do not fit it")?;
    Material::from_jwk(&parsed)
}

fn text<'a>(jwk: &'a Map<String, Value>, name: &'static str) -> Result<Option<&'a str>, &'static str> {
    jwk.get(name).map(|value| value.as_str().ok_or("its `use`, `kid` or `alg` is not a string")).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A modulus of this length that passes all other checks.
    #[allow(clippy::indexing_slicing)]
    fn modulus(bytes: usize, first: u8, last: u8) -> Vec<u8> {
        let mut n = vec![0x5a; bytes];
        n[0] = first;
        n[bytes - 1] = last;
        n
    }

    #[test]
    #[allow(clippy::indexing_slicing)]
    fn weak_rsa_keys_are_refused() {
        // The product of the small primes, times a power of two, plus one: a power of 65537 modulo each of them.
        let mut roca = vec![
            0x04, 0x92, 0x65, 0xd3, 0x57, 0x4c, 0xef, 0xd0, 0x42, 0x29, 0xbf, 0xd6, 0x62, 0xa4, 0xa4, 0x6f, 0x86, 0x11,
            0xed, 0x02, 0x26, 0xc6, 0x55, 0xf0, 0x76, 0xeb, 0xad, 0xe3,
        ];
        roca.resize(256, 0);
        roca[255] = 1;
        let padded = [[0; 3].as_slice(), &modulus(256, 0x80, 1)].concat();
        for (n, e, expected) in [
            (modulus(256, 0x80, 1), vec![1, 0, 1], true),
            (padded.clone(), vec![0, 0, 3], true),
            (modulus(256, 0x7f, 1), vec![1, 0, 1], false),
            (modulus(255, 0xff, 1), vec![1, 0, 1], false),
            (modulus(1024, 0xff, 1), vec![3], true),
            (modulus(1025, 0x01, 1), vec![3], false),
            (modulus(256, 0x80, 2), vec![1, 0, 1], false),
            (modulus(256, 0x80, 1), vec![1], false),
            (modulus(256, 0x80, 1), vec![0, 1], false),
            (modulus(256, 0x80, 1), vec![2], false),
            (modulus(256, 0x80, 1), vec![0], false),
            (modulus(256, 0x80, 1), vec![], false),
            (vec![], vec![3], false),
            (roca, vec![1, 0, 1], false),
        ] {
            let admitted = Material::rsa(&n, &e);
            assert_eq!(admitted.is_ok(), expected, "{} bytes, first {:?}, e {e:?}", n.len(), n.first());
            if let Ok(Material::Rsa { n, e }) = admitted {
                assert!(n.first() != Some(&0) && e.first() != Some(&0));
            }
        }
    }
}
