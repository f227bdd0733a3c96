//! Why a request is refused, in one word.

use std::fmt;
use std::time::Duration;

use crate::error::{InvalidTokenReason, VerifyError};

/// Why a request was turned away.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DenialReason {
    /// No credentials, or some of another scheme: 401.
    NoCredentials,
    /// More than one token: 400.
    AmbiguousCredentials,
    /// Credentials that do not verify: 401.
    InvalidToken(InvalidTokenReason),
    /// The named path or query parameter or header is not there exactly once: 400.
    OrgNotNamed,
    /// Not a member of the selected organisation, or there is no such organisation: 403.
    NotAMember,
    /// The condition does not hold, or nobody can tell whether it does: 403.
    Condition,
    /// The handler's `check` said no: 403.
    Check,
    /// No keys to verify with: 503.
    KeysUnavailable {
        /// When to ask again.
        retry_after: Duration,
    },
    /// No verifier was set: 500.
    NoVerifier,
    /// The handler asks for a user, and no guard stands before it: 500.
    NoGuard,
    /// The handler's guard did not compile: 403.
    Nobody,
}

impl From<VerifyError> for DenialReason {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Invalid(fault) => Self::InvalidToken(fault),
            VerifyError::KeysUnavailable { retry_after } => Self::KeysUnavailable { retry_after },
        }
    }
}

impl fmt::Display for DenialReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCredentials => "no credentials",
            Self::AmbiguousCredentials => "more than one token",
            Self::InvalidToken(fault) => return write!(f, "token refused: {fault}"),
            Self::OrgNotNamed => "the organization id is missing, repeated or unreadable",
            Self::NotAMember => "not a member",
            Self::Condition => "condition not met",
            Self::Check => "check failed",
            Self::KeysUnavailable { .. } => "no keys to verify the token with",
            Self::NoVerifier => "no verifier: call `auth_runtime::init` or `guarded_by` first",
            Self::NoGuard => "the handler takes a user but has no guard",
            Self::Nobody => "the guard did not compile",
        })
    }
}
