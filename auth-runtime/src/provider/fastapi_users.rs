//! fastapi-users.

use crate::claims::{ClaimMapping, Mapping, Slot};
use crate::verifier::{Issuer, KeySource};

const FASTAPI_USERS: Mapping = Mapping {
    name: "fastapi_users",
    claims: &[&[("sub", Slot::Id), ("user_id", Slot::OtherId)]],
    // Its tokens have no claim that could tell anything else.
    if_absent: &[],
};

impl ClaimMapping {
    /// The claims of fastapi-users: the user's id is `sub`, else `user_id`, a string or an integer.
    ///
    /// All else is unknown.
    pub fn fastapi_users() -> Self {
        Self::new(&FASTAPI_USERS)
    }
}

impl Issuer {
    /// An issuer that shares a secret with this program: HS256 needs at least 32 bytes of it, HS384 48, HS512 64.
    ///
    /// Preset for fastapi-users: tokens carry no `iss`, and the audience is `fastapi-users:auth`.
    pub fn hmac(secret: impl Into<Vec<u8>>) -> Self {
        let keys = KeySource::secret("hmac", secret.into());
        Self::new(Ok(None), "fastapi-users:auth", Ok(keys), ClaimMapping::fastapi_users())
    }
}
