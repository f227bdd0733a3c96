//! Settings that choose between the token and the directory, for the users of an issuer.

use super::Issuer;
use super::scope_limits::ScopeLimits;

/// The source of memberships, roles and permissions.
impl Issuer {
    /// Takes memberships, roles and permissions from the tokens of this issuer, although the verifier has a
    /// [`Directory`](crate::Directory). The directory is not asked about the users of this issuer.
    ///
    /// Use it for a provider that manages the memberships itself, such as PropelAuth, if another issuer's users are in
    /// your own tables. A member who is removed at the provider is admitted until the token expires. Without a
    /// directory, the setting changes nothing.
    ///
    /// ```
    /// # use auth_runtime::{Directory, Issuer, Verifier, VerifierBuilder};
    /// # fn builder(own: Issuer, members: impl Directory) -> VerifierBuilder {
    /// Verifier::builder()
    ///     .issuer(own.named("own"))
    ///     .issuer(Issuer::propelauth("https://auth.example.com", "the API key").memberships_from_tokens())
    ///     .directory(members)
    /// # }
    /// ```
    #[must_use]
    pub fn memberships_from_tokens(mut self) -> Self {
        self.memberships_from_tokens = true;
        self
    }

    /// Limits what a token can be used for to the permissions of its scopes, even if a [`Directory`](crate::Directory)
    /// or the token itself grants more.
    ///
    /// Without this setting, a token has the full power of its user in a directory, even if the user delegated only a
    /// part of it to the client. So use it for an issuer that issues tokens to third-party clients.
    ///
    /// A permission is true only if one of the token's scopes lists it and the user has it. A permission that is not
    /// listed is unknown: a condition that asks for it refuses the request, even under `!`. A scope that is not in the
    /// table allows nothing. Roles are unknown, so use permissions in conditions. A second call replaces the table.
    ///
    /// A scope that is empty or listed twice is an error of [`build`](crate::VerifierBuilder::build).
    ///
    /// ```
    /// use auth_runtime::Issuer;
    /// let issuer = Issuer::oidc("https://login.example.com", "https://api.example.com")
    ///     .limit_by_scopes([("invoices", vec!["invoices:read", "invoices:pay"]), ("reports", vec!["reports:read"])]);
    /// ```
    #[must_use]
    pub fn limit_by_scopes<P: Into<String>>(
        mut self,
        table: impl IntoIterator<Item = (impl Into<String>, impl IntoIterator<Item = P>)>,
    ) -> Self {
        let rows = table
            .into_iter()
            .map(|(scope, permissions)| (scope.into(), permissions.into_iter().map(Into::into).collect()));
        self.scope_limits = Some(ScopeLimits::new(rows));
        self
    }
}
