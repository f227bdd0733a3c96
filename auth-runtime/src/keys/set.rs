//! The keys of one issuer at one time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use jsonwebtoken::Algorithm;
use serde_json::Value;

use super::admit::{Admitted, Material, admit};
use super::signature::SignatureCheck;
use crate::error::{TokenFault, VerifyError};
use crate::token::Header;

/// Until when an issuer's keys may be used: its key source extends it, and every check reads it.
#[derive(Debug)]
pub(crate) struct Lease(AtomicU64);

impl Lease {
    /// For keys that were given, not fetched.
    pub(crate) fn unlimited() -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(u64::MAX)))
    }

    fn has_ended(&self, now_ms: u64) -> bool {
        now_ms >= self.0.load(Ordering::Acquire)
    }
}

/// One key, prepared for one algorithm.
pub(crate) struct Key {
    kid: Option<String>,
    algorithm: Algorithm,
    check: SignatureCheck,
    is_retired: AtomicBool,
    lease: Arc<Lease>,
}

impl Key {
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.check.verifies(message, signature)
    }

    /// Whether the key still counts. Asked after the signature, so that a key taken back meanwhile is noticed; asked
    /// again each time a remembered token returns.
    pub(crate) fn is_trusted(&self, now_ms: u64) -> Result<(), VerifyError> {
        if self.is_retired.load(Ordering::Acquire) {
            return Err(TokenFault::UnknownKey.into());
        }
        if self.lease.has_ended(now_ms) {
            return Err(VerifyError::KeysUnavailable { retry_after: std::time::Duration::from_secs(15) });
        }
        Ok(())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("kid", &self.kid).field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// The keys of one issuer at one time.
#[derive(Debug)]
pub(crate) struct KeySet {
    keys: Vec<Arc<Key>>,
    /// Whether the source names its keys; a PEM or a secret has no name, and a token's `kid` says nothing about it.
    is_named: bool,
}

/// A key of a set that was left out, and why.
#[derive(Debug)]
pub(crate) struct Skipped {
    pub(crate) kid: Option<String>,
    pub(crate) fault: &'static str,
}

impl KeySet {
    /// One public key without a name, for these algorithms or, where none are given, the one it stands for.
    pub(crate) fn of_public_key(material: &Material, allowed: Option<&[Algorithm]>) -> Option<Self> {
        let keys = prepare(None, material, &fitting(material, None, allowed), &Lease::unlimited())?;
        Some(Self { keys, is_named: false })
    }

    /// One shared secret, for these algorithms.
    pub(crate) fn of_secret(secret: &[u8], algorithms: &[Algorithm]) -> Option<Self> {
        let lease = Lease::unlimited();
        let keys = algorithms.iter().map(|algorithm| {
            let check = SignatureCheck::hmac(secret, *algorithm)?;
            Some(new_key(None, *algorithm, check, &lease))
        });
        Some(Self { keys: keys.collect::<Option<_>>()?, is_named: false })
    }

    /// A JWK Set (RFC 7517 section 5). What cannot be used is left out alone and reported.
    pub(crate) fn of_jwks(keys: &[Value], allowed: Option<&[Algorithm]>, lease: &Arc<Lease>) -> (Self, Vec<Skipped>) {
        let (mut admitted, mut skipped) = (Vec::new(), Vec::new());
        for jwk in keys {
            let kid = || jwk.get("kid").and_then(Value::as_str).map(str::to_owned);
            let prepared = admit(jwk).and_then(|Admitted { kid, algorithm, material }| {
                prepare(kid.as_deref(), &material, &fitting(&material, algorithm, allowed), lease)
                    .ok_or("it is not a valid key of its type")
            });
            match prepared {
                Ok(keys) if keys.is_empty() => {
                    skipped.push(Skipped { kid: kid(), fault: "it fits none of the allowed algorithms" });
                }
                Ok(mut keys) => admitted.append(&mut keys),
                Err(fault) => skipped.push(Skipped { kid: kid(), fault }),
            }
        }
        let (keys, doubles): (Vec<_>, Vec<_>) = admitted
            .iter()
            .cloned()
            .partition(|key| admitted.iter().filter(|other| are_alike(key, other)).count() <= 1);
        skipped.extend(doubles.into_iter().map(|key| Skipped {
            kid: key.kid.clone(),
            fault: "another key of the set has the same `kid` and algorithm",
        }));
        (Self { keys, is_named: true }, skipped)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The one key that the header can mean: of its algorithm and, where keys have names, of exactly its `kid`;
    /// without a `kid`, the only one of its algorithm.
    pub(crate) fn find(&self, header: &Header<'_>) -> Option<&Arc<Key>> {
        let mut fitting = self.keys.iter().filter(|key| {
            key.algorithm == header.algorithm
                && (!self.is_named || header.kid.is_none() || key.kid.as_deref() == header.kid.as_deref())
        });
        let key = fitting.next()?;
        fitting.next().is_none().then_some(key)
    }
}

/// Keys without a `kid` are told apart where a token is: two that fit it are one too many.
fn are_alike(a: &Key, b: &Key) -> bool {
    a.kid.is_some() && a.kid == b.kid && a.algorithm == b.algorithm
}

/// The algorithms that a key serves: its own `alg`, else those allowed, else the one that its kind stands for; always
/// within what is allowed and what fits it.
fn fitting(material: &Material, own: Option<Algorithm>, allowed: Option<&[Algorithm]>) -> Vec<Algorithm> {
    let fits = material.algorithms();
    match (own, allowed) {
        (Some(own), None) => vec![own],
        (Some(own), Some(allowed)) => allowed.iter().copied().filter(|algorithm| *algorithm == own).collect(),
        (None, Some(allowed)) => allowed.iter().copied().filter(|algorithm| fits.contains(algorithm)).collect(),
        (None, None) => fits.first().copied().into_iter().collect(),
    }
}

fn prepare(
    kid: Option<&str>,
    material: &Material,
    algorithms: &[Algorithm],
    lease: &Arc<Lease>,
) -> Option<Vec<Arc<Key>>> {
    let keys = algorithms.iter().map(|algorithm| {
        let check = SignatureCheck::public(material, *algorithm)?;
        Some(new_key(kid.map(str::to_owned), *algorithm, check, lease))
    });
    keys.collect()
}

fn new_key(kid: Option<String>, algorithm: Algorithm, check: SignatureCheck, lease: &Arc<Lease>) -> Arc<Key> {
    Arc::new(Key { kid, algorithm, check, is_retired: AtomicBool::new(false), lease: Arc::clone(lease) })
}
