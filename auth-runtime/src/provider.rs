//! Identity providers, one file for each.
//!
//! Everything specific to a provider is in its file: the constructor of its [`Issuer`](crate::Issuer) with its presets,
//! the table of its claims, what its tokens leave unknown, the claims that its users can write, its own key endpoint if it
//! has one, and the explanation of a failed start. No other file of the crate knows a provider. To add one, add its file and
//! its line below. `shared` and `kinds` are not providers: several files use them.

#[cfg(all(test, feature = "http-client"))]
mod acme;
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
#[cfg(feature = "http-client")]
mod introspection;
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
