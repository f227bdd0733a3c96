//! Builds sets of keys.

use std::sync::Arc;

use serde_json::Value;

use super::admit::{Admitted, KeyScope, Material, NotAdmitted, admit, exposed};
use super::lease::Lease;
use super::set::{Key, KeySet};
use super::signature::SignatureCheck;
use crate::token::Algorithm;

/// Builds sets of public keys.
pub(crate) struct KeySetBuilder<'a> {
    /// The algorithms that the issuer allows; `None` if the setting is not used.
    allowed: Option<&'a [Algorithm]>,
    lease: Arc<Lease>,
    /// The previous set. A key that is in both sets is kept, so that cached tokens that it verified stay valid.
    before: Option<&'a KeySet>,
}

/// A key that was left out of a set, and the reason.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Skipped {
    pub(crate) kid: Option<String>,
    pub(crate) fault: &'static str,
    /// Whether it is skipped only because it has another purpose.
    pub(crate) has_other_purpose: bool,
}

impl Skipped {
    pub(crate) fn faulty(kid: Option<String>, fault: &'static str) -> Self {
        Self { kid, fault, has_other_purpose: false }
    }
}

impl<'a> KeySetBuilder<'a> {
    /// For static keys.
    pub(crate) fn new(allowed: Option<&'a [Algorithm]>) -> Self {
        Self { allowed, lease: Lease::unlimited(), before: None }
    }

    /// For keys that expire at a set time, in milliseconds since 1970.
    pub(crate) fn until(mut self, until_ms: Option<u64>) -> Self {
        self.lease = until_ms.map_or(self.lease, Lease::until);
        self
    }

    /// For fetched keys.
    #[cfg(feature = "http-client")]
    pub(super) fn following(before: &'a KeySet, allowed: Option<&'a [Algorithm]>, lease: Arc<Lease>) -> Self {
        Self { allowed, lease, before: Some(before) }
    }

    /// One public key without a name, for the allowed algorithms, or for the default of its type if the setting is not
    /// used.
    pub(crate) fn public_key(&self, material: &Material) -> Option<KeySet> {
        Some(KeySet::new(self.keys(None, material, None, &KeyScope::default())?, false))
    }

    /// A JWK Set (RFC 7517 section 5). Keys that cannot be used are skipped and reported; the others are admitted.
    pub(crate) fn jwks(&self, keys: &[Value]) -> (KeySet, Vec<Skipped>) {
        let (mut admitted, mut skipped) = (Vec::<Arc<Key>>::new(), Vec::new());
        for jwk in keys {
            let kid = || jwk.get("kid").and_then(Value::as_str).map(str::to_owned);
            let prepared = admit(jwk).and_then(|Admitted { kid, algorithm, material, scope }| {
                let keys = self.keys(kid.as_deref(), &material, algorithm, &scope);
                keys.ok_or(NotAdmitted::Faulty("it is not a valid key of its type"))
            });
            match prepared {
                Ok(keys) if keys.is_empty() => {
                    skipped.push(Skipped::faulty(kid(), "it does not fit any allowed algorithm"));
                }
                // A repeated key counts once.
                Ok(keys) => {
                    for key in keys {
                        if !admitted.iter().any(|other| other.equals(&key)) {
                            admitted.push(key);
                        }
                    }
                }
                Err(why) => {
                    let has_other_purpose = matches!(why, NotAdmitted::OtherPurpose(_));
                    skipped.push(Skipped { kid: kid(), fault: why.reason(), has_other_purpose });
                }
            }
        }
        for exposed in keys.iter().filter_map(exposed) {
            let (taken, left): (Vec<_>, Vec<_>) = admitted.into_iter().partition(|key| key.is_of(&exposed));
            admitted = left;
            let fault = "another key of the set publishes its private members";
            skipped.extend(taken.into_iter().map(|key| Skipped::faulty(key.kid.clone(), fault)));
        }
        let (keys, doubles): (Vec<_>, Vec<_>) = admitted
            .iter()
            .cloned()
            .partition(|key| admitted.iter().filter(|other| are_alike(key, other)).count() <= 1);
        let fault = "another key of the set has the same `kid` and algorithm";
        skipped.extend(doubles.into_iter().map(|key| Skipped::faulty(key.kid.clone(), fault)));
        (KeySet::new(keys, true), skipped)
    }

    /// One key for each algorithm; `None` if the back end refuses the key.
    fn keys(
        &self,
        kid: Option<&str>,
        material: &Material,
        own: Option<Algorithm>,
        scope: &KeyScope,
    ) -> Option<Vec<Arc<Key>>> {
        let algorithms = fitting(material, own, self.allowed);
        algorithms.into_iter().map(|algorithm| self.key(kid, algorithm, material, scope)).collect()
    }

    fn key(&self, kid: Option<&str>, algorithm: Algorithm, material: &Material, scope: &KeyScope) -> Option<Arc<Key>> {
        let mut before = self.before.into_iter().flat_map(KeySet::all);
        if let Some(same) = before.find(|key| key.is_same(kid, algorithm, material, scope)) {
            return Some(Arc::clone(same));
        }
        let check = SignatureCheck::public(material, algorithm)?;
        Some(Key::new(kid.map(str::to_owned), algorithm, Some(material.clone()), scope.clone(), check, &self.lease))
    }
}

impl KeySet {
    /// One shared secret, for these algorithms. It expires at `until_ms`, in milliseconds since 1970.
    pub(crate) fn from_secret(secret: &[u8], algorithms: &[Algorithm], until_ms: Option<u64>) -> Option<Self> {
        let lease = until_ms.map_or_else(Lease::unlimited, Lease::until);
        let keys = algorithms.iter().map(|algorithm| {
            let check = SignatureCheck::hmac(secret, *algorithm)?;
            Some(Key::new(None, *algorithm, None, KeyScope::default(), check, &lease))
        });
        Some(Self::new(keys.collect::<Option<_>>()?, false))
    }
}

/// Whether two keys have the same `kid` and algorithm. Keys without a `kid` are not compared: a token that fits two of
/// them is refused when it arrives.
fn are_alike(a: &Key, b: &Key) -> bool {
    a.kid.is_some() && a.kid == b.kid && a.algorithm == b.algorithm
}

/// The algorithms for a key: its own `alg`, else the allowed ones, else the default of its type. Never an algorithm
/// that is not allowed or does not fit the key.
fn fitting(material: &Material, own: Option<Algorithm>, allowed: Option<&[Algorithm]>) -> Vec<Algorithm> {
    let fits = material.algorithms();
    match (own, allowed) {
        (Some(own), None) => vec![own],
        (Some(own), Some(allowed)) => allowed.iter().copied().filter(|algorithm| *algorithm == own).collect(),
        (None, Some(allowed)) => allowed.iter().copied().filter(|algorithm| fits.contains(algorithm)).collect(),
        (None, None) => fits.first().copied().into_iter().collect(),
    }
}
