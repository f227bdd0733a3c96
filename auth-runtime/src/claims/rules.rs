//! The registered claims and their rules, for all providers (RFC 7519 section 4.1, RFC 9068 section 4).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};

use super::mapping::IdTokens;
use super::provider_rules::{ProviderRules, TokenKinds};
use super::slot::{Row, Slot};
use crate::error::InvalidTokenReason;
use crate::json::Text;
use crate::token::{Progress, Step, TokenType};

/// The last second of the year 9999. A later `exp` is a mistake, or an attempt to overflow a number.
const LAST_EXPIRY: f64 = 253_402_300_799.0;

/// The rules for an issuer's tokens.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// The exact `iss`; `None` if tokens must not have one.
    pub(crate) issuer: Option<Arc<str>>,
    /// Other spellings of it.
    pub(crate) also_issuers: Vec<Arc<str>>,
    pub(crate) audience: Audience,
    pub(crate) leeway: Duration,
    pub(crate) token_type: TokenType,
    pub(crate) accepts_bound_tokens: bool,
    pub(crate) provider: &'static ProviderRules,
    pub(crate) kinds: TokenKinds,
}

/// The accepted audiences.
#[derive(Clone, Debug)]
pub(crate) struct Audience {
    /// The names of this program. A token must contain one of them, unless any audience is accepted.
    pub(crate) names: Vec<String>,
    pub(crate) is_any: bool,
}

impl Audience {
    /// Accepts one audience.
    pub(crate) fn one(name: &str) -> Self {
        Self::one_of(vec![name.to_owned()])
    }

    /// Accepts each of these audiences.
    pub(crate) fn one_of(names: Vec<String>) -> Self {
        Self { names, is_any: false }
    }

    fn holds(&self, named: &str) -> bool {
        self.is_any || self.names.iter().any(|audience| audience == named)
    }
}

/// Reads `aud`, a string or an array of strings (RFC 7519 section 4.1.3). Returns whether it contains an accepted
/// audience.
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
        let mut is_accepted = self.is_any;
        while let Some(Text(named)) = seq.next_element()? {
            is_accepted |= self.holds(&named);
        }
        Ok(is_accepted)
    }
}

/// The registered claims of one token.
// Each `bool` says whether a claim is present.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Default)]
pub(crate) struct Registered<'de> {
    pub(crate) iss: Option<Text<'de>>,
    /// Whether `aud` contains an accepted audience; `None` if it is absent.
    pub(crate) audience_matches: Option<bool>,
    pub(crate) exp: Option<f64>,
    pub(crate) nbf: Option<f64>,
    pub(crate) iat: Option<f64>,
    pub(crate) jti: Option<Text<'de>>,
    pub(crate) looks_like_id_token: bool,
    pub(crate) has_nonce: bool,
    pub(crate) has_scopes: bool,
    pub(crate) is_security_event: bool,
    pub(crate) is_bound: bool,
}

/// The time in which a token is valid, in seconds since 1970, including leeway.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validity {
    not_before: f64,
    expires: f64,
}

impl Validity {
    /// `now` is in seconds since 1970.
    pub(crate) fn check(self, now: f64) -> Result<(), InvalidTokenReason> {
        if now >= self.expires {
            Err(InvalidTokenReason::Expired)
        } else if now < self.not_before {
            Err(InvalidTokenReason::NotYetValid)
        } else {
            Ok(())
        }
    }
}

/// The claims that matter for every provider.
const REGISTERED: &[Row] = &[
    ("iss", Slot::Issuer),
    ("exp", Slot::Expires),
    ("nbf", Slot::NotBefore),
    ("iat", Slot::IssuedAt),
    ("jti", Slot::CredentialId),
    ("acr", Slot::Acr),
    ("amr", Slot::Amr),
    ("auth_time", Slot::AuthTime),
    ("events", Slot::Events),
    ("cnf", Slot::Confirmation),
];

/// What marks an ID token (OpenID Connect Core sections 2 and 3.3.2.11).
const ID_TOKEN: &[Row] = &[("at_hash", Slot::IdTokenMark), ("c_hash", Slot::IdTokenMark)];
/// Marks an ID token if the token has no scopes. Some providers copy `nonce` from the request into access tokens too,
/// and these have scopes.
const NONCE: &[Row] = &[("nonce", Slot::Nonce)];

/// The claims that RFC 9068 section 2.2 requires and that are not read otherwise.
const ACCESS_JWT: &[Row] = &[("sub", Slot::Required), ("client_id", Slot::Required), ("jti", Slot::Required)];

impl Rules {
    /// The claims that these rules need.
    pub(super) fn rows(&self, id_tokens: IdTokens) -> impl Iterator<Item = &'static Row> {
        let access_jwt = if self.token_type == TokenType::AccessJwt { ACCESS_JWT } else { &[] };
        let (marks, nonce): (&[Row], &[Row]) = match id_tokens {
            IdTokens::ByNonce => (ID_TOKEN, NONCE),
            IdTokens::ByOwnMark => (ID_TOKEN, &[]),
            IdTokens::Accepted => (&[], &[]),
        };
        let provider = std::iter::once(&self.provider.audience).chain(self.provider.required);
        REGISTERED.iter().chain(provider).chain(marks).chain(nonce).chain(access_jwt)
    }

    /// Whether each tenant has its own `iss`.
    pub(crate) fn has_tenants(&self) -> bool {
        self.provider.issuer_of.is_some()
    }

    /// Whether a token with this `iss`, or without one, belongs to the issuer.
    pub(crate) fn is_issued_by(&self, iss: Option<&str>) -> bool {
        if let Some(issuer_of) = self.provider.issuer_of {
            return iss.is_some_and(|iss| issuer_of(iss).is_some());
        }
        iss == self.issuer.as_deref() || iss.is_some_and(|iss| self.also_issuers.iter().any(|also| **also == *iss))
    }

    /// The issuer of the users of a token with this `iss`.
    pub(crate) fn user_issuer(&self, iss: Option<&str>) -> Option<Arc<str>> {
        match self.provider.issuer_of {
            Some(issuer_of) => issuer_of(iss?).map(Into::into),
            None => self.issuer.clone(),
        }
    }

    /// Checks the claims. Returns `exp` and the time in which the token is valid.
    pub(crate) fn check(
        &self,
        claims: &Registered<'_>,
        now: f64,
        progress: &mut Progress,
    ) -> Result<(Duration, Validity), InvalidTokenReason> {
        progress.begin(Step::Iss);
        if !self.is_issued_by(claims.iss.as_ref().map(|iss| &*iss.0)) {
            return Err(InvalidTokenReason::Issuer);
        }
        progress.begin(Step::Expiry);
        let exp = claims.exp.filter(|exp| (0.0..=LAST_EXPIRY).contains(exp)).ok_or(InvalidTokenReason::Claim("exp"))?;
        let leeway = self.leeway.as_secs_f64();
        // The later of the two times, because neither may be in the future.
        let not_before = claims.nbf.unwrap_or(f64::MIN).max(claims.iat.unwrap_or(f64::MIN)) - leeway;
        let validity = Validity { not_before, expires: exp + leeway };
        validity.check(now)?;
        progress.begin(Step::Aud);
        match claims.audience_matches {
            _ if self.audience.is_any => {}
            Some(true) => {}
            Some(false) => return Err(InvalidTokenReason::Audience),
            None if self.kinds.native_clients => {}
            None => return Err(InvalidTokenReason::Claim(self.provider.audience.0)),
        }
        progress.begin(Step::SecurityEvent);
        if claims.is_security_event {
            return Err(InvalidTokenReason::SecurityEvent);
        }
        progress.begin(Step::IdToken);
        if claims.looks_like_id_token || (claims.has_nonce && !claims.has_scopes) {
            return Err(InvalidTokenReason::IdToken);
        }
        progress.begin(Step::Bound);
        if claims.is_bound && !self.accepts_bound_tokens {
            return Err(InvalidTokenReason::SenderConstrained);
        }
        progress.begin(Step::AccessJwt);
        if self.token_type == TokenType::AccessJwt {
            claims.check_access_jwt(self.provider.audience.0)?;
        }
        let exp = Duration::try_from_secs_f64(exp).map_err(|_| InvalidTokenReason::Claim("exp"))?;
        Ok((exp, validity))
    }
}

impl Registered<'_> {
    /// Checks the claims that RFC 9068 section 2.2 requires and that are otherwise optional.
    fn check_access_jwt(&self, audience: &'static str) -> Result<(), InvalidTokenReason> {
        for (name, present) in
            [("iss", self.iss.is_some()), (audience, self.audience_matches.is_some()), ("iat", self.iat.is_some())]
        {
            if !present {
                return Err(InvalidTokenReason::Claim(name));
            }
        }
        Ok(())
    }
}
