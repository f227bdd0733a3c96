//! fastapi-users.

use crate::claims::{ClaimMapping, Mapping, Slot};
use crate::verifier::{Issuer, KeySource};

const FASTAPI_USERS: Mapping =
    Mapping { name: "fastapi_users", claims: &[&[("sub", Slot::Id), ("user_id", Slot::OtherId)]], ..Mapping::PLAIN };

impl ClaimMapping {
    /// The claims of fastapi-users: the user's id is `sub`, else `user_id`, a string or an integer.
    ///
    /// All else is unknown.
    pub fn fastapi_users() -> Self {
        Self::new(&FASTAPI_USERS)
    }
}

impl Issuer {
    /// The JWT strategy of fastapi-users, which shares a secret of at least 32 bytes with this program.
    ///
    /// Tokens are signed by HS256, carry no `iss`, and their audience is `fastapi-users:auth`. The issuer is named
    /// `fastapi-users` unless [`named`](Self::named) says otherwise. Claims are read by
    /// [`ClaimMapping::fastapi_users`]. The tokens by which fastapi-users resets passwords and verifies addresses have
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
