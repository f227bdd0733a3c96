//! Settings that several providers have: which tokens are accepted in addition to those of their users.

use crate::claims::Tenants;
use crate::verifier::Issuer;

/// Which of a provider's tokens are accepted in addition to those of its users. A setting that the provider does not
/// have is an error of [`build`](crate::VerifierBuilder::build).
impl Issuer {
    /// Accepts applications' own tokens (client credentials, service tokens). Their user is the application, and
    /// [`User::is_application`](crate::User::is_application) returns `Some(true)`.
    ///
    /// It can be used after [`entra`](Self::entra), [`entra_multi_tenant`](Self::entra_multi_tenant),
    /// [`cognito`](Self::cognito), [`okta`](Self::okta), [`kinde`](Self::kinde) and
    /// [`cloudflare_access`](Self::cloudflare_access), which refuse such tokens otherwise.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::okta("https://example.okta.com/oauth2/default", "api://default").applications();
    /// ```
    #[must_use]
    pub fn applications(self) -> Self {
        self.change_kinds("applications", |kinds, _| {
            kinds.applications = true;
            Ok(())
        })
    }

    /// Refuses the tokens that applications got for themselves (client credentials). Can only be used after
    /// [`auth0`](Self::auth0), which accepts them otherwise.
    #[must_use]
    pub fn refuse_applications(self) -> Self {
        self.change_kinds("refuse_applications", |kinds, _| {
            kinds.applications = false;
            Ok(())
        })
    }

    /// Accepts the users of exactly these tenants. An empty list is an error of
    /// [`build`](crate::VerifierBuilder::build).
    ///
    /// It can be used after [`entra_multi_tenant`](Self::entra_multi_tenant), and after [`firebase`](Self::firebase)
    /// for tenants of Identity Platform.
    #[must_use]
    pub fn tenants(self, ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let ids: Vec<String> = ids.into_iter().map(Into::into).collect();
        self.change_kinds("tenants", |kinds, provider| {
            let read = provider.tenant.unwrap_or(|id| Ok(id.to_owned()));
            let named = ids.iter().map(|id| read(id).map_err(|fault| format!("`{id}` {fault}")));
            kinds.tenants = Tenants::Named(named.collect::<Result<_, _>>()?);
            Ok(())
        })
    }

    /// Accepts the users of every tenant of Microsoft Entra, except personal accounts. Can only be used after
    /// [`entra_multi_tenant`](Self::entra_multi_tenant).
    ///
    /// Anyone can create a tenant in a minute and become its administrator. Each tenant can make statements only about
    /// its own organization, but `#[require_user]` admits the users of all tenants. Personal Microsoft accounts are
    /// accepted only if [`tenants`](Self::tenants) lists their tenant, `9188040d-6c67-4c5b-b112-36a304b66dad`.
    #[must_use]
    pub fn danger_any_tenant(self) -> Self {
        self.change_kinds("danger_any_tenant", |kinds, _| {
            kinds.tenants = Tenants::Any;
            Ok(())
        })
    }
}
