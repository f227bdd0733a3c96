//! Identity providers, one file for each.
//!
//! Everything specific to a provider is in its file: the constructor of its [`Issuer`](crate::Issuer) with its presets,
//! the table of its claims, what its tokens leave unknown, its own key endpoint if it has one, and the explanation of a
//! failed start. The rest of the crate knows no provider. To add one, add its file and its line below.

mod auth0;
mod fastapi_users;
mod google;
#[cfg(feature = "http-client")]
mod introspection;
mod keycloak;
mod oidc;
mod propelauth;
mod supabase;
#[cfg(feature = "testing")]
mod testing;

#[cfg(all(feature = "http-client", feature = "testing"))]
pub(crate) use propelauth::public_key as propelauth_key;
