//! Google.

use super::oidc::PERSON;
use crate::claims::{Absent, ClaimMapping, IdTokens, Mapping, Slot};
#[cfg(feature = "http-client")]
use crate::{keys::Address, verifier::Issuer};

const GOOGLE: Mapping = Mapping {
    name: "google",
    claims: &[&[("sub", Slot::Id)], PERSON],
    if_absent: &[Absent::EmailNotVerified, Absent::NotImpersonated],
    // Google's access tokens are opaque.
    id_tokens: IdTokens::Accepted,
    user_writable: &["email"],
};

impl ClaimMapping {
    /// The claims of Google's ID tokens (<https://developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload>).
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `sub` |
    /// | email, names | the same claims as [`ClaimMapping::oidc`] |
    ///
    /// Roles, permissions, scopes and organizations are unknown.
    pub fn google() -> Self {
        Self::new(&GOOGLE)
    }
}

#[cfg(feature = "http-client")]
impl Issuer {
    /// Sign in with Google: ID tokens for this client id, because Google's access tokens are opaque.
    ///
    /// Anyone with a Google account is a user. To accept only the members of a company, require the claim `hd`. The
    /// domain of an email address is not enough, because any Google account can have any address. `nonce` is not
    /// compared: the code that starts the sign-in must do that. `iss` is `https://accounts.google.com` or
    /// `accounts.google.com`; [`User::issuer`](crate::User::issuer) returns the first for both. Keys are found by
    /// discovery. Claims are read with [`ClaimMapping::google`].
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::google("1234.apps.googleusercontent.com").require_claim("hd", ["example.com"]);
    /// ```
    pub fn google(client_id: &str) -> Self {
        const ISS: &str = "https://accounts.google.com";
        Self::discovered("google", ISS, Address::parse_issuer(ISS), client_id, ClaimMapping::google())
            .also_issuer_claim("accounts.google.com")
    }
}
