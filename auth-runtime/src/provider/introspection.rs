//! Any authorization server with an introspection endpoint (RFC 7662).

use crate::claims::ClaimMapping;
use crate::error::ConfigError;
use crate::introspection::Introspection;
use crate::keys::{Address, shown};
use crate::verifier::{Issuer, KeySource};

impl Issuer {
    /// An authorization server that is asked about each token (RFC 7662): for opaque tokens, which nobody else can read.
    ///
    /// `url` is the endpoint, by https; `client_id` and `client_secret` are this program's there, sent as Basic unless
    /// [`client_secret_post`](Self::client_secret_post) says otherwise. The answer must be active and name `audience` in
    /// `aud`. It must say that it is about an access token: `token_type` is `Bearer`, or Keycloak's `typ` or Hydra's
    /// `token_use` says so. A refresh token is refused. `iss`, if the answer has it, must be the scheme, host and port of
    /// `url`, or what [`issuer_claim`](Self::issuer_claim) says. Claims are read by [`ClaimMapping::oidc`] and held to the
    /// rules for JWTs. A token without `sub` is an application's and is refused, unless
    /// [`map_identity`](Self::map_identity) gives it an id.
    ///
    /// An answer counts until `exp`, and for 60 s at most; so a token that is taken back counts for up to 60 s more. Answers
    /// are remembered by the SHA-256 of the token. All requests with one token wait for one question. At most 100 tokens a
    /// second are asked about that were not seen before; past that, and if the endpoint does not answer within 5 s, the
    /// response is 503 with `Retry-After`.
    ///
    /// A JWT is not sent to the endpoint, unless [`introspect_jwts`](Self::introspect_jwts) says so; nor is a value with the
    /// prefix of [`ApiKeys`](crate::ApiKeys), nor one of other bytes than visible ASCII or of more than 4 KiB.
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

    /// Sends `client_id` and `client_secret` in the body of the question (RFC 6749 section 2.3.1).
    /// Only after [`introspection`](Self::introspection).
    #[must_use]
    pub fn client_secret_post(self) -> Self {
        self.change_introspection("client_secret_post", |introspection| introspection.secret_in_body = true)
    }

    /// Asks only about tokens that begin so. Of several issuers by introspection, each but one needs a prefix, and no prefix
    /// begins another one. Only after [`introspection`](Self::introspection).
    #[must_use]
    pub fn token_prefix(self, prefix: impl Into<String>) -> Self {
        let prefix = prefix.into();
        self.change_introspection("token_prefix", |introspection| introspection.prefix = Some(prefix))
    }

    /// Asks about JWTs too: every JWT that a stranger sends is then told to the endpoint, whoever issued it.
    /// Only after [`introspection`](Self::introspection).
    #[must_use]
    pub fn introspect_jwts(self) -> Self {
        self.change_introspection("introspect_jwts", |introspection| introspection.takes_jwts = true)
    }

    /// Accepts answers that do not say which kind of token they are about: a refresh token then counts as well, if the
    /// endpoint calls it active. Only after [`introspection`](Self::introspection).
    #[must_use]
    pub fn danger_unmarked_tokens(self) -> Self {
        self.change_introspection("danger_unmarked_tokens", |introspection| introspection.takes_unmarked = true)
    }
}
