//! The handler arguments that a guard provides: the user, the membership, the claims.

use std::any::type_name;
use std::sync::Arc;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::Response;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::claims::typed;
use crate::error::InvalidTokenReason;
use crate::guard::Tells;
use crate::id::OrgMember;
use crate::policy::{Argument, DenialReason, Denied, Who};
use crate::reply;
use crate::request_context::{Admitted, AdmittedUser, RequestContext};
use crate::user::User;
use crate::verifier::Verified;

/// The verified claims, deserialized into `T`: an argument of a guarded handler.
///
/// If the claims are not a `T`, the response is 401, the same as for any other token that the route does not accept.
/// The log event and [`Denied::explain`] name the field that does not fit, but not its value. The response contains
/// neither.
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

/// The user whom the guard admitted; `None` if the request is anonymous.
#[allow(clippy::result_large_err)] // like axum's rejections: a refusal is a response
fn admitted(parts: &Parts) -> Result<Option<&AdmittedUser>, Response> {
    match RequestContext::admitted(&parts.extensions) {
        Some(Admitted::User(user)) => Ok(Some(user)),
        Some(Admitted::Anonymous) => Ok(None),
        Some(Admitted::Public) | None => Err(refuse(DenialReason::NoGuard, parts)),
    }
}

#[allow(clippy::result_large_err)]
fn required(parts: &Parts) -> Result<&AdmittedUser, Response> {
    admitted(parts)?.ok_or_else(|| refuse(DenialReason::NoCredentials, parts))
}

fn refuse(reason: DenialReason, parts: &Parts) -> Response {
    let user = match RequestContext::admitted(&parts.extensions) {
        Some(Admitted::User(user)) => Some(user.verified.subject()),
        _ => None,
    };
    reply::refuse(Denied::new(reason).of(user), RequestContext::verifier(&parts.extensions), parts)
}

fn user_of(admitted: &AdmittedUser) -> User {
    User::new(Arc::clone(admitted.verified.subject()), admitted.hierarchy)
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
        Ok(admitted(parts)?.map(user_of))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for OrgMember {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        required(parts)?;
        let selected = RequestContext::selected(&parts.extensions).and_then(|user| Some((user, user.member?)));
        let (admitted, position) = selected.ok_or_else(|| refuse(DenialReason::NoGuard, parts))?;
        Ok(OrgMember::new(admitted.verified.subject(), position, admitted.hierarchy))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Verified {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        required(parts).map(|admitted| admitted.verified.clone())
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Claims<T> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        let subject = required(parts)?.verified.subject();
        typed::all(subject.token()).map(Self).map_err(|misfit| {
            let denied =
                Denied::new(DenialReason::InvalidToken(InvalidTokenReason::Shape)).of(Some(subject)).after_guard();
            let denied = denied.because(format!("claims are a `{}`", type_name::<T>()), &misfit.to_string());
            reply::refuse(denied, RequestContext::verifier(&parts.extensions), parts)
        })
    }
}

/// An argument that contains the caller, for certain or as an `Option`.
macro_rules! caller {
    ($($argument:ty $(, $param:ident)?: $who:ident;)*) => {$(
        impl $(<$param>)? Tells for $argument {
            fn tell() -> Argument {
                Argument::Caller(Who::$who)
            }
        }

        impl $(<$param>)? Tells for Option<$argument> {
            fn tell() -> Argument {
                Argument::Caller(Who::$who)
            }
        }
    )*};
}

caller! {
    User: User;
    Verified: User;
    Claims<T>, T: User;
    OrgMember: Member;
}
