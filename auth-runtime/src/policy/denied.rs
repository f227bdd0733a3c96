//! A refusal: what the client is told, and what only the server knows.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::StatusCode;

use super::explain::{Explanation, Finding, OwnResponse};
use super::need::{Deny, Need};
use super::reason::DenialReason;
use crate::id::Subject;

/// A refused request. It is the response to the client, and explains the refusal to code on the server.
///
/// Every refusal's response carries it in its extensions. Cloning copies a pointer.
///
/// # The event
///
/// Each refusal is one `tracing` event, `request refused`, when it is answered: at level `error` if the status is 500 or
/// higher, at `info` otherwise. These are its fields; one that does not apply is absent.
///
/// | field | holds |
/// |---|---|
/// | `status` | the status of the answer, before [`on_denied`](crate::VerifierBuilder::on_denied) |
/// | `method` | the method of the request |
/// | `route` | the template of the route, such as `/orgs/{org_id}`; never the path of the request |
/// | `policy` | the attribute that refused, as written |
/// | `at` | the file and line of that attribute |
/// | `user` | the id of the verified user |
/// | `issuer` | the `iss` that the token was verified for |
/// | `org` | the id of the organization that a verified user asked for |
/// | `reason` | the [`DenialReason`], in words |
/// | `findings` | each question that was asked, with its answer: see [`Explanation`] |
///
/// `method` and `route` are absent when a handler answers with a `Denied` of its own. A wrong `aud` is a finding: the
/// audiences that are accepted and those that came. So are, for an unknown `iss`, the issuers that are known; the `iss`
/// that came was never verified, so it has an event of its own at level `debug`, with the field `iss`.
///
/// No value can forge a line: what does not print is escaped. An id or a name takes at most 256 bytes, a list names at
/// most 20 entries, and each list is written once.
#[derive(Clone)]
pub struct Denied {
    inner: Arc<Inner>,
}

/// What was decided on, kept so that nothing is explained before somebody asks.
struct Inner {
    reason: DenialReason,
    /// What the guard asked for.
    need: Option<&'static Need>,
    user: Option<Arc<Subject>>,
    /// The issuer whose key has signed the token, where there is no user.
    issuer: Option<Arc<str>>,
    /// The organization that was selected.
    org: Option<String>,
    /// What was asked about the credentials, or by a method of [`User`](crate::User).
    finding: Option<Finding>,
    /// Whether the guard had admitted the request.
    is_after_guard: bool,
    /// Whether the object that the path names is to look as if it did not exist.
    is_hidden: bool,
    /// The application's own response.
    response: Option<OwnResponse>,
    realm: Option<Arc<str>>,
    /// Whether it has had its event: whoever answers by `IntoResponse` within `on_denied` answers the same refusal.
    is_reported: AtomicBool,
}

impl Denied {
    pub(crate) fn new(reason: DenialReason) -> Self {
        Self {
            inner: Arc::new(Inner {
                reason,
                need: None,
                user: None,
                issuer: None,
                org: None,
                finding: None,
                is_after_guard: false,
                is_hidden: false,
                response: None,
                realm: None,
                is_reported: AtomicBool::new(false),
            }),
        }
    }

    pub(crate) fn by_guard(
        reason: DenialReason,
        need: &'static Need,
        user: Option<Arc<Subject>>,
        org: Option<String>,
    ) -> Self {
        Self::new(reason).with(|inner| (inner.need, inner.user, inner.org) = (Some(need), user, org))
    }

    /// By a method of a user that asked about an organization.
    pub(crate) fn by_method(reason: DenialReason, user: &Arc<Subject>, org: &str, finding: Finding) -> Self {
        Self::new(reason).of(Some(user)).with(|inner| {
            inner.finding = Some(finding);
            inner.org = Some(org.to_owned());
            inner.is_after_guard = true;
        })
    }

    /// Whom it refuses.
    pub(crate) fn of(self, user: Option<&Arc<Subject>>) -> Self {
        self.with(|inner| inner.user = user.map(Arc::clone))
    }

    /// What was asked, and what there was instead.
    pub(crate) fn because(self, question: String, had: &str) -> Self {
        self.with(|inner| inner.finding = Some(Finding::failed(question, had)))
    }

    /// Names the issuer of a token whose signature was verified and which was refused after that.
    pub(crate) fn with_issuer(self, issuer: Arc<str>) -> Self {
        self.with(|inner| inner.issuer = Some(issuer))
    }

    /// The guard had admitted the request.
    pub(crate) fn after_guard(self) -> Self {
        self.with(|inner| inner.is_after_guard = true)
    }

    /// The object that the path names is to look as if it did not exist.
    pub(crate) fn hidden(self) -> Self {
        self.with(|inner| inner.is_hidden = true)
    }

    /// The application answers it.
    pub(crate) fn answered(self, response: OwnResponse) -> Self {
        self.with(|inner| inner.response = Some(response))
    }

    fn with(mut self, set: impl FnOnce(&mut Inner)) -> Self {
        // Only what has just been made is changed, so there is no other clone.
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            set(inner);
        }
        self
    }

    /// Names the protection space in the challenge (RFC 9110 section 11.5).
    pub(crate) fn in_realm(self, realm: Option<Arc<str>>) -> Self {
        self.with(|inner| inner.realm = realm)
    }

    pub(crate) fn realm(&self) -> Option<&str> {
        self.inner.realm.as_deref()
    }

    /// The scopes that were asked for.
    pub(crate) fn scopes(&self) -> Vec<&'static str> {
        self.inner.need.map(Need::scopes).unwrap_or_default()
    }

    /// Whether the route is to look as if it did not exist (`deny = not_found`), or the object that its path names.
    pub(crate) fn denies_not_found(&self) -> bool {
        let is_denial = matches!(
            self.inner.reason,
            DenialReason::NotAMember
                | DenialReason::Condition
                | DenialReason::Load
                | DenialReason::Check
                | DenialReason::Nobody
        );
        let hides = |need: &Need| need.deny() == Deny::NotFound;
        is_denial && (self.inner.is_hidden || self.inner.need.is_some_and(hides))
    }

    /// Whether the guard refused, and not the handler or one of its arguments.
    #[cfg(feature = "testing")]
    pub(crate) fn is_by_guard(&self) -> bool {
        !self.inner.is_after_guard
    }

    /// Whether it has had its event; from now on, it has.
    pub(crate) fn is_reported_already(&self) -> bool {
        self.inner.is_reported.swap(true, Ordering::Relaxed)
    }

    /// The status of the answer: of the application's own response if a `load`, a `check`, or the extractor of an argument
    /// that one of them or `from` uses, has made one.
    pub fn status(&self) -> StatusCode {
        if let Some(own) = self.inner.response {
            return own.status;
        }
        match self.inner.reason {
            _ if self.denies_not_found() => StatusCode::NOT_FOUND,
            DenialReason::NoCredentials | DenialReason::InvalidToken(_) => StatusCode::UNAUTHORIZED,
            DenialReason::AmbiguousCredentials | DenialReason::OrgNotNamed => StatusCode::BAD_REQUEST,
            DenialReason::Load => StatusCode::NOT_FOUND,
            DenialReason::NotAMember | DenialReason::Condition | DenialReason::Check | DenialReason::Nobody => {
                StatusCode::FORBIDDEN
            }
            DenialReason::KeysUnavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            DenialReason::NoVerifier | DenialReason::NoGuard => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Why, in one word.
    pub fn reason(&self) -> DenialReason {
        self.inner.reason
    }

    /// Why, atom by atom, with what the caller had. Computed at each call, and only then.
    ///
    /// It is as bounded as the [event](Self#the-event), whoever asks: ids and names of at most 256 bytes, lists of at
    /// most 20. Ask [`User`](crate::User) for all of them.
    pub fn explain(&self) -> Explanation {
        let Inner { reason, need, user, issuer, org, finding, response, .. } = &*self.inner;
        let user = user.as_deref();
        let explanation = Explanation::new(*reason, user, issuer.as_deref(), org.as_deref());
        let explanation = match need {
            Some(need) => explanation.with_guard(need, user, org.as_deref(), *response),
            None => explanation,
        };
        match finding {
            Some(finding) => explanation.with(finding.clone()),
            None => explanation,
        }
    }
}

impl fmt::Debug for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Denied").field("reason", &self.inner.reason).finish_non_exhaustive()
    }
}

/// The [`Explanation`], on one line.
impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.explain().fmt(f)
    }
}

impl std::error::Error for Denied {}
