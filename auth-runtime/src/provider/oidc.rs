//! Any issuer of JWTs: OpenID Connect, RFC 9068, or keys that are given.

use crate::claims::{Absent, ClaimMapping, Mapping, Row, Slot};
#[cfg(feature = "http-client")]
use crate::keys::{Address, Origin};
use crate::verifier::{Issuer, KeySource};

/// The standard claims of OpenID Connect Core section 5.1, and who acts for the user (RFC 8693 section 4.1).
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
    /// | of the user | claim |
    /// |---|---|
    /// | id | `sub` |
    /// | scopes | `scope`, else `scp`: a string with spaces or an array |
    /// | email, names | `email`, `email_verified`, `given_name`, `family_name`, `preferred_username` |
    /// | who acts for the user | `act` |
    ///
    /// Roles, permissions and organizations are unknown.
    pub fn oidc() -> Self {
        Self::new(&OIDC)
    }
}

impl Issuer {
    /// Any issuer with a metadata document: OpenID Connect Discovery 1.0, or RFC 8414.
    ///
    /// `iss` is `issuer_url` byte for byte, and so must be the document's `issuer`: a trailing slash counts. The
    /// document's `jwks_uri` can be on another host. Claims are read by [`ClaimMapping::oidc`].
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
    /// Claims are read by [`ClaimMapping::oidc`].
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

    /// An issuer whose keys are this JWK Set (RFC 7517 section 5), given as JSON text.
    ///
    /// A key that cannot be used is left out with a warning; a set without a usable key does not build. Claims are read
    /// by [`ClaimMapping::oidc`].
    pub fn jwks(iss: impl Into<String>, audience: &str, json: impl Into<String>) -> Self {
        Self::new(Ok(Some(iss.into())), audience, Ok(KeySource::jwks("jwks", json.into())), ClaimMapping::oidc())
    }

    /// An issuer with one public key, as PEM text labeled `PUBLIC KEY` or `RSA PUBLIC KEY` (RFC 7468 section 13).
    ///
    /// A key in a PEM has no name: a token's `kid` is not looked at. Claims are read by [`ClaimMapping::oidc`].
    pub fn pem(iss: impl Into<String>, audience: &str, pem: impl Into<String>) -> Self {
        Self::new(Ok(Some(iss.into())), audience, Ok(KeySource::pem("pem", pem.into())), ClaimMapping::oidc())
    }

    /// An issuer that shares a secret with this program. Everybody who has the secret can sign tokens, this program too.
    ///
    /// The algorithm is HS256, unless [`algorithms`](Self::algorithms) names others. HS256 needs at least 32 bytes of
    /// secret, HS384 48, HS512 64. Claims are read by [`ClaimMapping::oidc`].
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// # let secret = "";
    /// let issuer = Issuer::hmac("https://login.example.com", "https://api.example.com", secret);
    /// ```
    pub fn hmac(iss: impl Into<String>, audience: &str, secret: impl Into<Vec<u8>>) -> Self {
        Self::new(Ok(Some(iss.into())), audience, Ok(KeySource::secret("hmac", secret.into())), ClaimMapping::oidc())
    }

    /// Tokens that say a user's id and `exp` and nothing else, signed by HS256 with a secret of at least 32 bytes.
    ///
    /// They carry no `iss`, and no audience is asked for: a token that another program signed with the same secret, for
    /// whatever purpose, is good here too. The id is `sub`, else `user_id`: [`ClaimMapping::fastapi_users`]. The issuer is
    /// named `hmac` unless [`named`](Self::named) says otherwise.
    pub fn danger_bare_hmac(secret: impl Into<Vec<u8>>) -> Self {
        let keys = KeySource::secret("danger_bare_hmac", secret.into());
        Self::new(Ok(None), "", Ok(keys), ClaimMapping::fastapi_users()).named("hmac").danger_any_audience()
    }
}
