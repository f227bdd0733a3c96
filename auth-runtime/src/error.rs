//! The errors of the configuration and of tokens.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// An invalid configuration. The text names the setting and says what is wrong with its value.
///
/// The text never contains key material or secrets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConfigError {
    issuer: Option<String>,
    setting: &'static str,
    fault: String,
}

impl ConfigError {
    pub(crate) fn new(setting: &'static str, fault: impl Into<String>) -> Self {
        Self { issuer: None, setting, fault: fault.into() }
    }

    /// Adds the issuer that the setting belongs to, unless it is set already.
    #[must_use]
    pub(crate) fn of(mut self, issuer: &str) -> Self {
        self.issuer.get_or_insert_with(|| issuer.to_owned());
        self
    }

    pub(crate) fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The invalid setting, by the name of its method: `audience`, `hmac`, `public_key_pem`…
    pub fn setting(&self) -> &'static str {
        self.setting
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(issuer) = &self.issuer {
            write!(f, "issuer `{issuer}`: ")?;
        }
        write!(f, "`{}`: {}", self.setting, self.fault)
    }
}

impl Error for ConfigError {}

/// [`init`](crate::init) was called a second time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AlreadyInitialized;

impl fmt::Display for AlreadyInitialized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a verifier is already set for this process: call `init` once, at start")
    }
}

impl Error for AlreadyInitialized {}

/// The reason why a token was not accepted.
///
/// Use it for logs and metrics of your service. The response does not reveal it: every [`Invalid`](Self::Invalid) token
/// gets the same response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum VerifyError {
    /// The token is invalid: an error of the client.
    Invalid(InvalidTokenReason),
    /// No key is available to verify with: an error of the issuer's key source.
    KeysUnavailable {
        /// Retry after this time.
        retry_after: Duration,
    },
    /// The introspection endpoint does not answer, or the limit of requests to it is reached.
    IntrospectionUnavailable {
        /// Retry after this time.
        retry_after: Duration,
    },
    /// It is not known whether another process has revoked the token: Redis has not been reachable for longer than
    /// `Revocations::max_stale` (feature `redis`).
    RevocationsUnavailable {
        /// Retry after this time.
        retry_after: Duration,
    },
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invalid(reason) => return write!(f, "the token is not valid: {reason}"),
            Self::KeysUnavailable { .. } => "no keys to verify the token with",
            Self::IntrospectionUnavailable { .. } => "the token cannot be introspected",
            Self::RevocationsUnavailable { .. } => "the revocations of other processes cannot be read",
        })
    }
}

impl Error for VerifyError {}

impl From<InvalidTokenReason> for VerifyError {
    fn from(fault: InvalidTokenReason) -> Self {
        Self::Invalid(fault)
    }
}

/// What is wrong with a token. Names claims, never their values.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum InvalidTokenReason {
    /// Longer than `max_token_bytes`, or its header longer than 4 KiB.
    TooLong,
    /// Not exactly three parts of canonical, unpadded base64url (RFC 7515 section 3.1).
    Malformed,
    /// The parts of the token are padded base64, but a JWS must not be padded (RFC 7515 section 2). AWS load balancers
    /// send such a token in `x-amzn-oidc-data`: read the token of the identity provider instead, which they send in
    /// `x-amzn-oidc-accesstoken`.
    Padded,
    /// The header is not a JSON object, or has a header parameter that is missing, malformed or not supported (RFC 7515
    /// section 4).
    Header,
    /// `alg` is not allowed for this issuer.
    Algorithm,
    /// `typ` marks another kind of token.
    Type,
    /// No trusted issuer has this `iss`.
    Issuer,
    /// No usable key has this `kid` and `alg`.
    UnknownKey,
    /// The signature does not verify.
    Signature,
    /// The claims are not a JSON object, contain a duplicate name, or nest deeper than 32 levels.
    Claims,
    /// This claim is missing or has a wrong type.
    Claim(&'static str),
    /// This claim does not have an accepted value ([`Issuer::require_claim`](crate::Issuer::require_claim)), or it has
    /// a value that the provider's constructor refuses.
    ClaimValue(&'static str),
    /// `exp` has passed.
    Expired,
    /// `nbf` or `iat` is in the future.
    NotYetValid,
    /// `aud` contains no accepted audience.
    Audience,
    /// The token has `at_hash` or `c_hash`, or it has `nonce` and neither `scope` nor `scp`, so it is an ID token.
    IdToken,
    /// The token has `events`, so it is a security event token (RFC 8417), such as a logout token.
    SecurityEvent,
    /// A token that an application got for itself. Its issuer accepts such tokens only if `Issuer::applications` is
    /// set. Auth0's issuer refuses them only if `Issuer::refuse_applications` is set.
    Application,
    /// The user belongs to a tenant that the settings do not name.
    Tenant,
    /// The token has `cnf`, so it is sender-constrained: only the holder of that key may use it (RFC 7800).
    SenderConstrained,
    /// The token was revoked: [`Revocations`](crate::Revocations).
    Revoked,
    /// The token is valid for longer than [`Revocations::max_token_life`](crate::Revocations::max_token_life).
    TooLongLived,
    /// The token names no user, contradicts itself about organizations, or was refused by
    /// [`Issuer::map_identity`](crate::Issuer::map_identity).
    Identity,
    /// The verified claims do not fit the requested type.
    Shape,
    /// The authorization server says that the token is not active (RFC 7662).
    NotActive,
    /// The token was in the query of an event stream, and its lifetime is longer than allowed there
    /// ([`TokenLocation::max_lifetime`](crate::TokenLocation::max_lifetime)).
    Lifetime,
    /// A development token (`Issuer::development`), in a request that does not come directly from this machine.
    NotLocal,
    /// The credentials do not have the form `Bearer TOKEN` (RFC 6750 section 2.1).
    Credentials,
}

impl fmt::Display for InvalidTokenReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "too long",
            Self::Malformed => "not a compact JWS",
            Self::Padded => {
                "padded base64, so not a JWS; behind an AWS load balancer, read the provider's token from \
                 `x-amzn-oidc-accesstoken`"
            }
            Self::Header => "JOSE header not accepted",
            Self::Algorithm => "algorithm not allowed",
            Self::Type => "`typ` does not mark an access token",
            Self::Issuer => "unknown issuer",
            Self::UnknownKey => "unknown key",
            Self::Signature => "wrong signature",
            Self::Claims => "claims are not an acceptable JSON object",
            Self::Claim(name) => return write!(f, "claim `{name}` is missing or has a wrong type"),
            Self::ClaimValue(name) => return write!(f, "claim `{name}` does not have an accepted value"),
            Self::Expired => "expired",
            Self::NotYetValid => "not yet valid",
            Self::Audience => "wrong audience",
            Self::IdToken => "an ID token is not an access token",
            Self::SecurityEvent => "a security event token is not an access token",
            Self::Application => "an application's own token",
            Self::Tenant => "unknown tenant",
            Self::SenderConstrained => "sender-constrained",
            Self::Revoked => "revoked",
            Self::TooLongLived => "valid for longer than `max_token_life`",
            Self::Identity => "no acceptable identity",
            Self::Shape => "claims do not fit the requested type",
            Self::NotActive => "not active",
            Self::Lifetime => "lifetime too long for a token in a query",
            Self::NotLocal => "a development token is accepted only from this machine",
            Self::Credentials => "credentials do not have the form `Bearer TOKEN`",
        })
    }
}

impl Error for InvalidTokenReason {}

/// A user id that does not fit the requested type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IdError {
    pub(crate) expected: &'static str,
}

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the user id is not a `{}`", self.expected)
    }
}

impl Error for IdError {}

/// A claim that is present but does not fit the requested type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ClaimError {
    pub(crate) name: String,
}

impl fmt::Display for ClaimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "claim `{}` does not fit the requested type", self.name)
    }
}

impl Error for ClaimError {}
