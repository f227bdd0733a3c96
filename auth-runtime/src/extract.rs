//! What a guard leaves for its handler: the user, the membership, the claims.

use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::Response;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::decide::{Denied, Reason};
use crate::error::TokenFault;
use crate::id::OrgMember;
use crate::reply;
use crate::scope::{Admitted, Entrant, Scope};
use crate::user::User;
use crate::verifier::Verified;

/// The verified claims as a type of yours.
///
/// A handler argument beside a guard; claims that do not fit are answered with 401.
///
/// ```
/// # use auth_runtime::{Claims, require_user};
/// #[derive(serde::Deserialize)]
/// struct Plan { plan: String }
///
/// #[require_user]
/// async fn plan(Claims(claims): Claims<Plan>) -> String { claims.plan }
/// ```
#[derive(Clone, Debug)]
pub struct Claims<T>(pub T);

/// Who entered; `None` for somebody anonymous.
#[allow(clippy::result_large_err)] // as axum has it: a refusal is a response
fn entrant(parts: &Parts) -> Result<Option<&Entrant>, Response> {
    match Scope::admitted(&parts.extensions) {
        Some(Admitted::User(entrant)) => Ok(Some(entrant)),
        Some(Admitted::Anonymous) => Ok(None),
        Some(Admitted::Public) | None => Err(refuse(Reason::NoGuard, parts)),
    }
}

#[allow(clippy::result_large_err)]
fn required(parts: &Parts) -> Result<&Entrant, Response> {
    entrant(parts)?.ok_or_else(|| refuse(Reason::NoCredentials, parts))
}

fn refuse(reason: Reason, parts: &Parts) -> Response {
    let user = match Scope::admitted(&parts.extensions) {
        Some(Admitted::User(entrant)) => Some(entrant.verified.subject()),
        _ => None,
    };
    reply::refuse(Denied::new(reason).of(user), Scope::verifier(&parts.extensions), parts)
}

fn user_of(entrant: &Entrant) -> User {
    User::new(Arc::clone(entrant.verified.subject()), entrant.hierarchy)
}

impl<S: Send + Sync> FromRequestParts<S> for User {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        required(parts).map(user_of)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for User {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Response> {
        Ok(entrant(parts)?.map(user_of))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for OrgMember {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let entrant = required(parts)?;
        let position = entrant.member.ok_or_else(|| refuse(Reason::NoGuard, parts))?;
        Ok(OrgMember::new(entrant.verified.subject(), position, entrant.hierarchy))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Verified {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        required(parts).map(|entrant| entrant.verified.clone())
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Claims<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let claims = required(parts)?.verified.claims();
        claims.map(Self).map_err(|_| refuse(Reason::InvalidToken(TokenFault::Shape), parts))
    }
}
