//! The keys of one issuer at one time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::admit::{KeyScope, Material};
use super::lease::Lease;
use super::signature::SignatureCheck;
use crate::clock::Moment;
use crate::error::{InvalidTokenReason, VerifyError};
use crate::token::{Algorithm, Header};

/// One key, prepared for one algorithm.
pub(crate) struct Key {
    pub(super) kid: Option<String>,
    pub(super) algorithm: Algorithm,
    /// The public key; `None` for a secret, which is never fetched again.
    material: Option<Material>,
    scope: KeyScope,
    check: SignatureCheck,
    is_retired: AtomicBool,
    lease: Arc<Lease>,
}

impl Key {
    pub(super) fn new(
        kid: Option<String>,
        algorithm: Algorithm,
        material: Option<Material>,
        scope: KeyScope,
        check: SignatureCheck,
        lease: &Arc<Lease>,
    ) -> Arc<Self> {
        let (is_retired, lease) = (AtomicBool::new(false), Arc::clone(lease));
        Arc::new(Self { kid, algorithm, material, scope, check, is_retired, lease })
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.check.verifies(message, signature)
    }

    /// Fails if the key is no longer trusted. It is called after the signature is checked, so that a key retired in the
    /// meantime is noticed, and again whenever a cached token is used.
    pub(crate) fn check_trusted(&self, moment: Moment) -> Result<(), VerifyError> {
        if self.is_retired.load(Ordering::Acquire) {
            return Err(InvalidTokenReason::UnknownKey.into());
        }
        self.lease.check(moment)
    }

    /// Retires the key: from now on, every token that it signed is refused.
    #[cfg(feature = "http-client")]
    pub(super) fn retire(&self) {
        self.is_retired.store(true, Ordering::Release);
    }

    /// Whether it is the same key with the same name and algorithm.
    pub(super) fn equals(&self, other: &Self) -> bool {
        self.kid == other.kid
            && self.algorithm == other.algorithm
            && self.material == other.material
            && self.scope == other.scope
    }

    pub(super) fn is_of(&self, material: &Material) -> bool {
        self.material.as_ref() == Some(material)
    }

    pub(super) fn is_same(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        material: &Material,
        scope: &KeyScope,
    ) -> bool {
        self.kid.as_deref() == kid
            && self.algorithm == algorithm
            && self.material.as_ref() == Some(material)
            && self.scope == *scope
    }

    /// The issuer whose tokens it may sign.
    pub(crate) fn scope(&self) -> &KeyScope {
        &self.scope
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
    pub(super) keys: Vec<Arc<Key>>,
    /// Keys of an earlier set that this set lacks. They stay trusted until a refresh confirms that they are gone.
    /// Static keys are never missing.
    pub(super) missing: Vec<Arc<Key>>,
    /// Whether the source names its keys. A PEM or a secret has no name, so a token's `kid` is ignored for it.
    pub(super) is_named: bool,
}

impl KeySet {
    pub(super) fn new(keys: Vec<Arc<Key>>, is_named: bool) -> Self {
        Self { keys, missing: Vec::new(), is_named }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of trusted keys.
    pub(crate) fn len(&self) -> usize {
        self.all().count()
    }

    /// The algorithm and the `kid` of each key.
    #[cfg(feature = "testing")]
    pub(crate) fn names(&self) -> Vec<(Algorithm, Option<String>)> {
        self.all().map(|key| (key.algorithm, key.kid.clone())).collect()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Key>> {
        self.keys.iter().chain(&self.missing)
    }

    /// The one key that the header can mean: its algorithm is the header's and, if keys have names, so is its `kid`. If
    /// the header or the key has no `kid`, the only key of the algorithm matches, because a `kid` is a hint (RFC 7515
    /// section 4.1.4). Never returns `failed`, the key with which the signature did not verify. Missing keys are tried
    /// last.
    pub(crate) fn find(&self, header: &Header<'_>, failed: Option<&Arc<Key>>) -> Result<&Arc<Key>, InvalidTokenReason> {
        let kid = header.kid.as_deref().filter(|_| self.is_named);
        let found = [&self.keys, &self.missing].into_iter().find_map(|keys| {
            let of_algorithm = || keys.iter().filter(|key| key.algorithm == header.algorithm);
            let key = match kid {
                Some(kid) => only(of_algorithm().filter(|key| key.kid.as_deref() == Some(kid)))
                    .or_else(|| only(of_algorithm()).filter(|key| key.kid.is_none())),
                None => only(of_algorithm()),
            };
            key.filter(|key| failed.is_none_or(|failed| !Arc::ptr_eq(key, failed)))
        });
        found.ok_or(if failed.is_some() { InvalidTokenReason::Signature } else { InvalidTokenReason::UnknownKey })
    }
}

fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let item = items.next()?;
    items.next().is_none().then_some(item)
}
