//! Settings that say who decides about the users of an issuer.

use super::Issuer;
use super::scope_limits::ScopeLimits;

/// Who decides about memberships, roles and permissions.
impl Issuer {
    /// Takes memberships, roles and permissions from the tokens of this issuer, although the verifier has a
    /// [`Directory`](crate::Directory). The directory is not asked about the users of this issuer.
    ///
    /// Use it for a provider that keeps the memberships itself, such as PropelAuth, beside an issuer whose users are in
    /// your own tables. A member who is removed there keeps entering until the token expires. Without a directory, the
    /// setting changes nothing.
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

    /// Limits what a token can be used for to the permissions of its scopes, whatever else grants more: a
    /// [`Directory`](crate::Directory), or the token itself.
    ///
    /// Without this setting, a token has the full power of its user in a directory, also if the user delegated only a
    /// little to the client that got it. So use it for an issuer that issues tokens to clients of others.
    ///
    /// A permission holds only if one of the token's scopes lists it and the user has it. One that is not listed is
    /// unknown: a condition that asks for it refuses, even under `!`. A scope that is not in the table allows nothing. Roles
    /// are unknown: ask for permissions. A second call replaces the table.
    ///
    /// A scope that is empty or listed twice does not build.
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
