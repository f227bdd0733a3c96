//! Any issuer of JWTs: OpenID Connect, RFC 9068, or static keys.

use crate::claims::{Absent, ClaimMapping, Mapping, Row, Slot};
#[cfg(feature = "http-client")]
use crate::keys::{Address, Origin};
use crate::verifier::{Issuer, KeySource};

/// The standard claims of OpenID Connect Core section 5.1, and the actor (RFC 8693 section 4.1).
pub(super) const PERSON: &[Row] = &[
    ("email", Slot::Email),
    ("email_verified", Slot::EmailVerified),
    ("given_name", Slot::FirstName),
    ("family_name", Slot::LastName),
    ("preferred_username", Slot::Username),
    ("act", Slot::Actor),
];

const OIDC: Mapping = Mapping {
    name: "oidc",
    claims: &[&[("sub", Slot::Id), ("scope", Slot::Scopes), ("scp", Slot::OtherScopes)], PERSON],
    if_absent: &[Absent::EmailNotVerified, Absent::NotImpersonated],
    ..Mapping::PLAIN
};

impl ClaimMapping {
    /// The claims of OpenID Connect and of JWT access tokens (RFC 9068).
    ///
    /// | part of the identity | claim |
    /// |---|---|
    /// | id | `sub` |
    /// | scopes | `scope`, else `scp`: a string with spaces or an array |
    /// | email, names | `email`, `email_verified`, `given_name`, `family_name`, `preferred_username` |
    /// | actor, who acts for the user | `act` |
    ///
    /// Roles, permissions and organizations are unknown.
    pub fn oidc() -> Self {
        Self::new(&OIDC)
    }
}

impl Issuer {
    /// Any issuer with a metadata document: OpenID Connect Discovery 1.0, or RFC 8414.
    ///
    /// `iss` and the document's `issuer` must equal `issuer_url` byte for byte, including a trailing slash. The
    /// document's `jwks_uri` can be on another host. Claims are read with [`ClaimMapping::oidc`].
    ///
    /// **Send** an access token that is a JWT and names your API in `aud`. If `audience` is also a client's id, ID
    /// tokens without `nonce` and `at_hash` are accepted too: then use
    /// [`token_type(TokenType::AccessJwt)`](Self::token_type) or [`require_claim`](Self::require_claim).
    ///
    /// **The tokens do not contain** roles, permissions or organizations: these claims have no standard names.
    /// [`roles_from`](Self::roles_from) and its siblings read those of your provider. Whether a token is an
    /// application's own is unknown; [`require_claim`](Self::require_claim) with `client_id` or `azp` names the
    /// clients.
    ///
    /// **Users can write** the profile claims (`name`, `nickname`, `picture`, `preferred_username`, `locale` and
    /// others) and `user_metadata`. No decision depends on them.
    ///
    /// **What commonly goes wrong**: an opaque token ([`introspection`](Self::introspection) is for these); `iss` with
    /// or without a trailing slash; a client's id instead of the API's audience.
    ///
    /// The standards: OpenID Connect Core 1.0 sections 2 and 5.1, OpenID Connect Discovery 1.0 section 4, RFC 8414
    /// section 3, RFC 9068 section 2.
    ///
    /// ```no_run
    /// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
    /// use auth_runtime::{Issuer, Verifier};
    /// let issuer = Issuer::oidc("https://login.example.com", "https://api.example.com");
    /// auth_runtime::init(Verifier::new(issuer).await?)?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "http-client")]
    pub fn oidc(issuer_url: &str, audience: &str) -> Self {
        Self::discovered("oidc", issuer_url, Address::parse_issuer(issuer_url), audience, ClaimMapping::oidc())
    }

    /// An issuer whose JWK Set (RFC 7517 section 5) is at this URL.
    ///
    /// Claims are read with [`ClaimMapping::oidc`].
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// let url = "https://login.example.com/.well-known/jwks.json";
    /// let issuer = Issuer::jwks_url("https://login.example.com", "https://api.example.com", url);
    /// ```
    #[cfg(feature = "http-client")]
    pub fn jwks_url(iss: impl Into<String>, audience: &str, url: &str) -> Self {
        let origin = Address::parse_any(url).map(Origin::JwkSet);
        Self::fetched("jwks_url", &iss.into(), origin, audience, ClaimMapping::oidc())
    }

    /// An issuer whose keys are this JWK Set (RFC 7517 section 5), as JSON text.
    ///
    /// An unusable key is skipped with a warning. A set without a usable key is an error of
    /// [`build`](crate::VerifierBuilder::build). Claims are read with [`ClaimMapping::oidc`].
    pub fn jwks(iss: impl Into<String>, audience: &str, json: impl Into<String>) -> Self {
        Self::new(Ok(Some(iss.into())), audience, Ok(KeySource::jwks("jwks", json.into())), ClaimMapping::oidc())
    }

    /// An issuer with one public key, as PEM text labeled `PUBLIC KEY` or `RSA PUBLIC KEY` (RFC 7468 section 13).
    ///
    /// A key in a PEM has no name, so a token's `kid` is ignored. Claims are read with [`ClaimMapping::oidc`].
    pub fn pem(iss: impl Into<String>, audience: &str, pem: impl Into<String>) -> Self {
        Self::new(Ok(Some(iss.into())), audience, Ok(KeySource::pem("pem", pem.into())), ClaimMapping::oidc())
    }

    /// An issuer that shares a secret with this program. Everyone who has the secret can sign tokens, including this
    /// program.
    ///
    /// The algorithm is HS256, unless [`algorithms`](Self::algorithms) sets others. The secret must have at least 32
    /// bytes for HS256, 48 for HS384, 64 for HS512. Claims are read with [`ClaimMapping::oidc`].
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// # let secret = "";
    /// let issuer = Issuer::hmac("https://login.example.com", "https://api.example.com", secret);
    /// ```
    pub fn hmac(iss: impl Into<String>, audience: &str, secret: impl Into<Vec<u8>>) -> Self {
        Self::new(Ok(Some(iss.into())), audience, Ok(KeySource::secret("hmac", secret.into())), ClaimMapping::oidc())
    }

    /// Tokens that contain only a user id and `exp`, signed with HS256 and a secret of at least 32 bytes.
    ///
    /// The tokens have no `iss`, and the audience is not checked: a token that another program signed with the same
    /// secret, for any purpose, is valid here too. The id is in `sub`, or else in `user_id`:
    /// [`ClaimMapping::fastapi_users`]. The issuer has the name `hmac` unless [`named`](Self::named) sets another one.
    pub fn danger_bare_hmac(secret: impl Into<Vec<u8>>) -> Self {
        let keys = KeySource::secret("danger_bare_hmac", secret.into());
        Self::new(Ok(None), "", Ok(keys), ClaimMapping::fastapi_users()).named("hmac").danger_any_audience()
    }
}
