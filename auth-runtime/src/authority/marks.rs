//! The ids by which a credential can be revoked, as digests.

use std::fmt;
use std::sync::atomic::AtomicU64;

use aws_lc_rs::hmac;

/// The kinds of things that can be revoked.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// One credential, by its id.
    Token = 1,
    /// One credential without an id, by its text.
    Text = 2,
    Session = 3,
    User = 4,
    Issuer = 5,
}

/// A digest of one thing that can be revoked. It is a MAC: it reveals no id, and it cannot be made without the key.
pub(crate) type Digest = [u8; 16];

/// Makes digests. Each part is preceded by its length, so that different ids never have the same digest.
pub(super) fn digest(key: &hmac::Key, kind: Kind, parts: &[&[u8]]) -> Digest {
    let mut context = hmac::Context::with_key(key);
    context.update(&[kind as u8]);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    first_half(context.sign().as_ref())
}

pub(super) fn first_half(mac: &[u8]) -> Digest {
    let mut digest = Digest::default();
    for (to, from) in digest.iter_mut().zip(mac) {
        *to = *from;
    }
    digest
}

/// The ids of one credential that can be revoked.
#[derive(Debug, Default)]
pub(crate) struct Facts<'a> {
    /// The `iss`, and the name of the issuer if it has one.
    pub(crate) issuers: Vec<&'a str>,
    /// The id of the credential.
    pub(crate) id: Option<&'a str>,
    /// Header and payload of a token. The signature is left out, because some signatures can be rewritten into a second
    /// valid one.
    pub(crate) text: &'a [u8],
    pub(crate) session: Option<&'a str>,
    /// The user's id, the `sub`, and the id of the actor who acts as the user.
    pub(crate) users: Vec<&'a str>,
    /// When the credential was issued, in seconds since 1970.
    pub(crate) issued_at: Option<u64>,
}

/// The digests of one credential, made once, when it is verified.
pub(crate) struct Marks {
    pub(super) digests: Box<[Digest]>,
    pub(super) issued_at: Option<u64>,
    /// The version of the entries at the last check in which no entry revoked the credential.
    pub(super) checked: AtomicU64,
}

impl Marks {
    pub(super) fn new(key: &hmac::Key, facts: &Facts<'_>) -> Self {
        let text = Some(facts.text).filter(|text| !text.is_empty());
        let mut digests: Vec<_> = text.map(|text| digest(key, Kind::Text, &[text])).into_iter().collect();
        for issuer in &facts.issuers {
            let issuer = issuer.as_bytes();
            digests.push(digest(key, Kind::Issuer, &[issuer]));
            digests.extend(facts.id.map(|id| digest(key, Kind::Token, &[issuer, id.as_bytes()])));
            digests.extend(facts.session.map(|id| digest(key, Kind::Session, &[issuer, id.as_bytes()])));
            digests.extend(facts.users.iter().map(|id| digest(key, Kind::User, &[issuer, id.as_bytes()])));
        }
        Self { digests: digests.into(), issued_at: facts.issued_at, checked: AtomicU64::new(0) }
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.digests)
    }
}

impl fmt::Debug for Marks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Marks").finish_non_exhaustive()
    }
}
