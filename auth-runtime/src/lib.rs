//! Route guards for axum: `#[require_user]`, `#[require_org(role >= "Admin", from = org_id)]` and the others turn a
//! request away before a byte of its body is read, and verify access tokens with keys that were parsed once.

mod claims;
mod clock;
mod decide;
mod error;
mod extract;
mod guard;
mod id;
mod keys;
#[cfg(feature = "utoipa")]
pub mod openapi;
mod reply;
pub mod routing;
#[cfg(feature = "testing")]
pub mod testing;
mod token;
mod verifier;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use auth_macros::{optional_user, public, require_org, require_permission, require_user};
pub use jsonwebtoken::Algorithm;

pub use claims::{CustomProfile, Profile, TokenType};
pub use decide::{Denied, Explanation, Finding, Reason};
pub use error::{AlreadyInitialized, ClaimError, ConfigError, TokenFault, VerifyError};
pub use extract::Claims;
pub use guard::Repeatable;
pub use id::{AsOrgId, Identity, Membership, OrgMember, User};
pub use keys::{FetchErrorKind, Health, IssuerHealth, KeyState};
/// The HTTP client that fetches keys, for [`Issuer::http_client`].
#[cfg(feature = "http-client")]
#[doc(no_inline)]
pub use reqwest;
pub use routing::GuardedRouter;
pub use verifier::{Issuer, TokenCache, TokenSource, Verified, Verifier, VerifierBuilder, init};

/// The code in docs/attributes.md is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../docs/attributes.md")]
struct Attributes;

/// The code in README.md is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
