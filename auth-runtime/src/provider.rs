//! Identity providers, one file for each.
//!
//! Everything specific to a provider is in its file: the constructor of its [`Issuer`](crate::Issuer) with its presets,
//! the table of its claims, the facts that its tokens do not state, the claims that its users can write, its own key
//! endpoint if it has one, and the explanation of a failed start. The code outside this folder does not depend on any
//! provider, except for tests (`testing`). To add one, add its file and its line below; CONTRIBUTING.md lists the other
//! places.
//!
//! Some files are not one provider. `shared` has helper functions for the other files. `kinds` has the settings of
//! [`Issuer`](crate::Issuer) that several providers have; `build` refuses them for other providers. `oidc`
//! and `introspection` are for any server that follows the standard. `testing` is the issuer of tests.

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
