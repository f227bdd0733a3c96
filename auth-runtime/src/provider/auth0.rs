//! Auth0.

use super::oidc::PERSON;
use crate::claims::{Absent, ClaimMapping, Mapping, Names, Slot};
#[cfg(feature = "http-client")]
use crate::{keys::Address, verifier::Issuer};

const AUTH0: Mapping = Mapping {
    name: "auth0",
    claims: &[
        &[
            ("sub", Slot::Id),
            ("scope", Slot::Scopes),
            ("permissions", Slot::Permissions(Names::Array)),
            ("org_id", Slot::Org),
            ("org_name", Slot::OrgName),
        ],
        PERSON,
    ],
    if_absent: &[Absent::EmailNotVerified, Absent::NotImpersonated],
    ..Mapping::PLAIN
};

impl ClaimMapping {
    /// The claims of Auth0's access tokens.
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `sub` |
    /// | scopes | `scope` |
    /// | permissions | `permissions`: in the organization if the token names one, otherwise outside any organization |
    /// | the active organization | `org_id`, `org_name`; no role |
    /// | email, names, actor | the same claims as [`ClaimMapping::oidc`] |
    ///
    /// Roles are unknown.
    pub fn auth0() -> Self {
        Self::new(&AUTH0)
    }
}

#[cfg(feature = "http-client")]
impl Issuer {
    /// An Auth0 tenant: `tenant.eu.auth0.com`, or a custom domain, with or without `https://`.
    ///
    /// `iss` is `https://DOMAIN/`. Keys are found by discovery. Claims are read with [`ClaimMapping::auth0`].
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::auth0("tenant.eu.auth0.com", "https://api.example.com");
    /// ```
    ///
    /// **Send** the access token that a client got with `audience`, the identifier of your API. Without an audience, it is
    /// opaque or encrypted. ID tokens are refused: their `aud` is the client.
    ///
    /// **The tokens do not contain** roles, roles in an organization, or the name of an organization (unless the tenant adds
    /// it). An Action can add claims with a namespace, such as `https://example.com/roles`:
    /// `.roles_from("https://example.com/roles")` reads them. `permissions` needs RBAC and "Add Permissions in the Access
    /// Token" in the settings of the API.
    ///
    /// **A machine's token** (client credentials) counts as a user, with the id `CLIENT@clients`. To accept only the tokens
    /// of some clients, add `.require_claim("azp", [..])`.
    ///
    /// **Users can write** `name`, `nickname`, `picture` and `user_metadata`. No decision depends on them, even with a
    /// namespace. An Action must not copy `user_metadata` into another claim that is used for decisions.
    ///
    /// **What commonly goes wrong**: an opaque token, because the client asked for no audience; `iss` without the trailing
    /// slash; `iss` with the tenant's default domain, although clients use a custom domain.
    ///
    /// Auth0's pages: "Access Token Profiles", "Validate Access Tokens", "Create Custom Claims", "Work with Tokens and
    /// Organizations".
    pub fn auth0(domain_or_url: &str, audience: &str) -> Self {
        let text = if domain_or_url.contains("://") || domain_or_url.is_empty() {
            domain_or_url.to_owned()
        } else {
            format!("https://{domain_or_url}")
        };
        let address = Address::parse_issuer(&text).and_then(|address| match address.path() {
            "/" => Ok(address),
            path => Err(format!("has the path `{path}`: use only the tenant's domain")),
        });
        let iss = address.as_ref().map_or(text, |address| address.as_str().to_owned());
        Self::discovered("auth0", &iss, address, audience, ClaimMapping::auth0())
    }
}
