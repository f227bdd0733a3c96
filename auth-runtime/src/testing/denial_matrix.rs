//! For every route the requests that must be refused, and the one that must be admitted.

mod caller;
mod report;
mod requests;
mod settings;

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
pub use report::{DenialReport, MatrixError, WrongAnswer};
use requests::Requests;
pub use settings::DenialMatrix;

/// Sends to every route of a router the requests that must be refused and the one that must be admitted.
///
/// | request | refused by |
/// |---|---|
/// | without a token, with an expired one, with a stranger's | all but `public`; `optional_user` by its `invalid` |
/// | as a member of another organization | `from = ..` |
/// | in each role that is not enough, of those declared and those named in the condition | `role ..` |
/// | as the user of another tenant of the provider, who claims all of it | what it asks of an organization, or outside any |
/// | with each other answer of the condition turned over: a permission or scope missing, one too many under `!` | the condition |
/// | as somebody whom all of it fits | nobody |
///
/// Who must be refused is worked out from the table and not by the guards, and asked of the whole router: layers,
/// nesting and verifiers included. A refusal is known by the [`Denied`] in the response's extensions, so that a
/// handler's own 404 or 422 is none.
///
/// The handler *does run* for the requests that are admitted, with an empty body: give the router a state to match.
/// Under a `check` the admitted request may be refused by it; such routes are listed in the report, and so is what
/// could not be tested. Public services and routers are not asked.
///
/// A router without [`guarded_by`](GuardedRouter::guarded_by) is put under the issuer's own verifier; one that has a
/// verifier must trust the issuer by it, under the name that `issuer("..")` asks for. Only the first has tenants.
///
/// Path parameters are filled: the organization's by a UUID, others by `1` or a UUID, whichever the handler can read.
/// Where neither will do, or an organization comes from elsewhere than path, query, header or token, use
/// [`DenialMatrix`].
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
/// The first route that answers otherwise, and why.
pub async fn denial_matrix(router: GuardedRouter, issuer: &TestIssuer) -> Result<DenialReport, MatrixError> {
    DenialMatrix::new().run(router, issuer).await
}

impl DenialMatrix {
    /// Sends the requests; see [`denial_matrix`].
    ///
    /// # Errors
    /// The first route that answers otherwise, and why.
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
        let report = DenialReport::default();
        let mut run = Run { router: served, routes: &router, issuer, settings: self, verified, has_tenants, report };
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
    settings: &'a DenialMatrix,
    /// One of the issuer's tokens, which tells what the verifier calls the issuer.
    verified: Option<Verified>,
    /// Whether the verifier trusts an issuer whose tenants speak for themselves alone.
    has_tenants: bool,
    report: DenialReport,
}

/// What a request must meet.
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
            self.report.skip(row, "open by its verb");
            return Ok(());
        }
        let Some(requests) = Requests::new(self.routes, row, self.settings) else {
            self.report.skip(row, "its requests go to other routes");
            return Ok(());
        };
        self.report.routes += 1;
        if policy.is_public() {
            return self.expect(row, &requests, None, "without a token", Expected::Admitted).await;
        }
        let granted = if policy.checks().next().is_some() { Expected::UpToCheck } else { Expected::Admitted };
        let open = if policy.admits_anonymous() { granted } else { Expected::Refused };
        let invalid = if policy.admits_invalid() { granted } else { Expected::Refused };
        self.expect(row, &requests, None, "without a token", open).await?;
        if row.method == "GET" {
            let head = requests.with_method("HEAD");
            self.expect(row, &head, None, "by HEAD, without a token", open).await?;
        }
        let is_from = |name: &str| self.is_from(name);
        let Some(callers) = callers(policy, &is_from) else {
            self.report.skip(row, "nobody could be found whom its condition admits");
            return Ok(());
        };
        // Which of the values that a path can be filled with the handler reads, only the admitted request can tell.
        let requests = self.readable(requests, &callers.admitted).await?;
        for (caller, words, expected) in [
            (callers.admitted.clone().expired(), "with an expired token", invalid),
            (callers.admitted.clone().stranger(), "with a token that somebody else signed", invalid),
        ] {
            self.expect(row, &requests, Some(&caller), words, expected).await?;
        }
        for (caller, words) in &callers.refused {
            self.expect(row, &requests, Some(caller), words, Expected::Refused).await?;
        }
        if let Some(caller) = callers.of_tenant.as_ref().filter(|_| self.has_tenants) {
            // In an organization its token is invalid, as it states one that is not its own.
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

    /// Whether the issuer's tokens answer to this name.
    fn is_from(&self, name: &str) -> bool {
        self.verified.as_ref().is_some_and(|verified| verified.subject().is_from(name))
    }

    async fn readable(&self, requests: Requests, admitted: &Caller) -> Result<Requests, MatrixError> {
        for candidate in requests.candidates() {
            if matches!(self.send(&candidate, Some(admitted)).await?, None | Some(DenialReason::Check)) {
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
            (Expected::UpToCheck, reason) => matches!(reason, None | Some(DenialReason::Check)),
            // Only an answer about the caller is a refusal of the caller: no verifier, no keys or an organization that
            // is not named would refuse everybody.
            (Expected::Refused, reason) => matches!(
                reason,
                Some(
                    DenialReason::NoCredentials
                        | DenialReason::InvalidToken(_)
                        | DenialReason::NotAMember
                        | DenialReason::Condition
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

    /// Why the guard refused, if it did.
    async fn send(&self, requests: &Requests, caller: Option<&Caller>) -> Result<Option<DenialReason>, MatrixError> {
        let token = caller.map(|caller| caller.token(self.issuer, requests.org()));
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
