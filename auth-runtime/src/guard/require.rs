//! Named policies: as the first argument of a handler, around a router, and around services.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::Response;
use http::request::Parts;

use super::authenticate::authenticate;
use super::refusal::{Unmet, refuse};
use super::{Decided, Policy, decide_for, directory, dot_segments, note, org};
use crate::id::OrgMember;
use crate::policy::{Attribute, Combined, DenialReason, Need};
use crate::request_context::{Admitted, AdmittedUser, RequestContext};
use crate::user::User;

/// A policy with a name: a unit struct with attributes of this crate.
///
/// ```
/// use auth_runtime::require_org;
///
/// #[require_org(role >= "Admin", from = path("org_id"))]
/// pub struct OrgAdmin;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a policy",
    label = "no attribute makes this a policy",
    note = "put an attribute on a unit struct: `#[require_user] pub struct Member;`, and name that struct here"
)]
pub trait NamedPolicy: Policy<()> {}

/// What [`Require`] and the methods of a router accept: a [`NamedPolicy`], or a tuple of two, which must both admit the
/// request.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a policy",
    label = "no attribute makes this a policy",
    note = "put an attribute on a unit struct: `#[require_user] pub struct Member;`, and name that struct here"
)]
pub trait Requirement: Send + Sync + 'static {
    /// What a request needs.
    #[doc(hidden)]
    const NEED: &'static Need;
    /// The policies, each of which decides separately.
    #[doc(hidden)]
    const EACH: &'static [Decided];
}

#[diagnostic::do_not_recommend]
impl<P: NamedPolicy> Requirement for P {
    const NEED: &'static Need = P::NEED;
    const EACH: &'static [Decided] = &[Decided::new(P::NEED)];
}

#[diagnostic::do_not_recommend]
impl<A: NamedPolicy, B: NamedPolicy> Requirement for (A, B) {
    const NEED: &'static Need = &Need::All(&[A::NEED, B::NEED]);
    const EACH: &'static [Decided] = &[Decided::new(A::NEED), Decided::new(B::NEED)];
}

/// Guards a handler by a named policy, as its first argument: for closures, methods and generated code, where
/// attributes are not possible.
///
/// It can only be extracted from a request that the policy admits. It proves that the request was admitted to this
/// handler. It proves nothing about later changes. `Require<(A, B)>` applies two policies. Each decides separately,
/// with its own organization.
///
/// ```
/// use auth_runtime::{GuardedRouter, Require, require_org, routing::get};
/// use axum::extract::Path;
///
/// #[require_org(role >= "Admin", from = path("org_id"))]
/// pub struct OrgAdmin;
///
/// let routes: GuardedRouter = GuardedRouter::new().route(
///     "/orgs/{org_id}/seats/{seat}",
///     get(|admin: Require<OrgAdmin>, Path((_, seat)): Path<(String, u32)>| async move {
///         format!("{} looks at seat {seat} of {}", admin.user().id(), admin.org().id())
///     }),
/// );
/// ```
///
/// It must be the first argument, and its type must be written: otherwise the handler does not compile in a
/// [`GuardedRouter`](crate::GuardedRouter). For `|_, ..|` rustc asks for an explicit type: write
/// `|_: Require<OrgAdmin>, ..|`. A handler has one guard: attributes and `Require` cannot be combined, and a second
/// `Require` is an error of [`build`](crate::GuardedRouter::build).
///
/// A tool of an MCP server is not a handler, but it has the parts of an admitted request. Such code can apply another
/// policy with `Require::<OrgAdmin>::from_request_parts(&mut parts, &()).await`. The error is the response to the
/// client. Use a new clone of the parts for each policy.
pub struct Require<P> {
    user: Option<User>,
    org: Option<OrgMember>,
    policy: PhantomData<fn() -> P>,
}

impl<P> fmt::Debug for Require<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Require")
    }
}

#[allow(clippy::panic)] // a `Require` always has the user and the organization that its policy requires
impl<P: Requirement> Require<P> {
    /// The user. Does not compile if the policy admits anonymous requests: take `Option<User>` as an argument then.
    pub fn user(&self) -> &User {
        const { assert!(needs_user(P::NEED), "this policy admits requests without a user: take `Option<User>`") };
        match &self.user {
            Some(user) => user,
            None => panic!("a policy that requires a user has admitted a request without one"),
        }
    }

    /// The membership in the organization that the policy selects. If two policies select one, this is the organization
    /// of the second. Does not compile if no policy has a `from`.
    pub fn org(&self) -> &OrgMember {
        const { assert!(selects_org(P::NEED), "this policy selects no organization: it has no `from`") };
        match &self.org {
            Some(org) => org,
            None => panic!("a policy with an organization has admitted a request without one"),
        }
    }

    /// Whether the policy would admit a request with these parts. It logs nothing, and does not inform observers or the
    /// audit. Use it to show callers only the actions that they may use. The action itself must still have its own
    /// guard.
    ///
    /// ```
    /// use auth_runtime::{Require, require_user};
    ///
    /// #[require_user(scope("notes:write"))]
    /// pub struct WriteNotes;
    ///
    /// async fn tools(parts: &axum::http::request::Parts) -> Vec<&'static str> {
    ///     let mut tools = vec!["list_notes"];
    ///     if Require::<WriteNotes>::would_admit(parts).await {
    ///         tools.push("add_note");
    ///     }
    ///     tools
    /// }
    /// ```
    pub async fn would_admit(parts: &Parts) -> bool {
        let mut parts = parts.clone();
        for policy in P::EACH {
            if judge(&mut parts, policy).await.is_err() {
                return false;
            }
        }
        true
    }
}

impl<S: Send + Sync, P: Requirement> FromRequestParts<S> for Require<P> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        admit_to_handler(parts, P::NEED, P::EACH).await?;
        let user = match RequestContext::admitted(&parts.extensions) {
            Some(Admitted::User(user)) => Some(user),
            _ => None,
        };
        let org = user.filter(|_| selects_org(P::NEED)).and_then(membership);
        Ok(Self { user: user.map(user_of), org, policy: PhantomData })
    }
}

async fn admit_to_handler(
    parts: &mut Parts,
    need: &'static Need,
    policies: &'static [Decided],
) -> Result<(), Response> {
    if RequestContext::is_guarded(&parts.extensions) {
        return Err(refuse(DenialReason::SecondGuard, need, None, None, parts));
    }
    let mut selected = None;
    for policy in policies {
        let admitted = decide_one(parts, policy).await?;
        note(parts, policy.need, &policy.combined, &admitted)?;
        if let Admitted::User(user) = &admitted
            && user.member.is_some()
        {
            selected = Some(user.clone());
        }
        RequestContext::admit(&mut parts.extensions, admitted);
    }
    // The organization of the first policy counts if the second selects none.
    if let Some(selected) = selected {
        RequestContext::admit(&mut parts.extensions, Admitted::User(selected));
    }
    Ok(())
}

/// Applies policies around a handler to a request. The result is stored in the request, so that the token is verified
/// once.
pub(crate) async fn admit_around(parts: &mut Parts, policies: &[&'static Decided]) -> Result<(), Response> {
    for policy in policies {
        let admitted = decide_one(parts, policy).await?;
        note(parts, policy.need, &policy.combined, &admitted)?;
        RequestContext::admit_around(&mut parts.extensions, admitted);
    }
    Ok(())
}

/// Stores the user and the membership for a service, because a service has no arguments.
pub(crate) fn hand_over(parts: &mut Parts) {
    parts.extensions.remove::<User>();
    parts.extensions.remove::<OrgMember>();
    let Some(Admitted::User(user)) = RequestContext::admitted(&parts.extensions) else { return };
    let (user, org) = (user_of(user), RequestContext::selected(&parts.extensions).and_then(membership));
    parts.extensions.insert(user);
    if let Some(org) = org {
        parts.extensions.insert(org);
    }
}

/// Refuses a request for a service whose path the service may read as another path.
#[allow(clippy::result_large_err)] // like axum's rejections: a refusal is a response
pub(crate) fn check_path(parts: &Parts, policies: &[&'static Decided]) -> Result<(), Response> {
    if dot_segments::are_in(parts) {
        return Err(refuse(DenialReason::DotSegment, innermost(policies), None, None, parts));
    }
    Ok(())
}

/// Removes the credentials and the identity headers from a request for a service.
#[allow(clippy::result_large_err)]
pub(crate) fn remove_credentials(parts: &mut Parts, policies: &[&'static Decided]) -> Result<(), Response> {
    let Some(verifier) = RequestContext::verifier(&parts.extensions).cloned() else { return Ok(()) };
    verifier.remove_credentials(parts).map_err(|reason| refuse(reason, innermost(policies), None, None, parts))
}

fn innermost(policies: &[&'static Decided]) -> &'static Need {
    policies.last().map_or(&Need::DenyAll, |policy| policy.need)
}

async fn decide_one(parts: &mut Parts, policy: &'static Decided) -> Result<Admitted, Response> {
    judge(parts, policy).await.map_err(|unmet| unmet.refuse(policy.need, parts))
}

/// Decides, but logs and records nothing.
async fn judge(parts: &mut Parts, policy: &'static Decided) -> Result<Admitted, Unmet> {
    let Decided { need, combined } = policy;
    if combined.public {
        return Ok(Admitted::Public);
    }
    let max_age_ms = combined.max_age_ms;
    if let (Some(verifier), None) = RequestContext::authentication(&parts.extensions, max_age_ms) {
        let authenticated = verifier.clone().authenticate(parts, max_age_ms, verifier.moment()).await;
        RequestContext::remember(&mut parts.extensions, authenticated, max_age_ms);
    }
    let (verified, arrived) = match authenticate(parts, need, max_age_ms).await {
        Ok(authenticated) => authenticated,
        Err(reason) => return Err(Unmet::new(reason, None, None)),
    };
    let org = match org::named(combined.org, parts, verified.as_ref()) {
        Ok(org) => org,
        Err(reason) => return Err(Unmet::new(reason, verified, None)),
    };
    let verified = match directory::known(verified, &org, combined, arrived) {
        Ok(verified) => verified,
        Err(verified) => Some(directory::ask(verified, &org, combined).await?),
    };
    decide_for(need, combined, verified, &org)
}

fn user_of(user: &AdmittedUser) -> User {
    User::new(Arc::clone(user.verified.subject()), user.hierarchy)
}

fn membership(user: &AdmittedUser) -> Option<OrgMember> {
    user.member.map(|position| OrgMember::new(user.verified.subject(), position, user.hierarchy))
}

const fn needs_user(need: &Need) -> bool {
    match need {
        Need::DenyAll => true,
        Need::Rule(rule) => !matches!(rule.attribute, Attribute::Public | Attribute::OptionalUser),
        Need::Named { need, .. } => needs_user(need),
        Need::All(needs) => {
            let mut rest = *needs;
            while let [first, others @ ..] = rest {
                if needs_user(first) {
                    return true;
                }
                rest = others;
            }
            false
        }
    }
}

const fn selects_org(need: &Need) -> bool {
    let combined = Combined::of(need);
    combined.denies_all || !matches!(combined.org, crate::policy::OrgSource::None)
}
