//! The decision of a guard, as an observer sees it.

use std::borrow::Cow;
use std::fmt;

use crate::bounded::bounded;
use crate::id::{MemberRef, Subject};
use crate::policy::{Denied, Need, place_of, text_of};
use crate::verifier::Verified;

/// What one policy, or the handler itself, has decided about a request.
///
/// A request has one decision for each policy that was asked: those that routers and layers
/// [require](crate::GuardedRouter::require), the outermost first, and then the attributes of the handler together.
#[derive(Clone)]
pub struct Decision {
    /// `None` if the handler refused.
    need: Option<&'static Need>,
    verdict: Verdict,
}

#[derive(Clone)]
enum Verdict {
    Admitted(Admission),
    Refused(Denied),
}

/// How a policy has admitted a request.
#[derive(Clone)]
pub(crate) enum Admission {
    Public,
    Anonymous,
    /// The user, and the position of the selected membership.
    User(Verified, Option<usize>),
}

/// How a request was decided.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// No guard has decided: no route matched, the handler has no guard, a layer answered, or a `check` panicked.
    Undecided,
    /// Admitted by `public`; credentials were not read.
    Public,
    /// Admitted without a user, by `optional_user`.
    Anonymous,
    /// Admitted with a user.
    Admitted,
    /// Refused by a guard, by an argument of the handler such as [`Claims`](crate::Claims), or by a [`Denied`] that the
    /// handler returned.
    Refused,
}

impl Outcome {
    /// The name of the variant in lower case, for a log or a counter.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Undecided => "undecided",
            Self::Public => "public",
            Self::Anonymous => "anonymous",
            Self::Admitted => "admitted",
            Self::Refused => "refused",
        }
    }
}

impl Decision {
    pub(crate) fn admitted(need: &'static Need, admission: Admission) -> Self {
        Self { need: Some(need), verdict: Verdict::Admitted(admission) }
    }

    pub(crate) fn refused(denied: Denied) -> Self {
        Self { need: denied.need(), verdict: Verdict::Refused(denied) }
    }

    /// The name of the policy, if its attributes are on a struct; otherwise the attributes as written, joined by ` + `.
    /// `None` if the handler or one of its arguments refused.
    ///
    /// It is a text from the source code, so a request cannot add new values.
    pub fn policy(&self) -> Option<Cow<'static, str>> {
        self.need.map(text_of)
    }

    /// The file and line of the policy's first attribute.
    pub fn place(&self) -> Option<(&'static str, u32)> {
        self.need.and_then(place_of)
    }

    /// The outcome; never [`Outcome::Undecided`].
    pub fn outcome(&self) -> Outcome {
        match &self.verdict {
            Verdict::Admitted(Admission::Public) => Outcome::Public,
            Verdict::Admitted(Admission::Anonymous) => Outcome::Anonymous,
            Verdict::Admitted(Admission::User(..)) => Outcome::Admitted,
            Verdict::Refused(_) => Outcome::Refused,
        }
    }

    /// The credential of the admitted user.
    pub fn verified(&self) -> Option<&Verified> {
        match &self.verdict {
            Verdict::Admitted(Admission::User(verified, _)) => Some(verified),
            _ => None,
        }
    }

    /// The refusal.
    pub fn denied(&self) -> Option<&Denied> {
        match &self.verdict {
            Verdict::Refused(denied) => Some(denied),
            Verdict::Admitted(_) => None,
        }
    }

    /// The id of the user, admitted or refused, for a log: at most 256 bytes, unprintable characters escaped.
    /// [`Verified::user`] has the unchanged id.
    pub fn user(&self) -> Option<Cow<'_, str>> {
        self.subject().map(|subject| bounded(subject.id()))
    }

    /// The issuer of the user, or the one whose key signed the refused token, for a log.
    pub fn issuer(&self) -> Option<Cow<'_, str>> {
        let signer = || self.denied().and_then(Denied::signer);
        self.subject().map(Subject::issuer).or_else(signer).filter(|issuer| !issuer.is_empty()).map(bounded)
    }

    /// The id of the organization that a user named and that the policy selects, for a log.
    pub fn org(&self) -> Option<Cow<'_, str>> {
        let org = match &self.verdict {
            Verdict::Admitted(Admission::User(verified, Some(position))) => {
                verified.subject().member_at(*position).map(MemberRef::org_id)
            }
            Verdict::Admitted(_) => None,
            Verdict::Refused(denied) => denied.org(),
        };
        org.map(bounded)
    }

    pub(super) fn subject(&self) -> Option<&Subject> {
        match &self.verdict {
            Verdict::Admitted(Admission::User(verified, _)) => Some(verified.subject()),
            Verdict::Admitted(_) => None,
            Verdict::Refused(denied) => denied.subject(),
        }
    }
}

impl fmt::Debug for Decision {
    /// Prints nothing about the user.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decision")
            .field("policy", &self.policy())
            .field("outcome", &self.outcome())
            .finish_non_exhaustive()
    }
}
