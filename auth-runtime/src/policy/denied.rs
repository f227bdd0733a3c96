//! A refusal: what the client learns, and what only the server knows.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderValue, StatusCode};

#[cfg(feature = "testing")]
use super::explain::Responder;
use super::explain::{Explanation, Finding, OwnResponse};
use super::need::{Deny, Need};
use super::reason::DenialReason;
use crate::id::Subject;

/// A refused request. It converts into the response to the client, and explains the refusal to code on the server.
///
/// The response of every refusal has it in its extensions. Cloning copies a pointer.
///
/// # The event
///
/// Each refusal logs one `tracing` event, `request refused`, when its response is made. The level is `error` if the
/// status is 500 or higher, and `info` otherwise. A field that does not apply is absent.
///
/// | field | value |
/// |---|---|
/// | `status` | the status of the response, before [`on_denied`](crate::VerifierBuilder::on_denied) |
/// | `method` | the method of the request |
/// | `route` | the template of the route, such as `/orgs/{org_id}`; never the path of the request |
/// | `policy` | the attribute that refused, as written |
/// | `at` | the file and line of that attribute |
/// | `user` | the id of the verified user |
/// | `issuer` | the `iss` of the issuer whose key signed the token, even if the token was refused for its claims |
/// | `org` | the id of the organization that a verified user asked for |
/// | `reason` | the [`DenialReason`], in words |
/// | `findings` | each evaluated question with its answer: see [`Explanation`] |
///
/// If the handler itself returned the `Denied`, `method`, `route`, `policy` and `at` are absent, because the response
/// is made without the request. A layer that logs requests knows the first two, and the extensions of the response
/// contain the `Denied`. For a wrong or missing `aud`, a finding lists the accepted audiences and those of the token.
/// For an unknown `iss`, a finding lists the known issuers. The token's own `iss` was never verified, so it is logged
/// in a separate event at level `debug`, in the field `iss`.
///
/// A value cannot forge a log line, because unprintable characters are escaped. An id or a name takes at most 256
/// bytes, and a list at most 20 names. Each list is written once.
#[derive(Clone)]
pub struct Denied {
    inner: Arc<Inner>,
}

/// What a client can authenticate with.
#[derive(Clone)]
pub(crate) struct Challenges {
    /// Whether bearer tokens are accepted.
    pub(crate) bearer: bool,
    /// The challenges of authenticators.
    pub(crate) others: Arc<[HeaderValue]>,
    /// The URL of the metadata of the protected resource (RFC 9728 section 5.1).
    pub(crate) metadata: Option<Arc<str>>,
}

impl Default for Challenges {
    fn default() -> Self {
        Self { bearer: true, others: Arc::default(), metadata: None }
    }
}

/// The data of the decision, kept so that the explanation is computed only on request.
struct Inner {
    reason: DenialReason,
    /// What the guard asked for.
    need: Option<&'static Need>,
    user: Option<Arc<Subject>>,
    /// The issuer whose key signed the token, if there is no user.
    issuer: Option<Arc<str>>,
    /// The organization that was selected.
    org: Option<String>,
    /// The result of a check of the credentials, or of a method of [`User`](crate::User).
    finding: Option<Finding>,
    /// Whether the guard had admitted the request.
    is_after_guard: bool,
    /// Whether the response must look as if the object in the path did not exist.
    is_hidden: bool,
    /// The application's own response.
    response: Option<OwnResponse>,
    /// The time of the decision, in seconds since 1970.
    now: u64,
    realm: Option<Arc<str>>,
    challenges: Challenges,
    /// Whether the event was logged: `on_denied` may convert the same refusal with `IntoResponse`.
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
                now: 0,
                realm: None,
                challenges: Challenges::default(),
                is_reported: AtomicBool::new(false),
            }),
        }
    }

    pub(crate) fn by_guard(
        reason: DenialReason,
        need: &'static Need,
        user: Option<Arc<Subject>>,
        org: Option<String>,
        now: u64,
    ) -> Self {
        Self::new(reason).with(|inner| (inner.need, inner.user, inner.org, inner.now) = (Some(need), user, org, now))
    }

    /// Refused by a method of a user that asked about an organization.
    pub(crate) fn by_method(reason: DenialReason, user: &Arc<Subject>, org: &str, finding: Finding) -> Self {
        Self::new(reason).of(Some(user)).with(|inner| {
            inner.finding = Some(finding);
            inner.org = Some(org.to_owned());
            inner.is_after_guard = true;
        })
    }

    /// Adds the refused user.
    pub(crate) fn of(self, user: Option<&Arc<Subject>>) -> Self {
        self.with(|inner| inner.user = user.map(Arc::clone))
    }

    /// Adds a question that failed, and what the caller had.
    pub(crate) fn because(self, question: String, had: &str) -> Self {
        self.with(|inner| inner.finding = Some(Finding::failed(question, had)))
    }

    /// Adds the issuer of a token that was refused after its signature was verified.
    pub(crate) fn with_issuer(self, issuer: Arc<str>) -> Self {
        self.with(|inner| inner.issuer = Some(issuer))
    }

    /// Marks that the guard had admitted the request.
    pub(crate) fn after_guard(self) -> Self {
        self.with(|inner| inner.is_after_guard = true)
    }

    /// Makes the response look as if the object in the path did not exist.
    pub(crate) fn hidden(self) -> Self {
        self.with(|inner| inner.is_hidden = true)
    }

    /// Adds the application's own response.
    pub(crate) fn answered(self, response: OwnResponse) -> Self {
        self.with(|inner| inner.response = Some(response))
    }

    fn with(mut self, set: impl FnOnce(&mut Inner)) -> Self {
        // The value was just made, so there is no other clone.
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            set(inner);
        }
        self
    }

    /// Sets the protection space of the challenge (RFC 9110 section 11.5).
    pub(crate) fn in_realm(self, realm: Option<Arc<str>>) -> Self {
        self.with(|inner| inner.realm = realm)
    }

    /// The login that the policy asks for: its classes, and the maximum time since the login, in seconds.
    pub(crate) fn step_up(&self) -> (Vec<&'static str>, Option<u32>) {
        self.inner.need.map(Need::step_up).unwrap_or_default()
    }

    pub(crate) fn realm(&self) -> Option<&str> {
        self.inner.realm.as_deref()
    }

    /// Says what a client can authenticate with.
    pub(crate) fn with_challenges(self, challenges: Challenges) -> Self {
        self.with(|inner| inner.challenges = challenges)
    }

    pub(crate) fn challenges(&self) -> &Challenges {
        &self.inner.challenges
    }

    /// The scopes that the attributes ask for, unless they hide that the route exists.
    pub(crate) fn open_scopes(&self) -> Vec<&'static str> {
        self.inner.need.filter(|need| need.deny() != Deny::NotFound).map(Need::scopes).unwrap_or_default()
    }

    /// The scopes that the attributes ask for.
    pub(crate) fn scopes(&self) -> Vec<&'static str> {
        self.inner.need.map(Need::scopes).unwrap_or_default()
    }

    /// Whether the response must look as if the route (`deny = not_found`), or the object in its path, did not exist.
    pub(crate) fn denies_not_found(&self) -> bool {
        let is_denial = matches!(
            self.inner.reason,
            DenialReason::NotAMember
                | DenialReason::Condition
                | DenialReason::Load
                | DenialReason::Check
                | DenialReason::DenyAll
        );
        let hides = |need: &Need| need.deny() == Deny::NotFound;
        is_denial && (self.inner.is_hidden || self.inner.need.is_some_and(hides))
    }

    /// Whether both are clones of one refusal.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// What the guard asked for.
    pub(crate) fn need(&self) -> Option<&'static Need> {
        self.inner.need
    }

    /// The refused user.
    pub(crate) fn subject(&self) -> Option<&Subject> {
        self.inner.user.as_deref()
    }

    /// The issuer whose key signed the refused token, if there is no user.
    pub(crate) fn signer(&self) -> Option<&str> {
        self.inner.issuer.as_deref()
    }

    /// The selected organization.
    pub(crate) fn org(&self) -> Option<&str> {
        self.inner.org.as_deref()
    }

    /// Whether the guard refused, rather than the handler or one of its arguments.
    #[cfg(feature = "testing")]
    pub(crate) fn is_by_guard(&self) -> bool {
        !self.inner.is_after_guard
    }

    /// Whether the extractor of an argument that the guard uses made the response.
    #[cfg(feature = "testing")]
    pub(crate) fn is_by_extractor(&self) -> bool {
        self.inner.response.is_some_and(|response| matches!(response.by, Responder::Extractor))
    }

    /// Whether the event was logged. Marks it as logged.
    pub(crate) fn is_reported_already(&self) -> bool {
        self.inner.is_reported.swap(true, Ordering::Relaxed)
    }

    /// The status of the response. If the application made the response (in a `load`, in a `check`, or in the extractor
    /// of an argument that `from`, `load` or `check` uses), this is the status of that response.
    pub fn status(&self) -> StatusCode {
        if let Some(own) = self.inner.response {
            return own.status;
        }
        match self.inner.reason {
            _ if self.denies_not_found() => StatusCode::NOT_FOUND,
            DenialReason::NoCredentials
            | DenialReason::InvalidToken(_)
            | DenialReason::InvalidCredential
            | DenialReason::StepUp => StatusCode::UNAUTHORIZED,
            DenialReason::AmbiguousCredentials | DenialReason::OrgNotNamed | DenialReason::DotSegment => {
                StatusCode::BAD_REQUEST
            }
            DenialReason::Load => StatusCode::NOT_FOUND,
            DenialReason::NotAMember | DenialReason::Condition | DenialReason::Check | DenialReason::DenyAll => {
                StatusCode::FORBIDDEN
            }
            DenialReason::KeysUnavailable { .. }
            | DenialReason::DirectoryUnavailable { .. }
            | DenialReason::Unavailable { .. }
            | DenialReason::NotRecorded => StatusCode::SERVICE_UNAVAILABLE,
            DenialReason::NoVerifier
            | DenialReason::NoGuard
            | DenialReason::NoRoute
            | DenialReason::SecondGuard
            | DenialReason::RouterSkipped => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The reason as an enum.
    pub fn reason(&self) -> DenialReason {
        self.inner.reason
    }

    /// Explains the refusal: each question of the condition, and what the caller had. Computed at every call.
    ///
    /// Ids, names and lists are shortened as in the [event](Self#the-event): at most 256 bytes and 20 names.
    /// [`User`](crate::User) has the full values.
    ///
    /// ```
    /// # #[cfg(feature = "testing")]
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # use auth_runtime::testing::TestIssuer;
    /// let issuer = TestIssuer::new();
    /// let token = issuer.token().org("acme", "Member").build();
    /// let user = issuer.verifier().await.verify(&token).await.unwrap().user();
    /// let explanation = user.require_org_exactly("acme", "Admin").unwrap_err().explain();
    /// let finding = &explanation.findings()[0];
    /// assert_eq!((finding.question.as_str(), finding.holds), (r#"role == "Admin""#, Some(false)));
    /// assert_eq!(&*finding.had, r#"has "Member""#);
    /// # });
    /// ```
    pub fn explain(&self) -> Explanation {
        let Inner { reason, need, user, issuer, org, finding, response, now, .. } = &*self.inner;
        let user = user.as_deref();
        let explanation = Explanation::new(*reason, user, issuer.as_deref(), org.as_deref());
        let explanation = match need {
            Some(need) => explanation.with_guard(need, user, org.as_deref(), *response, *now),
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

/// Prints the [`Explanation`] on one line.
impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.explain().fmt(f)
    }
}

impl std::error::Error for Denied {}
