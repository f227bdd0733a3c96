//! fastapi-users.

use crate::claims::{ClaimMapping, Mapping, Slot};
use crate::verifier::{Issuer, KeySource};

const FASTAPI_USERS: Mapping =
    Mapping { name: "fastapi_users", claims: &[&[("sub", Slot::Id), ("user_id", Slot::OtherId)]], ..Mapping::PLAIN };

impl ClaimMapping {
    /// The claims of fastapi-users: the user's id is in `sub`, or else in `user_id`; a string or an integer.
    ///
    /// Everything else is unknown.
    pub fn fastapi_users() -> Self {
        Self::new(&FASTAPI_USERS)
    }
}

impl Issuer {
    /// The JWT strategy of fastapi-users, which shares a secret of at least 32 bytes with this program.
    ///
    /// Tokens are signed with HS256 and have no `iss`. Their audience is `fastapi-users:auth`. The issuer has the name
    /// `fastapi-users` unless [`named`](Self::named) sets another one. Claims are read with
    /// [`ClaimMapping::fastapi_users`]. fastapi-users' tokens for resetting passwords and verifying addresses have
    /// other audiences and are refused.
    ///
    /// ```
    /// # use auth_runtime::Issuer;
    /// # let secret = "";
    /// let issuer = Issuer::fastapi_users(secret);
    /// ```
    pub fn fastapi_users(secret: impl Into<Vec<u8>>) -> Self {
        let keys = KeySource::secret("fastapi_users", secret.into());
        Self::new(Ok(None), "fastapi-users:auth", Ok(keys), ClaimMapping::fastapi_users()).named("fastapi-users")
    }
}
