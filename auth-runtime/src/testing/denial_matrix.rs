//! Sends to every route the requests that must be refused, and the one that must be admitted.

mod caller;
mod fixtures;
mod login;
mod named;
mod objects;
mod report;
mod requests;
mod settings;

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use http::Request;
use tower::ServiceExt as _;

use super::TestIssuer;
use crate::policy::{DenialReason, Denied};
use crate::routing::policy::Policy;
use crate::routing::{GuardedRouter, Row};
use crate::verifier::Verified;
use caller::{Caller, callers};
pub use report::{DenialReport, MatrixError, WrongAnswer, WrongObject};
use requests::{Content, Requests};
pub use settings::DenialMatrix;

/// Sends to every route of a router the requests that must be refused and the one that must be admitted.
///
/// | request | refused by |
/// |---|---|
/// | without a token, with an expired token, with a token from an unknown key | all except `public`; for `optional_user` it depends on `invalid` |
/// | as a member of another organization | `from = ..` |
/// | with each declared or mentioned role that is too low | `role ..` |
/// | as the user of another tenant of the provider, whose token states everything that the policy needs | policies that ask for an organization, roles, permissions, scopes or `email_verified` |
/// | with one answer of the condition flipped: a permission or scope is missing, or one under `!` is present | the condition |
/// | as a caller who meets every condition | – |
///
/// The expected result comes from the route table, not from the guards. The requests go through the whole router,
/// including layers, nesting and verifiers. A refusal is recognized by [`Denied`] in the response's extensions, so a
/// handler's own 404 or 422 does not count as a refusal.
///
/// The handler *does run* for admitted requests, with an empty body: use a router with a suitable state. A `load` or a
/// `check` may refuse the request that should be admitted. The report lists these routes, and those that could not be
/// tested. Public services and routers are not tested.
///
/// The decisions of `load` and `check` about objects are tested only if the matrix knows objects and callers who own
/// them: see [`DenialMatrix::object`]. Otherwise the report says that nothing is shown about objects.
///
/// If the router has no [`guarded_by`](GuardedRouter::guarded_by), the verifier of the test issuer is used. Otherwise
/// its verifier must trust the test issuer, under the name that `issuer("..")` uses. Requests of another tenant's user
/// are then left out.
///
/// If the router's verifier has a [`Directory`](crate::Directory), use the directory of the test issuer
/// ([`TestIssuer::directory`]): before each request, the matrix writes the caller's memberships into it.
///
/// Path parameters are filled automatically: the organization with a UUID, others with `1` or a UUID, whichever the
/// handler accepts. If neither works, or the organization does not come from the path, the query, a header or the
/// token, use [`DenialMatrix`].
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use auth_runtime::testing::{TestIssuer, denial_matrix};
/// use auth_runtime::{GuardedRouter, User, require_user, routing::get};
///
/// #[require_user]
/// async fn whoami(user: User) -> String { user.id().to_owned() }
///
/// let routes = GuardedRouter::new().route("/whoami", get(whoami));
/// let report = denial_matrix(routes, &TestIssuer::new()).await.unwrap();
/// assert_eq!((report.routes(), report.requests()), (1, 5)); // HEAD as well
/// # })
/// ```
///
/// # Errors
/// The first route with an unexpected response, and the reason.
pub async fn denial_matrix(router: GuardedRouter, issuer: &TestIssuer) -> Result<DenialReport, MatrixError> {
    DenialMatrix::new().run(router, issuer).await
}

impl DenialMatrix {
    /// Sends the requests; see [`denial_matrix`]. Requests for objects come first.
    ///
    /// # Errors
    /// Every request for an object of another owner that was not refused. If there are none, the first route with an
    /// unexpected response, and the reason.
    pub async fn run(&self, router: GuardedRouter, issuer: &TestIssuer) -> Result<DenialReport, MatrixError> {
        let has_tenants = router.verifier().is_none();
        let router = match router.verifier() {
            Some(_) => router,
            None => router.guarded_by(issuer.verifier_with_tenants().await),
        };
        let verified = match router.verifier() {
            Some(verifier) => verifier.verify(&issuer.token().build()).await.ok(),
            None => None,
        };
        let served = router.clone().build().map_err(MatrixError::Routes)?;
        let (mut report, sent) = (DenialReport::default(), AtomicUsize::new(0));
        // Requests for objects come first, because the handlers of other requests may delete the objects.
        objects::run(self, &router, &served, issuer, &mut report).await?;
        let content = Content {
            org: self.org.clone(),
            values: self.values.clone(),
            headers: self.headers.clone(),
            ..Content::default()
        };
        let mut run = Run { router: served, routes: &router, issuer, content, verified, has_tenants, report, sent };
        for row in router.table().rows() {
            run.route(row).await?;
        }
        Ok(run.report)
    }
}

struct Run<'a> {
    router: Router,
    routes: &'a GuardedRouter,
    issuer: &'a TestIssuer,
    content: Content,
    /// A verified token of the test issuer. It shows how the verifier names this issuer.
    verified: Option<Verified>,
    /// Whether the verifier trusts an issuer whose tenants can make statements only about their own organization.
    has_tenants: bool,
    report: DenialReport,
    sent: AtomicUsize,
}

/// The expected result of a request.
#[derive(Clone, Copy)]
enum Expected {
    Refused,
    Admitted,
    /// Admitted, or refused by the `check`.
    UpToCheck,
}

impl Run<'_> {
    async fn route(&mut self, row: &Row) -> Result<(), MatrixError> {
        let policy = &row.asks;
        if let Policy::Open { .. } = policy {
            self.report.skip(row, "a public service or router");
            return Ok(());
        }
        let Some(requests) = Requests::new(self.routes, row, &self.content) else {
            self.report.skip(row, "its requests match other routes");
            return Ok(());
        };
        self.report.routes += 1;
        if policy.is_public() {
            return self.expect(row, &requests, None, "without a token", Expected::Admitted).await;
        }
        let granted = if policy.checks().chain(policy.loads()).next().is_some() {
            Expected::UpToCheck
        } else {
            Expected::Admitted
        };
        let open = if policy.admits_anonymous() { granted } else { Expected::Refused };
        let invalid = if policy.admits_invalid() { granted } else { Expected::Refused };
        self.expect(row, &requests, None, "without a token", open).await?;
        if row.method == "GET" {
            let head = requests.with_method("HEAD");
            self.expect(row, &head, None, "by HEAD, without a token", open).await?;
        }
        let is_from = |name: &str| self.is_from(name);
        let Some(callers) = callers(policy, &is_from) else {
            self.report.skip(row, "no caller was found who meets its condition");
            return Ok(());
        };
        // Only the admitted request shows which value for the path the handler accepts.
        let requests = self.readable(requests, &callers.admitted).await?;
        for (caller, words, expected) in [
            (callers.admitted.clone().expired(), "with an expired token", invalid),
            (callers.admitted.clone().stranger(), "with a token signed by an unknown key", invalid),
        ] {
            self.expect(row, &requests, Some(&caller), words, expected).await?;
        }
        for (caller, words) in &callers.refused {
            self.expect(row, &requests, Some(caller), words, Expected::Refused).await?;
        }
        if let Some(caller) = callers.of_tenant.as_ref().filter(|_| self.has_tenants) {
            // If the policy asks for an organization, the token is invalid, because it states an organization other
            // than the tenant's.
            let expected = if caller.is_in_org() { invalid } else { Expected::Refused };
            self.expect(row, &requests, Some(caller), "as the user of another tenant", expected).await?;
        }
        let words = callers.admitted.to_string();
        self.expect(row, &requests, Some(&callers.admitted), &words, granted).await?;
        if matches!(granted, Expected::UpToCheck) {
            self.report.note_check(row);
        }
        Ok(())
    }

    /// Whether the issuer of the tokens has this name.
    fn is_from(&self, name: &str) -> bool {
        self.verified.as_ref().is_some_and(|verified| verified.subject().is_from(name))
    }

    async fn readable(&self, requests: Requests, admitted: &Caller) -> Result<Requests, MatrixError> {
        for candidate in requests.candidates() {
            if matches!(
                self.send(&candidate, Some(admitted)).await?,
                None | Some(DenialReason::Load | DenialReason::Check)
            ) {
                return Ok(candidate);
            }
        }
        Ok(requests)
    }

    async fn expect(
        &mut self,
        row: &Row,
        requests: &Requests,
        caller: Option<&Caller>,
        words: &str,
        expected: Expected,
    ) -> Result<(), MatrixError> {
        self.report.requests += 1;
        let reason = self.send(requests, caller).await?;
        let as_expected = match (expected, reason) {
            (Expected::Admitted, reason) => reason.is_none(),
            (Expected::UpToCheck, reason) => matches!(reason, None | Some(DenialReason::Load | DenialReason::Check)),
            // Only a decision about the caller is a refusal. Without a verifier, keys or an organization id, every
            // caller would be refused.
            (Expected::Refused, reason) => matches!(
                reason,
                Some(
                    DenialReason::NoCredentials
                        | DenialReason::InvalidToken(_)
                        | DenialReason::NotAMember
                        | DenialReason::Condition
                        | DenialReason::StepUp
                        | DenialReason::DenyAll
                )
            ),
        };
        if as_expected {
            return Ok(());
        }
        Err(MatrixError::Answer(Box::new(WrongAnswer {
            row: row.clone(),
            request: format!("{} {}", requests.method(), requests.uri()),
            caller: words.to_owned(),
            must_be_admitted: !matches!(expected, Expected::Refused),
            reason,
        })))
    }

    /// The reason of the guard's refusal, if it refused.
    async fn send(&self, requests: &Requests, caller: Option<&Caller>) -> Result<Option<DenialReason>, MatrixError> {
        // Each request has another user, so that no cached answer of a directory is used.
        let user = format!("user-{}", self.sent.fetch_add(1, Ordering::Relaxed));
        let has_directory = self.verified.as_ref().is_some_and(Verified::has_directory);
        if let Some(caller) = caller.filter(|_| has_directory) {
            caller.enter(&self.issuer.directory(), &user, requests.org());
        }
        let token = caller.map(|caller| caller.token(self.issuer, &user, requests.org()));
        let request: Request<Body> = requests
            .request(token.as_deref())
            .map_err(|error| MatrixError::Request { uri: requests.uri().to_owned(), error: error.to_string() })?;
        let response = match self.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let denied = response.extensions().get::<Denied>();
        Ok(denied.filter(|denied| denied.is_by_guard()).map(Denied::reason))
    }
}
