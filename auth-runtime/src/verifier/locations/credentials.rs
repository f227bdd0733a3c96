//! The tokens of a request.

use std::borrow::Cow;
use std::time::Duration;

/// What the locations of a request contain.
#[derive(Debug)]
pub(crate) enum Credentials<'a> {
    None,
    /// One token, not yet verified.
    Token(Cow<'a, [u8]>, LocationKind),
    /// The scheme is `Bearer`, but the form is not `Bearer TOKEN`.
    Malformed,
    /// More than one token.
    Ambiguous(LocationKind),
}

/// The kind of location in which a token was found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LocationKind {
    /// Browsers do not add it by themselves.
    Explicit,
    /// Browsers add it by themselves.
    Ambient,
    /// The query of an event stream. The token's lifetime must not be longer than this.
    EventStream { max_lifetime: Duration },
    /// The proxy's header of these issuers. Tokens of other issuers are not accepted from it.
    Proxy { header: &'static str },
}

impl<'a> Credentials<'a> {
    /// Combines two explicit locations.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, found) | (found, Self::None) => found,
            (Self::Token(one, place), Self::Token(same, _)) if one == same => Self::Token(one, place),
            _ => Self::Ambiguous(LocationKind::Explicit),
        }
    }

    /// The only token of a location.
    pub(super) fn only(tokens: impl Iterator<Item = Cow<'a, [u8]>>, place: LocationKind) -> Self {
        let mut tokens = tokens;
        let Some(token) = tokens.next() else { return Self::None };
        if tokens.any(|other| other != token) {
            Self::Ambiguous(place)
        } else if token.is_empty() {
            Self::Malformed
        } else {
            Self::Token(token, place)
        }
    }
}
