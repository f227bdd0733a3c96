//! Identity providers, a room for each.
//!
//! Everything that is particular about a provider is in its file: the constructor of its [`Issuer`](crate::Issuer) and
//! what it presets, the table of its claims, what its tokens leave unknown, which claims its users can write, where its keys
//! are if that is a place of its own, and how a start that failed is explained. The rest of the crate knows no provider: to
//! add one, add its file and its line below.

mod auth0;
#[cfg(feature = "http-client")]
mod clerk;
#[cfg(feature = "http-client")]
mod cloudflare_access;
#[cfg(feature = "http-client")]
mod cognito;
#[cfg(feature = "http-client")]
mod entra;
mod fastapi_users;
#[cfg(feature = "http-client")]
mod firebase;
mod google;
#[cfg(feature = "http-client")]
mod google_iap;
mod keycloak;
#[cfg(feature = "http-client")]
mod kinde;
#[cfg(feature = "http-client")]
mod kinds;
mod oidc;
#[cfg(feature = "http-client")]
mod okta;
mod propelauth;
#[cfg(feature = "http-client")]
mod shared;
mod supabase;
#[cfg(feature = "testing")]
mod testing;
#[cfg(feature = "http-client")]
mod workos;
#[cfg(feature = "http-client")]
mod zitadel;

#[cfg(all(feature = "http-client", feature = "testing"))]
pub(crate) use propelauth::public_key as propelauth_key;
