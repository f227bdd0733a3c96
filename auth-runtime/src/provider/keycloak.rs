//! Keycloak.

use super::oidc::PERSON;
use crate::claims::{Absent, ClaimMapping, IdTokens, Mapping, Names, Slot};
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
            // From the mapper `organization membership`: aliases in an array, or as the keys of an object.
            ("organization", Slot::Orgs),
        ],
        PERSON,
    ],
    if_absent: &[Absent::EmailNotVerified, Absent::NotImpersonated, Absent::NoRoles],
    id_tokens: IdTokens::ByOwnMark,
    ..Mapping::PLAIN
};

impl ClaimMapping {
    /// The claims of Keycloak's access tokens. The claim `typ` must be `Bearer`.
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `sub` |
    /// | scopes | `scope` |
    /// | roles | `realm_access.roles`, and `resource_access.CLIENT.roles` of each client that is an accepted audience |
    /// | organizations | `organization`: aliases, without roles; a single one is the active organization |
    /// | email, names, actor | the same claims as [`ClaimMapping::oidc`] |
    ///
    /// Permissions are unknown, and so are roles in organizations.
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
    ///
    /// **Send** the access token. ID tokens and refresh tokens are refused: their claim `typ` is not `Bearer`.
    ///
    /// **The tokens do not contain** permissions, or roles in an organization. Roles of a client are read if the client
    /// is an accepted audience.
    ///
    /// **Organizations** are in the token only if the client asked for the scope `organization`, or `organization:*`
    /// for all of them. The id is the alias: the token contains Keycloak's own id only if the mapper is set to add it.
    ///
    /// **A service account's token** counts as a user, with its own id: Keycloak has a user for each service account.
    /// Whether the token shows it depends on the mappers of the realm, so
    /// [`User::is_application`](crate::User::is_application) returns `None`. To refuse such tokens, accept only the
    /// clients that people log in with, and that have no service account: `.require_claim("azp", [..])`.
    ///
    /// **Users can write** their names, `locale`, and each attribute that the realm's user profile lets them edit,
    /// which can include `preferred_username` and `email`. A mapper must not copy such an attribute into a claim that
    /// is used for decisions.
    ///
    /// **What commonly goes wrong**: `aud` is `account`, because the client has no audience mapper; there is no `sub`,
    /// because the client lacks the scope `basic`; `iss` has the host that the browser used, because the hostname is
    /// not set; keys are at an http URL inside the cluster ([`danger_allow_http`](Self::danger_allow_http)).
    ///
    /// Keycloak's pages: "Server Administration Guide", chapters "Audience support", "Client
    /// scopes", "Mapping organization claims" and "User profile"; its code: `ServiceAccountConstants`.
    pub fn keycloak(realm_url: &str, audience: &str) -> Self {
        let iss = realm_url.trim_end_matches('/');
        Self::discovered("keycloak", iss, Address::parse_issuer(iss), audience, ClaimMapping::keycloak())
    }
}
