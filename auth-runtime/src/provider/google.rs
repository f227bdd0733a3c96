//! Google.

use super::oidc::PERSON;
use crate::claims::{Absent, ClaimMapping, IdTokens, Mapping, Slot};
#[cfg(feature = "http-client")]
use crate::{keys::Address, token::Algorithm, verifier::Issuer};

const GOOGLE: Mapping = Mapping {
    name: "google",
    claims: &[&[("sub", Slot::Id)], PERSON],
    if_absent: &[Absent::EmailNotVerified, Absent::NotImpersonated],
    // Google's access tokens are opaque.
    id_tokens: IdTokens::Accepted,
    user_writable: &["email"],
};

impl ClaimMapping {
    /// The claims of Google's ID tokens, as [`Issuer::google`](crate::Issuer) reads them.
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
const ISS: &str = "https://accounts.google.com";

#[cfg(feature = "http-client")]
impl Issuer {
    /// Google accounts, by their ID tokens: the OAuth client id of your application.
    ///
    /// Anyone with a Google account is a user. To accept only the members of a company, require the claim `hd`. The
    /// domain of an email address is not enough, because any Google account can have any address. `nonce` is not
    /// compared: the code that starts the sign-in must do that. `iss` is `https://accounts.google.com` or
    /// `accounts.google.com`; [`User::issuer`](crate::User::issuer) returns the first for both. Keys are found by
    /// discovery. Claims are read with [`ClaimMapping::google`].
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let issuer = Issuer::google("1234987819200.apps.googleusercontent.com").require_claim("hd", ["example.com"]);
    /// ```
    ///
    /// **Send** the ID token. Google's access tokens are opaque: they cannot be verified here. Name the client ids of
    /// further applications by [`.audiences([..])`](Self::audiences).
    ///
    /// | of the user | claim |
    /// |---|---|
    /// | id | `sub`: unique among all Google accounts, and never given to another |
    /// | email, names | as [`ClaimMapping::oidc`] |
    ///
    /// **It cannot say** roles, permissions, scopes and organizations.
    ///
    /// **Everybody with a Google account is a user.** For one company, require its Workspace domain in `hd`, as above. The
    /// domain of an email address proves nothing: consumer accounts carry foreign addresses. An ID token proves to your
    /// client who signed in; that it was meant for your API, nothing says. Its `nonce` is checked by the client, not here.
    /// Service accounts get ID tokens for any audience, so that any of them is a user too unless `hd` or `azp` is required.
    ///
    /// **Users can write** `name`, `given_name`, `family_name`, `picture` and, by changing their account, `email`. They
    /// decide nothing.
    ///
    /// **What commonly goes wrong**: an access token (`ya29...`) is sent; the client id is that of the Android or iOS
    /// application, and `aud` that of the web client.
    ///
    /// Google's pages: "OpenID Connect", "Google OpenID Connect API Reference".
    pub fn google(client_id: &str) -> Self {
        Self::discovered("google", ISS, Address::parse_issuer(ISS), client_id, ClaimMapping::google())
            .also_issuer_claim("accounts.google.com")
            .algorithms([Algorithm::RS256])
    }
}
