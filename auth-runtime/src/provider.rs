//! Identity providers, a room for each.
//!
//! Everything that is particular about a provider is in its file: the constructor of its [`Issuer`](crate::Issuer) and
//! what it presets, the table of its claims, what its tokens leave unknown, where its keys are if that is a place of its
//! own, and how a start that failed is explained. The rest of the crate knows no provider: to add one, add its file and
//! its line below.

mod auth0;
mod fastapi_users;
mod google;
mod keycloak;
mod oidc;
mod propelauth;
mod supabase;
#[cfg(feature = "testing")]
mod testing;

#[cfg(all(feature = "http-client", feature = "testing"))]
pub(crate) use propelauth::public_key as propelauth_key;
