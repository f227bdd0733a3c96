//! Auth0.

use super::oidc::PERSON;
use crate::claims::{Absent, ClaimMapping, Mapping, Names, Slot};
#[cfg(feature = "http-client")]
use crate::{
    claims::{ProviderClaims, ProviderRules},
    error::InvalidTokenReason,
    id::Identity,
    keys::Address,
    verifier::Issuer,
};

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

#[cfg(feature = "http-client")]
const RULES: ProviderRules = ProviderRules {
    settings: &["applications", "refuse_applications"],
    complete: Some(complete),
    ..ProviderRules::NONE
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
    /// **Send** the access token that a client got with `audience`, the identifier of your API. Without it, the token is
    /// opaque, unless the tenant has a default audience. Both token profiles are accepted: Auth0's, and that of RFC 9068. ID
    /// tokens are refused: their `aud` is the client.
    ///
    /// **The tokens do not contain** roles, or roles in an organization. They contain the name of an organization only
    /// if the tenant allows organization names in the Authentication API. Another organization can get that name later,
    /// so store the id. An Action can add claims with a namespace, such as `https://example.com/roles`:
    /// `.roles_from("https://example.com/roles")` reads them. `permissions` needs RBAC and "Add Permissions in the
    /// Access Token" in the settings of the API.
    ///
    /// **An application's own token** (client credentials) counts as a user, with the id `CLIENT@clients`, and
    /// [`User::is_application`](crate::User::is_application) returns `Some(true)`.
    /// [`refuse_applications`](Self::refuse_applications) refuses such tokens. To accept only the tokens of some
    /// clients, add `.require_claim("azp", [..])`, or `"client_id"` if the API uses the RFC 9068 profile.
    ///
    /// **Users can write** `name`, `nickname`, `picture` and `user_metadata`. No decision depends on them, even with a
    /// namespace. An Action must not copy `user_metadata` into another claim that is used for decisions.
    ///
    /// **What commonly goes wrong**: an opaque token, because the client asked for no audience; `iss` without the
    /// trailing slash; `iss` with the tenant's default domain, although clients use a custom domain (`iss` is the
    /// domain that the client asked).
    ///
    /// Auth0's pages: "Access Token Profiles", "Get Access Tokens", "Create Custom Claims", "Work with Tokens and
    /// Organizations", "Use Organization Names in Authentication API".
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
        Self::discovered("auth0", &iss, address, audience, ClaimMapping::auth0()).held_to(&RULES).applications()
    }
}

/// In both token profiles, the `sub` of an application is `CLIENT@clients`. The `sub` of a user is `CONNECTION|ID`.
#[cfg(feature = "http-client")]
fn complete(token: &ProviderClaims<'_>, identity: Identity) -> Result<Identity, InvalidTokenReason> {
    let is_application = token.text("sub").is_some_and(|sub| sub.ends_with("@clients") && !sub.contains('|'));
    token.of_application(is_application, identity)
}
