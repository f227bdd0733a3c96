//! The names seen in one object, to find duplicates: fast for the few names that most objects have, and not slow for as
//! many names as a client can send.

use std::borrow::Cow;
use std::collections::HashSet;

/// The names seen in one object. The first few need no allocation.
pub(super) struct Names<'de> {
    few: [&'de str; FEW],
    len: usize,
    /// The [`mark`]s of all names. If a name's mark is not in here, the name is new, and no search is needed.
    marks: u64,
    /// Names with escapes, and all further names of a large object: comparing each name with every other would take
    /// quadratic time.
    others: HashSet<Cow<'de, str>>,
}

const FEW: usize = 24;

impl<'de> Names<'de> {
    #[inline]
    pub(super) fn new() -> Self {
        Self { few: [""; FEW], len: 0, marks: 0, others: HashSet::default() }
    }

    #[inline]
    pub(super) fn holds(&self, name: &str, mark: u64) -> bool {
        (self.marks & mark != 0 && self.few.iter().take(self.len).any(|known| *known == name))
            || (!self.others.is_empty() && self.others.contains(name))
    }

    #[inline]
    pub(super) fn insert(&mut self, name: Cow<'de, str>, mark: u64) {
        match (name, self.few.get_mut(self.len)) {
            (Cow::Borrowed(name), Some(slot)) => {
                *slot = name;
                self.len += 1;
                self.marks |= mark;
            }
            (name, _) => {
                self.others.insert(name);
            }
        }
    }
}

/// One of 64 bits, computed from the name's first byte, last byte and length. The factors give the claims of most
/// tokens different bits. If two names share a bit, the search takes longer.
#[inline]
pub(super) fn mark(name: &str) -> u64 {
    let byte = |byte: Option<&u8>| byte.map_or(0, |byte| usize::from(*byte));
    let (first, last) = (byte(name.as_bytes().first()), byte(name.as_bytes().last()));
    1 << ((name.len() * 2 + first * 20 + last * 3) % 64)
}
