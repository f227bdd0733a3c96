//! Route guards for axum: `#[require_user]`, `#[require_org(role >= "Admin", from = org_id)]` and other attributes
//! refuse a request before its body is read. Keys are parsed once, when they are loaded.
//!
//! ```
//! use auth_runtime::{GuardedRouter, OrgMember, require_org, routing::get};
//! use axum::extract::Path;
//!
//! #[require_org(role >= "Admin", from = org_id)]
//! async fn billing(Path(org_id): Path<String>, org: OrgMember) -> String {
//!     format!("{org_id}: {}", org.role().unwrap_or("no role"))
//! }
//!
//! let router: GuardedRouter = GuardedRouter::new().route("/orgs/{org_id}/billing", get(billing));
//! ```
//!
//! - Guards: the attributes [`macro@require_user`], [`macro@optional_user`], [`macro@require_org`],
//!   [`macro@require_permission`], [`macro@public`]. Their common grammar is in [`attributes`].
//! - Handler arguments: [`User`], [`OrgMember`], [`Claims`], [`Verified`].
//! - Trusted issuers: [`Issuer`] and [`ClaimMapping`], in a [`Verifier`] that is set once by [`init`], or for one
//!   router by [`GuardedRouter::guarded_by`].
//! - Memberships from your own tables instead of the tokens: [`Directory`].
//! - Routing: [`GuardedRouter`], which accepts only guarded handlers.
//! - Refusals: [`Denied`] and its [`Explanation`].
//! - Access logs, counters and audit records of the guards' decisions: [`ObserveLayer`].
//! - A guide, from the first application to production: [`guide`].
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `aide` | | [`openapi`]: guarded handlers in the routers and documents of `aide` |
//! | `http-client` | yes | issuers whose keys are fetched |
//! | `redis` | | revocations that all processes of an application share: `Revocations::redis` |
//! | `metrics` | | counters of key fetches, key changes and decisions, through the `metrics` facade |
//! | `testing` | | [`testing`]: signed tokens and a test of every route |
//! | `utoipa` | | [`openapi`]: guards in an OpenAPI document; [`routes!`] mounts and documents handlers |
//! | `uuid` | | [`AsOrgId`] for `uuid::Uuid` |
//!
//! No feature changes how tokens are verified.

// Code that an attribute generates names this crate. `probe` uses an attribute.
extern crate self as auth_runtime;

mod api_keys;
mod authenticator;
mod authority;
mod base64url;
mod bounded;
mod cache_headers;
mod claims;
mod clock;
mod error;
mod extract;
mod freshness;
mod guard;
// The examples of the guide use every feature.
#[cfg(all(
    doc,
    any(
        not(doctest),
        all(feature = "http-client", feature = "metrics", feature = "redis", feature = "testing", feature = "utoipa")
    )
))]
pub mod guide;
mod id;
#[cfg(feature = "http-client")]
mod introspection;
mod json;
mod keys;
mod lookup;
mod observe;
#[cfg(any(feature = "aide", feature = "utoipa"))]
pub mod openapi;
mod policy;
mod probe;
mod provider;
mod reply;
mod request_context;
pub mod routing;

#[cfg(feature = "testing")]
pub mod testing;
mod token;
mod user;
mod verifier;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

/// The common grammar of the attributes.
///
#[doc = include_str!("docs/attributes.md")]
#[cfg(any(doc, doctest))]
pub mod attributes {}

#[doc = include_str!("docs/optional_user.md")]
pub use auth_macros::optional_user;
#[doc = include_str!("docs/public.md")]
pub use auth_macros::public;
#[doc = include_str!("docs/require_org.md")]
pub use auth_macros::require_org;
#[doc = include_str!("docs/require_permission.md")]
pub use auth_macros::require_permission;
#[doc = include_str!("docs/require_user.md")]
pub use auth_macros::require_user;

pub use api_keys::{ApiKey, ApiKeys, GeneratedApiKey};
pub use authenticator::{AuthenticationError, Authenticator};
pub use authority::{Directory, DirectoryError, Grants, RevocationError, Revocations};
pub use claims::ClaimMapping;
pub use error::{AlreadyInitialized, ClaimError, ConfigError, IdError, InvalidTokenReason, VerifyError};
pub use extract::Claims;
pub use guard::{Loaded, NamedPolicy, ReadsPath, Require, Requirement};
pub use id::{AsOrgId, Identity, Limit, Membership, OrgMember};
pub use keys::{FetchErrorKind, Health, IssuerHealth, KeyState, RevocationState};
pub use observe::{AuditEntry, Decision, ObserveLayer, ObserveService, Observed, Outcome};
pub use policy::{DenialReason, Denied, Explanation, Finding};
/// The HTTP client that fetches keys, for [`Issuer::http_client`].
#[cfg(feature = "http-client")]
#[doc(no_inline)]
pub use reqwest;
pub use routing::{GuardedRouter, RequireLayer};
pub use token::{Algorithm, TokenType, UnknownAlgorithm};
pub use user::User;
pub use verifier::{Issuer, TokenCache, TokenLocation, Verified, Verifier, VerifierBuilder, init};

/// Compiles the code in README.md.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
