//! The reason of a refusal, as an enum.

use std::fmt;
use std::time::Duration;

use crate::error::{InvalidTokenReason, VerifyError};

/// Why a request was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum DenialReason {
    /// No credentials, or a scheme other than `Bearer`: 401.
    NoCredentials,
    /// More than one token: 400.
    AmbiguousCredentials,
    /// Invalid credentials: 401.
    InvalidToken(InvalidTokenReason),
    /// A credential that its authenticator refuses: 401.
    InvalidCredential,
    /// It is not possible at the moment to check whether the credential is valid: 503.
    Unavailable {
        /// Retry after this time.
        retry_after: Duration,
    },
    /// The path parameter, query parameter or header with the organization id is missing, repeated or unreadable: 400.
    OrgNotNamed,
    /// The path has a segment `.` or `..`, so that the service behind the guard may read it as another path: 400.
    DotSegment,
    /// Not a member of the selected organization, or it does not exist: 403.
    NotAMember,
    /// The condition is false or unknown: 403.
    Condition,
    /// The condition would be true after another login, or a more recent one: 401 (RFC 9470).
    StepUp,
    /// The handler's `load` found nothing: a plain 404. If it failed, the application's own response.
    Load,
    /// The handler's `check` returned false: 403; a plain 404 if the handler has a `load`.
    Check,
    /// No keys to verify the token with: 503.
    KeysUnavailable {
        /// Retry after this time.
        retry_after: Duration,
    },
    /// The directory could not answer, or not in time: 503.
    DirectoryUnavailable {
        /// Retry after this time.
        retry_after: Duration,
    },
    /// There is no verifier: 500.
    NoVerifier,
    /// The handler takes a user, but has no guard: 500.
    NoGuard,
    /// A policy reads `path("..")`, but there is no route, for example because the policy is around a whole router:
    /// 500.
    NoRoute,
    /// The handler takes a `Require`, and another guard has admitted the request to it: 500.
    SecondGuard,
    /// A policy that a router requires was not asked: a layer below it removed the request's extensions or changed its
    /// method: 500.
    RouterSkipped,
    /// The handler's guard did not compile: 403.
    DenyAll,
    /// The policy says `audit`, and the decision could not be recorded: 503.
    NotRecorded,
}

impl DenialReason {
    /// The name of the variant in lower case, such as `no_credentials`: for a counter or a log that is searched. It
    /// does not say what is wrong with a token.
    ///
    /// ```
    /// use auth_runtime::DenialReason;
    /// assert_eq!(DenialReason::NotAMember.as_str(), "not_a_member");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoCredentials => "no_credentials",
            Self::AmbiguousCredentials => "ambiguous_credentials",
            Self::InvalidToken(_) => "invalid_token",
            Self::InvalidCredential => "invalid_credential",
            Self::Unavailable { .. } => "unavailable",
            Self::OrgNotNamed => "org_not_named",
            Self::DotSegment => "dot_segment",
            Self::NotAMember => "not_a_member",
            Self::Condition => "condition",
            Self::StepUp => "step_up",
            Self::Load => "load",
            Self::Check => "check",
            Self::KeysUnavailable { .. } => "keys_unavailable",
            Self::DirectoryUnavailable { .. } => "directory_unavailable",
            Self::NoVerifier => "no_verifier",
            Self::NoGuard => "no_guard",
            Self::NoRoute => "no_route",
            Self::SecondGuard => "second_guard",
            Self::RouterSkipped => "router_skipped",
            Self::DenyAll => "deny_all",
            Self::NotRecorded => "not_recorded",
        }
    }
}

impl From<VerifyError> for DenialReason {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Invalid(fault) => Self::InvalidToken(fault),
            VerifyError::KeysUnavailable { retry_after } => Self::KeysUnavailable { retry_after },
            VerifyError::IntrospectionUnavailable { retry_after }
            | VerifyError::RevocationsUnavailable { retry_after } => Self::Unavailable { retry_after },
        }
    }
}

impl fmt::Display for DenialReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCredentials => "no credentials",
            Self::AmbiguousCredentials => "more than one token",
            Self::InvalidToken(fault) => return write!(f, "token refused: {fault}"),
            Self::InvalidCredential => "credential refused",
            Self::Unavailable { .. } => "the credential cannot be checked at the moment",
            Self::OrgNotNamed => "the organization id is missing, repeated or unreadable",
            Self::DotSegment => "the path has a segment `.` or `..`",
            Self::NotAMember => "not a member",
            Self::Condition => "condition not met",
            Self::StepUp => "another login is needed",
            Self::Load => "nothing loaded",
            Self::Check => "check failed",
            Self::KeysUnavailable { .. } => "no keys to verify the token with",
            Self::DirectoryUnavailable { .. } => "the directory cannot answer",
            Self::NoVerifier => "no verifier: call `auth_runtime::init` or `guarded_by` first",
            Self::NoGuard => "the handler takes a user but has no guard",
            Self::NoRoute => "the policy reads `path(..)`, but it is not inside a route",
            Self::SecondGuard => "the handler takes a `Require`, but has another guard: keep one of them",
            Self::RouterSkipped => {
                "a policy that a router requires was not asked: a layer removed the request's extensions or changed its method"
            }
            Self::DenyAll => "the guard did not compile",
            Self::NotRecorded => "the decision could not be recorded",
        })
    }
}
