//! The form of a token: three parts, a header, and the limits that are checked before decoding.

mod algorithm;
mod steps;

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub(crate) use steps::{Progress, Step};

use crate::error::InvalidTokenReason;
use crate::json::{self, Skip, Text, members};

/// The highest value for `max_token_bytes`. HTTP servers are unlikely to pass on longer headers.
pub(crate) const MAX_TOKEN_BYTES: usize = 64 * 1024;
/// The default of `max_token_bytes`: enough for a user with dozens of organizations.
pub(crate) const DEFAULT_TOKEN_BYTES: usize = 16 * 1024;
/// The longest header, in encoded form. It is read before any signature is checked, so anyone can send one.
const MAX_HEADER_BYTES: usize = 4 * 1024;
const MAX_KID_BYTES: usize = 256;

/// The parts of a compact JWS (RFC 7515 section 3.1), still encoded.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    /// The input of the signature: header, dot, payload.
    pub(crate) signing_input: &'a [u8],
    pub(crate) header: &'a [u8],
    pub(crate) payload: &'a [u8],
    pub(crate) signature: &'a [u8],
}

/// Splits a token at its two dots and checks the limits. Does not allocate.
pub(crate) fn split(token: &[u8], max_bytes: usize) -> Result<Parts<'_>, InvalidTokenReason> {
    if token.len() > max_bytes {
        return Err(InvalidTokenReason::TooLong);
    }
    let (signing_input, signature) =
        split_at_dot(token, memchr::memrchr(b'.', token)).ok_or(InvalidTokenReason::Malformed)?;
    let (header, payload) =
        split_at_dot(signing_input, memchr::memchr(b'.', signing_input)).ok_or(InvalidTokenReason::Malformed)?;
    if header.len() > MAX_HEADER_BYTES {
        return Err(InvalidTokenReason::TooLong);
    }
    // A third dot would be in the payload, and the base64url decoder would refuse it. Finding it now is cheaper.
    if memchr::memchr(b'.', payload).is_some() {
        return Err(InvalidTokenReason::Malformed);
    }
    Ok(Parts { signing_input, header, payload, signature })
}

/// Whether the token would have a valid form without its padding. A JWS is never padded (RFC 7515 section 2).
pub(crate) fn is_padded(token: &[u8]) -> bool {
    let mut parts = token.split(|byte| *byte == b'.');
    parts.clone().count() == 3 && parts.any(|part| part.ends_with(b"="))
}

fn split_at_dot(text: &[u8], dot: Option<usize>) -> Option<(&[u8], &[u8])> {
    let (before, from_dot) = text.split_at_checked(dot?)?;
    Some((before, from_dot.get(1..)?))
}

/// The header parameters that are used (RFC 7515 section 4.1).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Header<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) kid: Option<Cow<'a, str>>,
    pub(crate) is_access_jwt: bool,
}

impl<'a> Header<'a> {
    /// Reads a decoded header. Header parameters that name a key source (`jku`, `x5u`, `x5c`, `jwk`) are ignored.
    pub(crate) fn read(decoded: &'a [u8]) -> Result<Self, InvalidTokenReason> {
        let text = std::str::from_utf8(decoded).map_err(|_| InvalidTokenReason::Header)?;
        let raw = json::read(text, RawHeader::default()).map_err(|_| InvalidTokenReason::Header)?;
        let algorithm = raw.alg.as_deref().and_then(Algorithm::of_name).ok_or(InvalidTokenReason::Algorithm)?;
        if raw.kid.as_ref().is_some_and(|kid| kid.len() > MAX_KID_BYTES) {
            return Err(InvalidTokenReason::Header);
        }
        let is_access_jwt = match raw.typ.as_deref() {
            None => false,
            // `JOSE` only says that this is a JWS (RFC 7515 section 4.1.9).
            Some(typ) if typ.eq_ignore_ascii_case("JWT") || typ.eq_ignore_ascii_case("JOSE") => false,
            Some(typ) if is_access_jwt(typ) => true,
            Some(_) => return Err(InvalidTokenReason::Type),
        };
        Ok(Self { algorithm, kid: raw.kid, is_access_jwt })
    }

    /// An owned copy.
    pub(crate) fn to_static(&self) -> Header<'static> {
        let kid = self.kid.as_ref().map(|kid| Cow::Owned(kid.to_string()));
        Header { algorithm: self.algorithm, kid, is_access_jwt: self.is_access_jwt }
    }

    /// Whether the header fits the kind of token that the issuer sends.
    pub(crate) fn check_type(&self, expected: TokenType) -> Result<(), InvalidTokenReason> {
        if expected == TokenType::AccessJwt && !self.is_access_jwt { Err(InvalidTokenReason::Type) } else { Ok(()) }
    }
}

/// The kind of token that an issuer accepts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum TokenType {
    /// Any token that is not marked as another kind: `typ` is absent, `JWT`, `JOSE` or `at+jwt`.
    #[default]
    Any,
    /// Only an RFC 9068 access token: `typ` is `at+jwt`, and `iss`, `exp`, `aud`, `sub`, `client_id`, `iat` and `jti`
    /// are present (section 2.2).
    AccessJwt,
}

/// RFC 9068 section 2.1. The prefix `application/` of the media type is optional (RFC 7515 section 4.1.9).
fn is_access_jwt(typ: &str) -> bool {
    typ.eq_ignore_ascii_case("at+jwt") || typ.eq_ignore_ascii_case("application/at+jwt")
}

#[derive(Default)]
struct RawHeader<'a> {
    alg: Option<Cow<'a, str>>,
    kid: Option<Cow<'a, str>>,
    typ: Option<Cow<'a, str>>,
}

impl<'de> Visitor<'de> for RawHeader<'de> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, map: A) -> Result<Self, A::Error> {
        members(map, |name, map| {
            let slot = match name {
                "alg" => &mut self.alg,
                "kid" => &mut self.kid,
                "typ" => &mut self.typ,
                // Each of these changes the meaning of the token, and we support none of them: RFC 7515 section 4.1.11,
                // RFC 7797, RFC 7516.
                "crit" | "b64" | "zip" | "enc" | "cty" => return Err(A::Error::custom("not supported")),
                _ => return map.next_value_seed(Skip { depth: 1 }),
            };
            *slot = Some(map.next_value::<Text<'de>>()?.0);
            Ok(())
        })?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
