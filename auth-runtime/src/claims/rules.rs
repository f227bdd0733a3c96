//! The rules that registered claims must meet, whatever the profile (RFC 7519 section 4.1, RFC 9068 section 4).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};

use crate::error::TokenFault;
use crate::json::Text;
use crate::token::TokenType;

/// The last second of the year 9999: a later `exp` is a mistake, or meant to overflow something.
const LAST_EXPIRY: f64 = 253_402_300_799.0;

/// What an issuer's tokens must say.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// The exact `iss`; `None` where tokens must carry none.
    pub(crate) issuer: Option<Arc<str>>,
    pub(crate) audience: Audience,
    pub(crate) leeway: Duration,
    pub(crate) token_type: TokenType,
    pub(crate) accept_bound_tokens: bool,
}

/// Which `aud` is accepted.
#[derive(Clone, Debug)]
pub(crate) enum Audience {
    Any,
    OneOf(Vec<String>),
}

impl Audience {
    fn holds(&self, named: &str) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(accepted) => accepted.iter().any(|audience| audience == named),
        }
    }
}

/// Reads `aud`, a string or an array of strings (RFC 7519 section 4.1.3): whether one of them is accepted.
impl<'de> DeserializeSeed<'de> for &Audience {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Audience {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an array of strings")
    }

    fn visit_str<E>(self, named: &str) -> Result<bool, E> {
        Ok(self.holds(named))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
        let mut is_accepted = matches!(self, Audience::Any);
        while let Some(Text(named)) = seq.next_element()? {
            is_accepted |= self.holds(&named);
        }
        Ok(is_accepted)
    }
}

/// The registered claims of one token.
#[derive(Debug, Default)]
pub(crate) struct Registered<'de> {
    pub(crate) iss: Option<Text<'de>>,
    /// Whether `aud`, where it is there, names an accepted audience.
    pub(crate) is_for_us: Option<bool>,
    pub(crate) exp: Option<f64>,
    pub(crate) nbf: Option<f64>,
    pub(crate) iat: Option<f64>,
    pub(crate) sub: Option<Text<'de>>,
    pub(crate) jti: Option<Text<'de>>,
    pub(crate) client_id: Option<Text<'de>>,
    pub(crate) marks_id_token: bool,
    pub(crate) is_bound: bool,
}

/// From when until when a token counts, in seconds since 1970, leeway included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validity {
    not_before: f64,
    expires: f64,
}

impl Validity {
    /// `now` in seconds since 1970.
    pub(crate) fn check(self, now: f64) -> Result<(), TokenFault> {
        if now >= self.expires {
            Err(TokenFault::Expired)
        } else if now < self.not_before {
            Err(TokenFault::NotYetValid)
        } else {
            Ok(())
        }
    }
}

impl Rules {
    /// Checks the claims, and gives `exp` and the time in which the token counts.
    pub(crate) fn check(&self, claims: &Registered<'_>, now: f64) -> Result<(Duration, Validity), TokenFault> {
        if claims.iss.as_ref().map(|iss| &*iss.0) != self.issuer.as_deref() {
            return Err(TokenFault::Issuer);
        }
        let exp = claims.exp.filter(|exp| (0.0..=LAST_EXPIRY).contains(exp)).ok_or(TokenFault::Claim("exp"))?;
        let leeway = self.leeway.as_secs_f64();
        // The later of the two: neither may lie in the future.
        let not_before = claims.nbf.unwrap_or(f64::MIN).max(claims.iat.unwrap_or(f64::MIN)) - leeway;
        let validity = Validity { not_before, expires: exp + leeway };
        validity.check(now)?;
        match (&self.audience, claims.is_for_us) {
            (Audience::Any, _) | (Audience::OneOf(_), Some(true)) => {}
            (Audience::OneOf(_), Some(false)) => return Err(TokenFault::Audience),
            (Audience::OneOf(_), None) => return Err(TokenFault::Claim("aud")),
        }
        if claims.marks_id_token {
            return Err(TokenFault::IdToken);
        }
        if claims.is_bound && !self.accept_bound_tokens {
            return Err(TokenFault::SenderConstrained);
        }
        if self.token_type == TokenType::AccessJwt {
            claims.check_access_jwt()?;
        }
        let exp = Duration::try_from_secs_f64(exp).map_err(|_| TokenFault::Claim("exp"))?;
        Ok((exp, validity))
    }
}

impl Registered<'_> {
    /// The claims that RFC 9068 section 2.2 requires beyond those that are always required.
    fn check_access_jwt(&self) -> Result<(), TokenFault> {
        for (name, present) in [
            ("iss", self.iss.is_some()),
            ("aud", self.is_for_us.is_some()),
            ("sub", self.sub.is_some()),
            ("client_id", self.client_id.is_some()),
            ("iat", self.iat.is_some()),
            ("jti", self.jti.is_some()),
        ] {
            if !present {
                return Err(TokenFault::Claim(name));
            }
        }
        Ok(())
    }
}
