//! What a request brings of tokens.

use std::borrow::Cow;
use std::time::Duration;

/// What a request brings.
#[derive(Debug)]
pub(crate) enum Credentials<'a> {
    None,
    /// Not yet verified.
    Token(Cow<'a, [u8]>, Place),
    /// Meant for us, but not of the form `Bearer TOKEN`.
    Malformed,
    /// More than one, so which one is meant is unknown.
    Ambiguous(Place),
}

/// Where a token was found, as far as that matters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// No browser adds it by itself.
    Explicit,
    /// A browser adds it by itself.
    Ambient,
    /// The query of an event stream: the token's lifetime must not be longer.
    EventStream { max_lifetime: Duration },
    /// The header that these issuers bring along, and which takes the tokens of no other issuer.
    Proxy { header: &'static str },
}

impl<'a> Credentials<'a> {
    /// Both of what two explicit locations hold.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, found) | (found, Self::None) => found,
            (Self::Token(one, place), Self::Token(same, _)) if one == same => Self::Token(one, place),
            _ => Self::Ambiguous(Place::Explicit),
        }
    }

    /// The one token among those that a location holds.
    pub(super) fn only(tokens: impl Iterator<Item = Cow<'a, [u8]>>, place: Place) -> Self {
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
