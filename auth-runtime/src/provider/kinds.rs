//! Settings that several providers have: which tokens count beside those of their users.

use crate::claims::Tenants;
use crate::verifier::Issuer;

/// Which of a provider's tokens count beside those of its users. A setting that the provider does not have does not build.
impl Issuer {
    /// Accepts the tokens that applications got for themselves (client credentials, service tokens), for
    /// [`User::is_application`](crate::User::is_application) to tell. Their user is the application.
    ///
    /// For [`entra`](Self::entra), [`entra_multi_tenant`](Self::entra_multi_tenant), [`cognito`](Self::cognito),
    /// [`okta`](Self::okta), [`kinde`](Self::kinde) and [`cloudflare_access`](Self::cloudflare_access), which refuse them
    /// otherwise.
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

    /// Accepts the users of exactly these tenants. An empty list does not build.
    ///
    /// For [`entra_multi_tenant`](Self::entra_multi_tenant), and for tenants of Identity Platform after
    /// [`firebase`](Self::firebase).
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

    /// Accepts the users of every tenant of Microsoft Entra, but for personal accounts. Only after
    /// [`entra_multi_tenant`](Self::entra_multi_tenant).
    ///
    /// Everybody can make a tenant in a minute, and be its administrator: each tenant speaks for its own organization alone,
    /// but `#[require_user]` admits the users of all. Personal Microsoft accounts count only if their tenant,
    /// `9188040d-6c67-4c5b-b112-36a304b66dad`, is [named](Self::tenants).
    #[must_use]
    pub fn danger_any_tenant(self) -> Self {
        self.change_kinds("danger_any_tenant", |kinds, _| {
            kinds.tenants = Tenants::Any;
            Ok(())
        })
    }
}
