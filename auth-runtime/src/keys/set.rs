//! The keys of one issuer at one time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jsonwebtoken::Algorithm;
use serde_json::Value;

use super::admit::{Admitted, Material, admit};
use super::lease::Lease;
use super::signature::SignatureCheck;
use crate::clock::Clock;
use crate::error::{TokenFault, VerifyError};
use crate::token::Header;

/// One key, prepared for one algorithm.
pub(crate) struct Key {
    kid: Option<String>,
    algorithm: Algorithm,
    /// What it was made from; `None` for a secret, which no set brings again.
    material: Option<Material>,
    check: SignatureCheck,
    is_retired: AtomicBool,
    lease: Arc<Lease>,
}

impl Key {
    fn new(
        kid: Option<String>,
        algorithm: Algorithm,
        material: Option<Material>,
        check: SignatureCheck,
        lease: &Arc<Lease>,
    ) -> Arc<Self> {
        Arc::new(Self { kid, algorithm, material, check, is_retired: AtomicBool::new(false), lease: Arc::clone(lease) })
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.check.verifies(message, signature)
    }

    /// Whether the key still counts. Asked after the signature, so that a key taken back meanwhile is noticed; asked
    /// again each time a remembered token returns.
    pub(crate) fn is_trusted(&self, clock: &Clock) -> Result<(), VerifyError> {
        if self.is_retired.load(Ordering::Acquire) {
            return Err(TokenFault::UnknownKey.into());
        }
        self.lease.check(clock)
    }

    /// Whether the header names this key, rather than only fitting it.
    #[cfg(feature = "http-client")]
    pub(super) fn is_named_by(&self, header: &Header<'_>) -> bool {
        self.kid.is_some() && self.kid.as_deref() == header.kid.as_deref()
    }

    fn is_same(&self, kid: Option<&str>, algorithm: Algorithm, material: &Material) -> bool {
        self.kid.as_deref() == kid && self.algorithm == algorithm && self.material.as_ref() == Some(material)
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
    /// Keys of the set before that this one lacks. They count until a scheduled fetch confirms that they are gone.
    missing: Vec<Arc<Key>>,
    /// Whether the source names its keys; a PEM or a secret has no name, and a token's `kid` says nothing about it.
    is_named: bool,
}

/// A key of a set that was left out, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Skipped {
    pub(crate) kid: Option<String>,
    pub(crate) fault: &'static str,
}

impl KeySet {
    /// No key: what a key source has before its first answer.
    #[cfg(feature = "http-client")]
    pub(super) fn empty() -> Self {
        Self { keys: Vec::new(), missing: Vec::new(), is_named: true }
    }

    /// One public key without a name, for these algorithms or, where none are given, the one it stands for.
    pub(crate) fn of_public_key(material: &Material, making: &Making<'_>) -> Option<Self> {
        let keys = making.keys(None, material, None)?;
        Some(Self { keys, missing: Vec::new(), is_named: false })
    }

    /// One shared secret, for these algorithms.
    pub(crate) fn of_secret(secret: &[u8], algorithms: &[Algorithm]) -> Option<Self> {
        let lease = Lease::unlimited();
        let keys = algorithms.iter().map(|algorithm| {
            let check = SignatureCheck::hmac(secret, *algorithm)?;
            Some(Key::new(None, *algorithm, None, check, &lease))
        });
        Some(Self { keys: keys.collect::<Option<_>>()?, missing: Vec::new(), is_named: false })
    }

    /// A JWK Set (RFC 7517 section 5). What cannot be used is left out alone and reported.
    pub(crate) fn of_jwks(keys: &[Value], making: &Making<'_>) -> (Self, Vec<Skipped>) {
        let (mut admitted, mut skipped) = (Vec::new(), Vec::new());
        for jwk in keys {
            let kid = || jwk.get("kid").and_then(Value::as_str).map(str::to_owned);
            let prepared = admit(jwk).and_then(|Admitted { kid, algorithm, material }| {
                making.keys(kid.as_deref(), &material, algorithm).ok_or("it is not a valid key of its type")
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
        (Self { keys, missing: Vec::new(), is_named: true }, skipped)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many keys count, those included whose removal is not confirmed.
    pub(crate) fn len(&self) -> usize {
        self.keys.len() + self.missing.len()
    }

    /// Puts this set in the place of `before`, and says what that changes.
    ///
    /// Keys that this set lacks are taken back if `is_final`, and stay as `missing` otherwise. They are taken back
    /// before this set is published, so that there is no moment in which a key that is gone still counts.
    #[cfg(feature = "http-client")]
    pub(super) fn replace(mut self, before: &Self, is_final: bool) -> (Self, Change) {
        let is_here = |key: &Arc<Key>| self.keys.iter().any(|other| Arc::ptr_eq(key, other));
        let (kept, gone): (Vec<_>, Vec<_>) = before.all().cloned().partition(is_here);
        let added = self.keys.len().saturating_sub(kept.len());
        let mut change = Change { kept: kept.len(), added, ..Change::default() };
        if is_final {
            for key in &gone {
                key.is_retired.store(true, Ordering::Release);
            }
            change.retired = gone.len();
        } else {
            change.missing = gone.len();
            self.missing = gone;
        }
        (self, change)
    }

    /// Whether no key is missing.
    #[cfg(feature = "http-client")]
    pub(super) fn is_whole(&self) -> bool {
        self.missing.is_empty()
    }

    /// The set as its source last published it.
    #[cfg(feature = "http-client")]
    pub(super) fn as_published(&self) -> Self {
        Self { keys: self.keys.clone(), missing: Vec::new(), is_named: self.is_named }
    }

    fn all(&self) -> impl Iterator<Item = &Arc<Key>> {
        self.keys.iter().chain(&self.missing)
    }

    /// The one key that the header can mean: of its algorithm and, where keys have names, of exactly its `kid`;
    /// without a `kid`, the only one of its algorithm.
    pub(crate) fn find(&self, header: &Header<'_>) -> Option<&Arc<Key>> {
        self.find_other(header, None)
    }

    /// The same, after the signature did not verify with `failed`. Keys whose removal is not confirmed come last.
    pub(super) fn find_other(&self, header: &Header<'_>, failed: Option<&Arc<Key>>) -> Option<&Arc<Key>> {
        [&self.keys, &self.missing].into_iter().find_map(|keys| {
            let mut fitting = keys.iter().filter(|key| {
                key.algorithm == header.algorithm
                    && (!self.is_named || header.kid.is_none() || key.kid.as_deref() == header.kid.as_deref())
            });
            let key = fitting.next()?;
            let is_other = !failed.is_some_and(|failed| Arc::ptr_eq(key, failed));
            (is_other && fitting.next().is_none()).then_some(key)
        })
    }
}

/// How a set differs from the one before it.
#[cfg(feature = "http-client")]
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Change {
    pub(super) kept: usize,
    pub(super) added: usize,
    pub(super) retired: usize,
    /// Not in the new set, and not retired until a scheduled fetch confirms it.
    pub(super) missing: usize,
}

/// What public keys are made with.
pub(crate) struct Making<'a> {
    /// The algorithms that the issuer allows; `None` where nothing was said.
    pub(crate) allowed: Option<&'a [Algorithm]>,
    pub(crate) lease: Arc<Lease>,
    /// The set before this one: a key that is in both lives on, with the tokens that it verified.
    pub(crate) before: Option<&'a KeySet>,
}

impl<'a> Making<'a> {
    /// For keys that are given once.
    pub(crate) fn given(allowed: Option<&'a [Algorithm]>) -> Self {
        Self { allowed, lease: Lease::unlimited(), before: None }
    }

    /// One key for each algorithm that it serves; `None` where the back end refuses it.
    fn keys(&self, kid: Option<&str>, material: &Material, own: Option<Algorithm>) -> Option<Vec<Arc<Key>>> {
        let algorithms = fitting(material, own, self.allowed);
        algorithms.into_iter().map(|algorithm| self.key(kid, algorithm, material)).collect()
    }

    fn key(&self, kid: Option<&str>, algorithm: Algorithm, material: &Material) -> Option<Arc<Key>> {
        let mut before = self.before.into_iter().flat_map(KeySet::all);
        if let Some(same) = before.find(|key| key.is_same(kid, algorithm, material)) {
            return Some(Arc::clone(same));
        }
        let check = SignatureCheck::public(material, algorithm)?;
        Some(Key::new(kid.map(str::to_owned), algorithm, Some(material.clone()), check, &self.lease))
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
