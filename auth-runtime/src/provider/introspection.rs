//! Any authorization server with an introspection endpoint (RFC 7662).

use crate::claims::ClaimMapping;
use crate::error::ConfigError;
use crate::introspection::Introspection;
use crate::keys::{Address, shown};
use crate::verifier::{Issuer, KeySource};

impl Issuer {
    /// An authorization server whose introspection endpoint is asked about each token (RFC 7662): for opaque tokens,
    /// which only this server can read.
    ///
    /// `url` is the endpoint, which must be https. `client_id` and `client_secret` are this program's credentials
    /// there. They are sent in the `Authorization` header (Basic), or in the body with
    /// [`client_secret_post`](Self::client_secret_post). In the answer, `active` must be true and `aud` must contain
    /// `audience`. The answer must also say that it is about an access token: by `token_type` (`Bearer`), Keycloak's
    /// `typ` or Hydra's `token_use`. A refresh token is refused. If the answer has `iss`, it must be the origin
    /// (scheme, host and port) of `url`, or the value of [`issuer_claim`](Self::issuer_claim). Claims are read with
    /// [`ClaimMapping::oidc`], and the rules for JWTs apply. A token without `sub` belongs to an application and is
    /// refused, unless [`map_identity`](Self::map_identity) gives it an id.
    ///
    /// An answer is used until `exp`, but for at most 60 s, so a revoked token stays valid for up to 60 s. Answers are
    /// cached by the SHA-256 of the token. All requests with the same token wait for one request to the endpoint. The
    /// endpoint is asked about at most 100 new tokens per second. Above that limit, and if it does not answer within 5
    /// s, the response is 503 with `Retry-After`.
    ///
    /// These values are not sent to the endpoint: a JWT, unless [`introspect_jwts`](Self::introspect_jwts) is set; a
    /// value with the prefix of [`ApiKeys`](crate::ApiKeys); a value with bytes other than visible ASCII; a value
    /// longer than 4 KiB.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// # let secret = "";
    /// let url = "https://login.example.com/oauth2/introspect";
    /// let issuer = Issuer::introspection(url, "api", secret, "https://api.example.com").token_prefix("oaat_");
    /// ```
    pub fn introspection(url: &str, client_id: &str, client_secret: &str, audience: &str) -> Self {
        match Address::parse(url) {
            Ok(address) => {
                let iss = address.url().origin().ascii_serialization();
                let keys = KeySource::Introspection(Introspection::new(address, client_id, client_secret));
                Self::new(Ok(Some(iss)), audience, Ok(keys), ClaimMapping::oidc())
            }
            Err(fault) => {
                let fault = ConfigError::new("introspection", fault).of(shown(url));
                Self::faulty(fault, audience, ClaimMapping::oidc())
            }
        }
    }

    /// Sends `client_id` and `client_secret` in the body of the request (RFC 6749 section 2.3.1). Can only be used
    /// after [`introspection`](Self::introspection).
    #[must_use]
    pub fn client_secret_post(self) -> Self {
        self.change_introspection("client_secret_post", |introspection| introspection.secret_in_body = true)
    }

    /// Asks only about tokens with this prefix. If there are several issuers with introspection, only one of them may
    /// have no prefix, and no prefix may begin with another one. Can only be used after
    /// [`introspection`](Self::introspection).
    #[must_use]
    pub fn token_prefix(self, prefix: impl Into<String>) -> Self {
        let prefix = prefix.into();
        self.change_introspection("token_prefix", |introspection| introspection.prefix = Some(prefix))
    }

    /// Asks about JWTs too. Every JWT that a stranger sends is then sent to the endpoint, whichever issuer it is from.
    /// Can only be used after [`introspection`](Self::introspection).
    #[must_use]
    pub fn introspect_jwts(self) -> Self {
        self.change_introspection("introspect_jwts", |introspection| introspection.takes_jwts = true)
    }

    /// Accepts answers that do not say which kind of token they are about: a refresh token is then accepted too, if the
    /// endpoint says that it is active. Can only be used after [`introspection`](Self::introspection).
    #[must_use]
    pub fn danger_unmarked_tokens(self) -> Self {
        self.change_introspection("danger_unmarked_tokens", |introspection| introspection.takes_unmarked = true)
    }
}
