//! Guards in OpenAPI documents: what a client needs to call a route. It is generated from the guards themselves, so
//! that the document cannot contradict them.
//!
//! With feature `utoipa`, [`Documentation`] adds the guards of a router to a document that `utoipa` generated, and
//! [`routes!`](crate::routes) mounts and documents handlers.
//!
//! With feature `aide`, guarded handlers are handlers of `aide`'s `ApiRouter`. Their operations get the responses that
//! the guard can give, and a sentence on who has access, unless the program sets a description. They also get the
//! security scheme `bearer`, with the scopes that every caller needs. Under `optional_user`, it has an empty
//! alternative. A public route gets no scheme. Declare the scheme yourself:
//!
//! ```
//! # #[cfg(feature = "aide")] {
//! use aide::openapi::{OpenApi, SecurityScheme};
//! use auth_runtime::require_user;
//!
//! #[require_user]
//! async fn whoami() {}
//!
//! let router: aide::axum::ApiRouter = aide::axum::ApiRouter::new()
//!     .api_route("/whoami", aide::axum::routing::get(whoami));
//! let mut document = OpenApi::default();
//! let served = router.finish_api_with(&mut document, |document| {
//!     let bearer = SecurityScheme::Http {
//!         scheme: "bearer".to_owned(),
//!         bearer_format: Some("JWT".to_owned()),
//!         description: None,
//!         extensions: Default::default(),
//!     };
//!     document.security_scheme("bearer", bearer)
//! });
//! # }
//! ```
//!
//! `aide`'s router also takes handlers without a guard, and has no table of routes.

#[cfg(feature = "aide")]
mod for_aide;
mod problem;
mod words;

#[cfg(feature = "utoipa")]
mod answers;
#[cfg(feature = "utoipa")]
mod document;
#[cfg(feature = "utoipa")]
mod operations;
#[cfg(feature = "utoipa")]
mod security;

#[cfg(feature = "utoipa")]
pub use document::{Documentation, OpenApiError};
