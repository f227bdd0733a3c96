//! The cached answers of a directory. The size of the cache is limited in bytes. A part of it is only for the answers
//! "not a member".

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use foldhash::fast::RandomState;
use once_cell::sync::OnceCell;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{Equivalent, Weighter};

use super::directory::Grants;
use crate::freshness::Began;
use crate::id::{Membership, RolePermissions, Subject};

/// The overhead of an entry: its places in the tables of the cache, and the overhead of the allocator.
const ENTRY_BYTES: usize = 320;
const USUAL_BYTES: u64 = 4096;
/// The share of the bytes for answers "not a member". Because of it, a client that tries many ids does not evict members.
const NEGATIVE_PART: u64 = 8;

/// What a lookup was about. The parts are separate fields and not one joined text, so that two different keys are never
/// equal.
#[derive(Clone, Eq, PartialEq)]
pub(super) struct Key {
    pub(super) issuer: Box<str>,
    pub(super) user: Box<str>,
    /// `None` for roles and permissions outside organizations.
    pub(super) org: Option<Box<str>>,
}

/// A key for lookups without a copy.
#[derive(Clone, Copy, Hash)]
pub(super) struct KeyRef<'a> {
    pub(super) issuer: &'a str,
    pub(super) user: &'a str,
    pub(super) org: Option<&'a str>,
}

impl Key {
    pub(super) fn as_ref(&self) -> KeyRef<'_> {
        KeyRef { issuer: &self.issuer, user: &self.user, org: self.org.as_deref() }
    }

    fn bytes(&self) -> usize {
        self.issuer.len() + self.user.len() + self.org.as_ref().map_or(0, |org| org.len())
    }
}

impl<'a> KeyRef<'a> {
    pub(super) fn of(subject: &'a Subject, org: Option<&'a str>) -> Self {
        Self { issuer: subject.issuer_name(), user: subject.id(), org }
    }

    pub(super) fn to_key(self) -> Key {
        Key { issuer: self.issuer.into(), user: self.user.into(), org: self.org.map(Into::into) }
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_ref().hash(state);
    }
}

impl Equivalent<Key> for KeyRef<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self.user == *key.user && self.org == key.org.as_deref() && *self.issuer == *key.issuer
    }
}

/// The content of an answer.
pub(super) enum Said {
    NotAMember,
    Member(Membership),
    Grants(Grants),
}

/// An answer, and when its lookup began.
pub(super) struct Answer {
    pub(super) said: Said,
    /// The position of the lookup in the order of all events.
    pub(super) began: Began,
    /// The memory that a subject with this answer may take. It is counted before the subject exists.
    room: usize,
    alone: OnceCell<Composed>,
    with_grants: OnceCell<Composed>,
}

/// The subject that combines the answer with one token. It is cached, because most users have one token.
struct Composed {
    base: Arc<Subject>,
    grants: Option<Arc<Answer>>,
    permissions: RolePermissions,
    subject: Arc<Subject>,
}

impl Composed {
    fn is_of(&self, base: &Arc<Subject>, grants: Option<&Arc<Answer>>, permissions: RolePermissions) -> bool {
        let is_same = match (&self.grants, grants) {
            (None, None) => true,
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            _ => false,
        };
        is_same && Arc::ptr_eq(&self.base, base) && same_table(self.permissions, permissions)
    }
}

fn same_table(a: RolePermissions, b: RolePermissions) -> bool {
    std::ptr::eq(a, b) || a == b
}

impl Answer {
    /// An answer for the user of this token.
    pub(super) fn new(said: Said, began: Began, asker: &Subject) -> Self {
        let room = asker.bytes();
        Self { said, began, room, alone: OnceCell::new(), with_grants: OnceCell::new() }
    }

    /// The user of a token with the values of this answer, and with the grants if they were looked up too.
    pub(super) fn compose(
        &self,
        base: &Arc<Subject>,
        grants: Option<&Arc<Self>>,
        permissions: RolePermissions,
    ) -> Arc<Subject> {
        let (slot, membership) = match &self.said {
            // Nothing else is known about the organization.
            Said::NotAMember if base.is_overruled() => return Arc::clone(base),
            Said::Member(membership) if grants.is_some() => (&self.with_grants, Some(membership)),
            Said::Member(membership) => (&self.alone, Some(membership)),
            Said::NotAMember | Said::Grants(_) => (&self.alone, None),
        };
        if let Some(composed) = slot.get()
            && composed.is_of(base, grants, permissions)
        {
            return Arc::clone(&composed.subject);
        }
        let own = match (&self.said, grants.map(|grants| &grants.said)) {
            (Said::Grants(grants), _) | (_, Some(Said::Grants(grants))) => Some(grants.own()),
            _ => None,
        };
        let allowed = membership.and_then(|membership| super::permissions::allowed(membership, permissions));
        let subject = Arc::new(base.with_authority(allowed.as_ref().or(membership), own));
        if base.bytes() <= self.room {
            let (base, grants, subject) = (Arc::clone(base), grants.map(Arc::clone), Arc::clone(&subject));
            let _ = slot.set(Composed { base, grants, permissions, subject });
        }
        subject
    }

    fn bytes(&self) -> usize {
        let said = match &self.said {
            Said::NotAMember => return size_of::<Self>(),
            Said::Member(membership) => membership.bytes(),
            Said::Grants(grants) => grants.bytes(),
        };
        // The answer itself, and two combined subjects (without and with grants), each with the subject of its token.
        size_of::<Self>() + said + 2 * (2 * self.room + said)
    }
}

/// The cached answers of one directory.
pub(super) struct Answers {
    yes: Cache<Key, Arc<Answer>, ByBytes, RandomState>,
    no: Cache<Key, Arc<Answer>, ByBytes, RandomState>,
}

impl Answers {
    pub(super) fn new(bytes: u64) -> Self {
        let of = |bytes: u64| {
            let entries = usize::try_from(bytes / USUAL_BYTES).unwrap_or(usize::MAX);
            Cache::with(entries, bytes, ByBytes, RandomState::default(), DefaultLifecycle::default())
        };
        Self { yes: of(bytes - bytes / NEGATIVE_PART), no: of(bytes / NEGATIVE_PART) }
    }

    pub(super) fn get(&self, key: KeyRef<'_>) -> Option<Arc<Answer>> {
        self.yes.get(&key).or_else(|| self.no.get(&key))
    }

    /// Caches an answer, unless an answer with a later lookup is cached.
    pub(super) fn keep(&self, key: Key, answer: &Arc<Answer>) {
        if self.get(key.as_ref()).is_some_and(|kept| kept.began.sequence > answer.began.sequence) {
            return;
        }
        let is_no = matches!(answer.said, Said::NotAMember);
        let (this, other) = if is_no { (&self.no, &self.yes) } else { (&self.yes, &self.no) };
        other.remove(&key.as_ref());
        this.insert(key, Arc::clone(answer));
    }

    /// Removes all answers that match `is_of`.
    pub(super) fn forget(&self, is_of: impl Fn(KeyRef<'_>) -> bool) {
        self.yes.retain(|key, _| !is_of(key.as_ref()));
        self.no.retain(|key, _| !is_of(key.as_ref()));
    }

    /// The number of members, and the number of answers "not a member".
    #[cfg(test)]
    pub(super) fn weights(&self) -> (u64, u64) {
        (self.yes.weight(), self.no.weight())
    }
}

impl fmt::Debug for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answers").field("entries", &(self.yes.len() + self.no.len())).finish()
    }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Arc<Answer>> for ByBytes {
    fn weight(&self, key: &Key, answer: &Arc<Answer>) -> u64 {
        (ENTRY_BYTES + key.bytes() + answer.bytes()) as u64
    }
}
