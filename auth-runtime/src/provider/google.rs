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
    /// Google accounts, with their ID tokens. The argument is the OAuth client id of your application.
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
    /// **Send** the ID token. Google's access tokens are opaque: they cannot be verified here. For several
    /// applications, list their client ids with [`.audiences([..])`](Self::audiences).
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `sub`: unique among all Google accounts, and never reassigned |
    /// | email, names | as [`ClaimMapping::oidc`] |
    ///
    /// **The tokens do not contain** roles, permissions, scopes or organizations.
    ///
    /// **Everyone with a Google account is a user.** For one company, require its Workspace domain in `hd`, as above.
    /// The domain of an email address proves nothing: consumer accounts can have addresses of any domain. An ID token
    /// proves to your client who signed in. Nothing in it says that it was meant for your API. Its `nonce` is checked
    /// by the client, not here. Service accounts can get ID tokens for any audience, so each of them is a user too
    /// unless `hd` or `azp` is required.
    ///
    /// **Users can write** `name`, `given_name`, `family_name`, `picture` and, if they change their account, `email`.
    /// No decision depends on them.
    ///
    /// **What commonly goes wrong**: an access token (`ya29...`) is sent; the argument is the client id of the Android
    /// or iOS application, but `aud` is that of the web client.
    ///
    /// Google's pages: "OpenID Connect", "Google OpenID Connect API Reference".
    pub fn google(client_id: &str) -> Self {
        Self::discovered("google", ISS, Address::parse_issuer(ISS), client_id, ClaimMapping::google())
            .also_issuer_claim("accounts.google.com")
            .algorithms([Algorithm::RS256])
    }
}
