//! The cached answers of a directory. The size of the cache is limited in bytes. A part of it is only for the answers
//! "not a member".

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};

use foldhash::fast::RandomState;
use once_cell::sync::OnceCell;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{Equivalent, Lifecycle, Weighter};

use super::directory::Grants;
use crate::freshness::Began;
use crate::id::{Membership, RolePermissions, Subject};

/// The overhead of an entry: its places in the tables of the cache, and the overhead of the allocator.
const ENTRY_BYTES: usize = 320;
const USUAL_BYTES: u64 = 4096;
/// The share of the bytes for answers "not a member". Because of it, a client that tries many ids does not evict
/// members.
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
    /// Whether it has left the cache. From then on, no [`Recent`] gives it to a request.
    has_left: AtomicBool,
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
        Self {
            said,
            began,
            has_left: AtomicBool::new(false),
            room,
            alone: OnceCell::new(),
            with_grants: OnceCell::new(),
        }
    }

    /// Whether it is about this organization, or about roles and permissions outside organizations. An answer "not a
    /// member" does not contain the organization.
    fn is_about(&self, org: Option<&str>) -> bool {
        match &self.said {
            Said::NotAMember => false,
            Said::Member(membership) => org == Some(&*membership.id),
            Said::Grants(_) => org.is_none(),
        }
    }

    fn leave(&self) {
        self.has_left.store(true, Ordering::Release);
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

/// The answer that was used last for one credential, if it is still cached. The next request of the credential finds it
/// without its key. Hashing and comparing the key would take most of the time of a lookup.
///
/// It does not keep the content of an answer in memory after the answer has left the cache.
#[derive(Default)]
pub(crate) struct Recent(RwLock<Weak<Answer>>);

impl Recent {
    /// The memory of an answer without its content.
    pub(crate) const BYTES: usize = size_of::<Self>() + size_of::<Answer>();

    /// The answer about this organization, or about roles and permissions outside organizations.
    fn get(&self, org: Option<&str>) -> Option<Arc<Answer>> {
        let answer = self.0.read().unwrap_or_else(PoisonError::into_inner).upgrade()?;
        // The answer is checked after it was taken: it was in the cache during this request.
        (answer.is_about(org) && !answer.has_left.load(Ordering::Acquire)).then_some(answer)
    }

    fn set(&self, answer: &Arc<Answer>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(answer);
    }
}

/// The cached answers of one directory.
pub(super) struct Answers {
    yes: Cache<Key, Arc<Answer>, ByBytes, RandomState, Leaving>,
    no: Cache<Key, Arc<Answer>, ByBytes, RandomState, Leaving>,
}

impl Answers {
    pub(super) fn new(bytes: u64) -> Self {
        let of = |bytes: u64| {
            let entries = usize::try_from(bytes / USUAL_BYTES).unwrap_or(usize::MAX);
            Cache::with(entries, bytes, ByBytes, RandomState::default(), Leaving::default())
        };
        Self { yes: of(bytes - bytes / NEGATIVE_PART), no: of(bytes / NEGATIVE_PART) }
    }

    pub(super) fn get(&self, key: KeyRef<'_>) -> Option<Arc<Answer>> {
        self.yes.get(&key).or_else(|| self.no.get(&key))
    }

    /// The same, for the credential to which `recent` belongs.
    pub(super) fn get_recent(&self, key: KeyRef<'_>, recent: &Recent) -> Option<Arc<Answer>> {
        recent.get(key.org).or_else(|| self.get(key).inspect(|answer| recent.set(answer)))
    }

    /// Caches an answer, unless an answer with a later lookup is cached.
    pub(super) fn keep(&self, key: Key, answer: &Arc<Answer>) {
        if self.get(key.as_ref()).is_some_and(|kept| kept.began.sequence > answer.began.sequence) {
            return;
        }
        let is_no = matches!(answer.said, Said::NotAMember);
        let (this, other) = if is_no { (&self.no, &self.yes) } else { (&self.yes, &self.no) };
        if let Some((_, replaced)) = other.remove(&key.as_ref()) {
            replaced.leave();
        }
        this.insert(key, Arc::clone(answer));
    }

    /// Removes all answers that match `is_of`.
    pub(super) fn forget(&self, is_of: impl Fn(KeyRef<'_>) -> bool) {
        let stays = |key: &Key, answer: &Arc<Answer>| {
            let stays = !is_of(key.as_ref());
            if !stays {
                answer.leave();
            }
            stays
        };
        self.yes.retain(stays);
        self.no.retain(stays);
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

/// Marks the answers that are evicted or replaced.
#[derive(Clone, Default)]
struct Leaving(DefaultLifecycle<Key, Arc<Answer>>);

impl Lifecycle<Key, Arc<Answer>> for Leaving {
    type RequestState = <DefaultLifecycle<Key, Arc<Answer>> as Lifecycle<Key, Arc<Answer>>>::RequestState;

    fn on_evict(&self, state: &mut Self::RequestState, key: Key, answer: Arc<Answer>) {
        answer.leave();
        self.0.on_evict(state, key, answer);
    }
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<Key, Arc<Answer>> for ByBytes {
    fn weight(&self, key: &Key, answer: &Arc<Answer>) -> u64 {
        (ENTRY_BYTES + key.bytes() + answer.bytes()) as u64
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::id::Identity;

    const SPACE: u64 = 64 * 1024;

    fn key(org: &str) -> KeyRef<'_> {
        KeyRef { issuer: "", user: "ada", org: Some(org) }
    }

    fn keep(answers: &Answers, org: &str, is_member: bool, sequence: u64) {
        let said = if is_member { Said::Member(Membership::new(org, "Admin")) } else { Said::NotAMember };
        let asker = Subject::from(Identity::new("ada"));
        answers.keep(key(org).to_key(), &Arc::new(Answer::new(said, Began { sequence, at_ms: 0 }, &asker)));
    }

    #[test]
    fn an_answer_that_has_left_the_cache_is_not_recent_even_if_a_request_still_holds_it() {
        type Change = fn(&Answers);
        let changes: [(&str, Change, Option<u64>); 6] = [
            ("none", |_| {}, Some(1)),
            ("another is forgotten", |answers| answers.forget(|key| key.org == Some("other")), Some(1)),
            ("forgotten", |answers| answers.forget(|key| key.org == Some("acme")), None),
            ("replaced by a member", |answers| keep(answers, "acme", true, 2), Some(2)),
            ("replaced by `not a member`", |answers| keep(answers, "acme", false, 2), Some(2)),
            ("evicted", |answers| (0..1000).for_each(|n| keep(answers, &format!("org-{n}"), true, n)), None),
        ];
        for (name, change, expected) in changes {
            let (answers, recent) = (Answers::new(SPACE), Recent::default());
            keep(&answers, "acme", true, 1);
            let held = answers.get_recent(key("acme"), &recent).unwrap();
            assert!(
                recent.get(Some("acme")).is_some() && recent.get(Some("other")).is_none() && recent.get(None).is_none()
            );
            change(&answers);
            let found = answers.get_recent(key("acme"), &recent).map(|answer| answer.began.sequence);
            assert_eq!(found, expected, "{name}");
            drop(held);
        }
    }

    #[test]
    fn a_recent_answer_is_not_kept_in_memory() {
        let (answers, recent) = (Answers::new(SPACE), Recent::default());
        keep(&answers, "acme", true, 1);
        let held = Arc::downgrade(&answers.get_recent(key("acme"), &recent).unwrap());
        answers.forget(|_| true);
        assert_eq!(held.strong_count(), 0);
    }
}
