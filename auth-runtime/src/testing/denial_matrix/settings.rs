//! The values in the requests of a denial matrix.

use super::fixtures::Fixtures;

/// A [`denial_matrix`](super::denial_matrix) with custom values for its requests.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use auth_runtime::testing::{DenialMatrix, TestIssuer};
/// use auth_runtime::{GuardedRouter, require_org, routing::get};
/// use axum::extract::Path;
///
/// #[require_org(role >= "Admin", from = org_id)]
/// async fn invoices(Path((org_id, year)): Path<(String, u16)>) {}
///
/// let routes = GuardedRouter::new().route("/orgs/{org_id}/invoices/{year}", get(invoices));
/// let report = DenialMatrix::new().org("acme").fill("year", "2026").run(routes, &TestIssuer::new()).await.unwrap();
/// assert!(report.skipped().is_empty());
/// # })
/// ```
#[derive(Clone, Debug, Default)]
pub struct DenialMatrix {
    pub(super) values: Vec<(String, String)>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) org: Option<String>,
    pub(super) fixtures: Fixtures,
}

impl DenialMatrix {
    /// Creates a matrix with default values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fills path parameters with this name with this value.
    #[must_use]
    pub fn fill(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.values.push((name.into(), value.into()));
        self
    }

    /// Sends this header with every request.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the organization id, if it is not a UUID.
    #[must_use]
    pub fn org(mut self, id: impl Into<String>) -> Self {
        self.org = Some(id.into());
        self
    }
}
