//! The names seen in one object, so that none stands twice: quick for the few that most objects have, and not slow for
//! as many as somebody can send.

use std::borrow::Cow;
use std::collections::HashSet;

/// The names seen in one object: the first few without an allocation.
pub(super) struct Names<'de> {
    few: [&'de str; FEW],
    len: usize,
    /// The [`mark`]s of them: a name whose mark is not there is none of them, and need not be looked for.
    marks: u64,
    /// Those that hold escapes, and, where names are many, the rest: comparing each with each would cost the square of
    /// their number.
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

/// One of 64 bits, by the name's ends and length. The factors tell the claims of most tokens apart; where they do not,
/// looking takes longer.
#[inline]
pub(super) fn mark(name: &str) -> u64 {
    let byte = |byte: Option<&u8>| byte.map_or(0, |byte| usize::from(*byte));
    let (first, last) = (byte(name.as_bytes().first()), byte(name.as_bytes().last()));
    1 << ((name.len() * 2 + first * 20 + last * 3) % 64)
}
