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
    /// The handler's `load` found nothing: a plain 404. Or it failed: the application's own response.
    Load,
    /// The handler's `check` said no: 403; a plain 404 beside a `load`.
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
            Self::OrgNotNamed => "the organization is not named exactly once",
            Self::NotAMember => "not a member",
            Self::Condition => "condition not met",
            Self::Load => "nothing loaded",
            Self::Check => "check failed",
            Self::KeysUnavailable { .. } => "no keys to verify with",
            Self::NoVerifier => "no verifier: call `auth_runtime::init` or `guarded_by` first",
            Self::NoGuard => "the handler takes a user, but no guard stands before it",
            Self::Nobody => "the guard did not compile",
        })
    }
}
