//! What can go wrong: at configuration, and with a token.

use std::fmt;
use std::time::Duration;

/// A configuration that must not start: it names the setting and says what is wrong with its value.
///
/// Neither key material nor a secret is ever part of the text.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}`{setting}`: {fault}", Prefix(.issuer.as_deref()))]
pub struct ConfigError {
    issuer: Option<String>,
    setting: &'static str,
    fault: String,
}

impl ConfigError {
    pub(crate) fn new(setting: &'static str, fault: impl Into<String>) -> Self {
        Self { issuer: None, setting, fault: fault.into() }
    }

    /// Says which issuer the setting belongs to, unless that is known already.
    #[must_use]
    pub(crate) fn of(mut self, issuer: &str) -> Self {
        self.issuer.get_or_insert_with(|| issuer.to_owned());
        self
    }

    pub(crate) fn issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The setting at fault, as its method is called: `audience`, `hmac`, `public_key_pem`…
    pub fn setting(&self) -> &'static str {
        self.setting
    }
}

/// Prints `issuer `x`: ` where there is one.
struct Prefix<'a>(Option<&'a str>);

impl fmt::Display for Prefix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |issuer| write!(f, "issuer `{issuer}`: "))
    }
}

/// [`init`](crate::init) was called a second time.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a verifier is already set for this process: call `init` once, at start")]
pub struct AlreadyInitialized;

/// Why a token was not accepted.
///
/// For logs and metrics on your side. A client is told none of it: every [`Invalid`](Self::Invalid) token gets one
/// and the same answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The token does not verify: whoever sent it is at fault.
    #[error("the token is not valid: {0}")]
    Invalid(InvalidTokenReason),
    /// There is no key to verify with: the key source of the token's issuer is at fault.
    #[error("no keys to verify with")]
    KeysUnavailable {
        /// When to ask again.
        retry_after: Duration,
    },
}

impl From<InvalidTokenReason> for VerifyError {
    fn from(fault: InvalidTokenReason) -> Self {
        Self::Invalid(fault)
    }
}

/// What exactly is wrong with a token. Names claims, never their values.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTokenReason {
    /// Longer than `max_token_bytes`, or its header longer than 4 KiB.
    #[error("too long")]
    TooLong,
    /// Not three parts of canonical, unpadded base64url (RFC 7515 section 3.1).
    #[error("not a compact JWS")]
    Malformed,
    /// The header is not a JSON object of the allowed form (RFC 7515 section 4).
    #[error("header refused")]
    Header,
    /// `alg` is none that this issuer may use.
    #[error("algorithm not allowed")]
    Algorithm,
    /// `typ` is that of another kind of token.
    #[error("`typ` is not that of an access token")]
    Type,
    /// No issuer of this `iss` is trusted.
    #[error("unknown issuer")]
    Issuer,
    /// No usable key of this `kid` and `alg` is published.
    #[error("unknown key")]
    UnknownKey,
    /// The signature does not verify.
    #[error("wrong signature")]
    Signature,
    /// The claims are not one JSON object without duplicate names, at most 32 levels deep.
    #[error("claims are not an acceptable JSON object")]
    Claims,
    /// This claim is missing, or not of the type that it must have.
    #[error("claim `{0}` is missing or of a wrong type")]
    Claim(&'static str),
    /// `exp` has passed.
    #[error("expired")]
    Expired,
    /// `nbf` or `iat` lies in the future.
    #[error("not yet valid")]
    NotYetValid,
    /// `aud` names none of the accepted audiences.
    #[error("meant for another audience")]
    Audience,
    /// It carries `at_hash` or `c_hash`, or `nonce` without `scope` or `scp`: an ID token.
    #[error("an ID token is not an access token")]
    IdToken,
    /// It carries `events`: a security event token (RFC 8417), such as a logout token.
    #[error("a security event token is not an access token")]
    SecurityEvent,
    /// It carries `cnf`, so it is of use to the holder of another key only (RFC 7800).
    #[error("sender-constrained")]
    SenderConstrained,
    /// [`Issuer::map_identity`](crate::Issuer::map_identity) refused it, it names no user, or what it says of organizations
    /// contradicts itself.
    #[error("no acceptable identity")]
    Identity,
    /// The verified claims do not fit the type that was asked for.
    #[error("claims do not fit the type asked for")]
    Shape,
    /// Credentials are there but not of the form `Bearer TOKEN` (RFC 6750 section 2.1).
    #[error("credentials are not of the form `Bearer TOKEN`")]
    Credentials,
}

/// A user's id that is not of the type asked for.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the user's id is not a `{expected}`")]
pub struct IdError {
    pub(crate) expected: &'static str,
}

/// A claim that is there, but not of the type asked for.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("claim `{name}` is not of the type asked for")]
pub struct ClaimError {
    pub(crate) name: String,
}
