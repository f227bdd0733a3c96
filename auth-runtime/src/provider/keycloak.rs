//! Keycloak.

use super::oidc::PERSON;
use crate::claims::{Absent, ClaimMapping, Mapping, Names, Slot};
#[cfg(feature = "http-client")]
use crate::{keys::Address, verifier::Issuer};

const KEYCLOAK: Mapping = Mapping {
    name: "keycloak",
    claims: &[
        &[
            // An ID token has `ID`, a refresh token `Refresh`.
            ("typ", Slot::OneOf(&["Bearer"])),
            ("sub", Slot::Id),
            ("scope", Slot::Scopes),
            ("/realm_access/roles", Slot::Roles(Names::Array)),
            ("/resource_access/{audience}/roles", Slot::Roles(Names::Array)),
        ],
        PERSON,
    ],
    if_absent: &[Absent::EmailNotVerified, Absent::NotImpersonated, Absent::NoRoles],
};

impl ClaimMapping {
    /// The claims of Keycloak's access tokens. The claim `typ` must be `Bearer`.
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `sub` |
    /// | scopes | `scope` |
    /// | roles | `realm_access.roles`, and `resource_access.CLIENT.roles` of each client that is an accepted audience |
    /// | email, names, actor | the same claims as [`ClaimMapping::oidc`] |
    ///
    /// Permissions and organizations are unknown.
    pub fn keycloak() -> Self {
        Self::new(&KEYCLOAK)
    }
}

#[cfg(feature = "http-client")]
impl Issuer {
    /// A Keycloak realm: `https://sso.example.com/realms/NAME`.
    ///
    /// `iss` is this URL without a trailing slash. Keys are found by discovery. Claims are read with
    /// [`ClaimMapping::keycloak`].
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::keycloak("https://sso.example.com/realms/shop", "shop-api");
    /// ```
    pub fn keycloak(realm_url: &str, audience: &str) -> Self {
        let iss = realm_url.trim_end_matches('/');
        Self::discovered("keycloak", iss, Address::parse_issuer(iss), audience, ClaimMapping::keycloak())
    }
}
