//! A refusal: what the client is told, and what only we know.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::explain::{Explanation, Finding};
use super::{Deny, Need, Org};
use crate::error::{TokenFault, VerifyError};
use crate::id::Subject;

/// Why a request was turned away.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Reason {
    /// No credentials, or some of another scheme: 401.
    NoCredentials,
    /// More than one token: 400.
    AmbiguousCredentials,
    /// Credentials that do not verify: 401.
    InvalidToken(TokenFault),
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

impl From<VerifyError> for Reason {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Invalid(fault) => Self::InvalidToken(fault),
            VerifyError::KeysUnavailable { retry_after } => Self::KeysUnavailable { retry_after },
        }
    }
}

/// A request turned away: answers it by itself, and says why to those who ask on this side.
///
/// Every refusal's response carries it in its extensions. Cloning copies a pointer.
#[derive(Clone)]
pub struct Denied {
    inner: Arc<Inner>,
}

struct Inner {
    reason: Reason,
    asked: Asked,
    realm: Option<Arc<str>>,
}

/// What was decided on, kept so that nothing is explained before somebody asks.
enum Asked {
    /// Nothing that could be explained further than its reason.
    Nothing,
    /// By a guard.
    Guard { need: &'static Need, user: Option<Arc<Subject>>, org: Option<String> },
    /// By a method of [`User`](crate::User): the question as an attribute would spell it, and what there was instead.
    Method { question: String, had: String },
}

impl Denied {
    pub(crate) fn new(reason: Reason) -> Self {
        Self::with(reason, Asked::Nothing)
    }

    pub(crate) fn by_guard(
        reason: Reason,
        need: &'static Need,
        user: Option<Arc<Subject>>,
        org: Option<String>,
    ) -> Self {
        Self::with(reason, Asked::Guard { need, user, org })
    }

    /// By a method that asked `question`, when there was `had`.
    pub(crate) fn by_method(reason: Reason, question: String, had: String) -> Self {
        Self::with(reason, Asked::Method { question, had })
    }

    fn with(reason: Reason, asked: Asked) -> Self {
        Self { inner: Arc::new(Inner { reason, asked, realm: None }) }
    }

    /// Names the protection space in the challenge (RFC 9110 section 11.5).
    pub(crate) fn in_realm(self, realm: Option<Arc<str>>) -> Self {
        match Arc::try_unwrap(self.inner) {
            Ok(inner) => Self { inner: Arc::new(Inner { realm, ..inner }) },
            Err(inner) => Self { inner },
        }
    }

    pub(crate) fn realm(&self) -> Option<&str> {
        self.inner.realm.as_deref()
    }

    /// The scopes that were asked for.
    pub(crate) fn scopes(&self) -> Vec<&'static str> {
        match &self.inner.asked {
            Asked::Guard { need, .. } => need.scopes(),
            Asked::Nothing | Asked::Method { .. } => Vec::new(),
        }
    }

    /// Whether the route is to look as if it did not exist (`deny = not_found`).
    pub(crate) fn is_hidden(&self) -> bool {
        let is_denial =
            matches!(self.inner.reason, Reason::NotAMember | Reason::Condition | Reason::Check | Reason::Nobody);
        is_denial && matches!(&self.inner.asked, Asked::Guard { need, .. } if need.deny() == Deny::NotFound)
    }

    /// Whether it came of the guard, and not of a question that the handler asked of its own.
    #[cfg(feature = "testing")]
    pub(crate) fn is_by_guard(&self) -> bool {
        !matches!(self.inner.asked, Asked::Method { .. })
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self.inner.reason {
            _ if self.is_hidden() => StatusCode::NOT_FOUND,
            Reason::NoCredentials | Reason::InvalidToken(_) => StatusCode::UNAUTHORIZED,
            Reason::AmbiguousCredentials | Reason::OrgNotNamed => StatusCode::BAD_REQUEST,
            Reason::NotAMember | Reason::Condition | Reason::Check | Reason::Nobody => StatusCode::FORBIDDEN,
            Reason::KeysUnavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Reason::NoVerifier | Reason::NoGuard => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Why, in one word.
    pub fn reason(&self) -> Reason {
        self.inner.reason
    }

    /// Why, atom by atom, with what the caller had. Computed at each call, and only then.
    pub fn explain(&self) -> Explanation {
        let reason = self.inner.reason;
        match &self.inner.asked {
            Asked::Nothing => Explanation::of_reason(reason),
            Asked::Method { question, had } => Explanation::of_reason(reason).with(Finding {
                question: question.clone(),
                holds: Some(false),
                had: had.clone(),
            }),
            Asked::Guard { need, user, org } => {
                let user = user.as_deref();
                let membership = org.as_deref().and_then(|id| user?.member(id));
                let selected = match (org, membership) {
                    (None, _) => Org::NotSelected,
                    (Some(_), Some(member)) => Org::Member(member),
                    (Some(_), None) => Org::NotMember,
                };
                Explanation::of_guard(reason, need, user, selected, org.as_deref())
            }
        }
    }
}

impl fmt::Debug for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Denied").field("reason", &self.inner.reason).finish_non_exhaustive()
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.explain().fmt(f)
    }
}

impl std::error::Error for Denied {}
