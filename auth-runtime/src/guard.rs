//! The guard: an extractor that runs before every other, so that for a request that is turned away no body byte is
//! read and no other argument is parsed.

mod directory;
mod org;
mod pair;
mod refusal;
mod require;
mod source;
mod verdict;

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;

pub use org::{OrgRef, select};
use refusal::{refuse, refuse_admitted, refused_by_check, refused_by_extractor};
pub use require::{NamedPolicy, Require, Requirement};
pub(crate) use require::{admit_around, hand_over};
pub use source::{NoSource, OnlyRoutersCallThisSoDebugHandlerGoesBelow, PhantomParams, Repeatable};
use verdict::Answer;
pub use verdict::{IntoVerdict, Verdict};

use crate::id::{Hierarchy, Subject};
use crate::policy::{Combined, DenialReason, Need, Org, OrgSource, Responder, Rule, decide};
use crate::request_context::{Admitted, AdmittedUser, RequestContext};
use crate::verifier::{NotAuthenticated, Verified};

/// One attribute, as a type.
pub trait Attributed: Send + Sync + 'static {
    /// What it says. No reference: rustc would look for interior mutability behind it, once more for every attribute.
    const RULE: Rule;
}

/// What the attributes of a handler say, as data.
pub trait Described: Send + Sync + 'static {
    /// What a request needs to enter.
    const NEED: &'static Need;
}

impl<A: Attributed> Described for A {
    const NEED: &'static Need = &Need::Rule(A::RULE);
}

/// What one attribute does with the handler's own arguments: it reads the organization from `FromArgs`, and evaluates the
/// expression of `check` over `CheckArgs`.
#[diagnostic::on_unimplemented(
    message = "the arguments of this handler were changed after its attributes expanded",
    note = "put the attributes of `auth_runtime` below the macro that changes the arguments"
)]
pub trait Policy<FromArgs: Repeatable, CheckArgs>: Described {
    /// Does not compile where the sources that the attribute was written with are not those of the guard, whatever has
    /// become of the handler's arguments.
    const SOUND: () = ();

    /// The organization that the request names.
    fn org(source: &FromArgs) -> OrgRef<'_> {
        let _ = source;
        OrgRef::NONE
    }

    /// The handler's own check.
    fn check(source: CheckArgs) -> impl Future<Output = Verdict> + Send {
        drop(source);
        std::future::ready(Verdict::ADMIT)
    }
}

/// An attribute that asks for nothing of the handler's arguments.
impl<A: Attributed> Policy<NoSource, NoSource> for A {
    const SOUND: () = source::none(&A::RULE);
}

/// Stands before the first argument of a guarded handler. Only a request that was admitted makes one.
pub struct Guard<P, FromArgs = NoSource, CheckArgs = NoSource> {
    policy: PhantomData<P>,
    sources: PhantomData<(FromArgs, CheckArgs)>,
}

/// The first argument of a guarded handler, with its guard. A tuple would say the same, but axum compiles the extractor
/// of a tuple, and all that it awaits, once more for each handler. And its parameters are the guard's own, because
/// rustc writes each name in this type some hundred times into the debug information of a handler.
#[derive(Debug)]
pub struct Guarded<P, T, FromArgs = NoSource, CheckArgs = NoSource>(pub Guard<P, FromArgs, CheckArgs>, pub T);

/// The same for an argument that is the last too, so that it may take the body.
#[derive(Debug)]
pub struct GuardedLast<P, T, FromArgs = NoSource, CheckArgs = NoSource>(pub Guard<P, FromArgs, CheckArgs>, pub T);

impl<P, FromArgs, CheckArgs> fmt::Debug for Guard<P, FromArgs, CheckArgs> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

impl<S, P, FromArgs, CheckArgs> FromRequestParts<S> for Guard<P, FromArgs, CheckArgs>
where
    S: Send + Sync,
    P: Policy<FromArgs, CheckArgs>,
    FromArgs: FromRequestParts<S> + Repeatable + Send + Sync + 'static,
    CheckArgs: FromRequestParts<S> + Send + 'static,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        admit(parts, state, Self::POLICY).await?;
        Ok(Self { policy: PhantomData, sources: PhantomData })
    }
}

type OrgOf<FromArgs> = for<'a> fn(&'a FromArgs) -> OrgRef<'a>;
type CheckOf<CheckArgs> = fn(CheckArgs) -> Pin<Box<dyn Future<Output = Verdict> + Send>>;

/// A policy as a value. Handlers are many: what takes this and no policy is compiled once for all with such sources.
struct ErasedPolicy<FromArgs, CheckArgs> {
    need: &'static Need,
    /// Of the need, what each request would have to look for in it.
    combined: Combined,
    /// Absent where no argument names the organization: then there is nothing to compile.
    org: Option<OrgOf<FromArgs>>,
    /// Likewise.
    check: Option<CheckOf<CheckArgs>>,
}

impl<P, FromArgs, CheckArgs> Guard<P, FromArgs, CheckArgs>
where
    P: Policy<FromArgs, CheckArgs>,
    FromArgs: Repeatable + 'static,
    CheckArgs: 'static,
{
    const POLICY: &'static ErasedPolicy<FromArgs, CheckArgs> = {
        let combined = Combined::of(P::NEED);
        let () = P::SOUND;
        &ErasedPolicy {
            need: P::NEED,
            combined,
            org: if matches!(combined.org, OrgSource::Argument { .. }) { Some(P::org) } else { None },
            check: if combined.check { Some(|source| Box::pin(P::check(source))) } else { None },
        }
    };
}

/// A policy with what each request would have to look for in it.
#[derive(Debug)]
pub struct Decided {
    need: &'static Need,
    combined: Combined,
}

impl Decided {
    const fn new(need: &'static Need) -> Self {
        Self { need, combined: Combined::of(need) }
    }

    /// Where its organization comes from.
    pub(crate) fn org(&self) -> OrgSource {
        self.combined.org
    }
}

/// Authenticates, reads the organization, decides, checks: in this order, so that nobody learns from an answer what
/// they may not know, and no database is asked for someone who may not enter.
async fn admit<S, FromArgs, CheckArgs>(
    parts: &mut Parts,
    state: &S,
    policy: &'static ErasedPolicy<FromArgs, CheckArgs>,
) -> Result<(), Response>
where
    S: Send + Sync,
    FromArgs: FromRequestParts<S> + Send + Sync,
    CheckArgs: FromRequestParts<S>,
{
    if policy.combined.public {
        RequestContext::admit(&mut parts.extensions, Admitted::Public);
    } else {
        let verified = match authenticate(parts, policy.need).await {
            Ok(verified) => verified,
            Err(reason) => return Err(refuse(reason, policy.need, None, None, parts)),
        };
        if let Some(org) = policy.org {
            let source = match FromArgs::from_request_parts(parts, state).await {
                Ok(source) => source,
                Err(rejection) => {
                    let response = rejection.into_response();
                    return Err(refused_by_extractor(response, policy.need, verified.as_ref(), parts));
                }
            };
            let org = org(&source);
            let verified = directory::ask(verified, &org, policy.need, &policy.combined, parts).await?;
            enter(parts, policy.need, policy.combined.hierarchy, verified, &org)?;
        } else {
            let org = match org::named(policy.combined.org, parts, verified.as_ref()).await {
                Ok(org) => org,
                Err(reason) => return Err(refuse(reason, policy.need, verified.as_ref(), None, parts)),
            };
            let verified = directory::ask(verified, &org, policy.need, &policy.combined, parts).await?;
            enter(parts, policy.need, policy.combined.hierarchy, verified, &org)?;
        }
    }
    let Some(check) = policy.check else { return Ok(()) };
    let source = match CheckArgs::from_request_parts(parts, state).await {
        Ok(source) => source,
        Err(rejection) => {
            return Err(refused_by_check(rejection.into_response(), Responder::Extractor, policy.need, parts));
        }
    };
    settle(check(source).await, policy.need, parts)
}

/// The verified token of a request; `None` for somebody anonymous who may be that.
async fn authenticate(parts: &mut Parts, need: &'static Need) -> Result<Option<Verified>, DenialReason> {
    let (verifier, known) = RequestContext::authentication(&parts.extensions);
    let verifier = verifier.ok_or(DenialReason::NoVerifier)?;
    let authenticated = match known {
        Some(known) => known.clone(),
        None => verifier.authenticate(parts).await,
    };
    let verified = match authenticated {
        Ok(verified) => verified,
        Err(NotAuthenticated::Nobody) if need.admits_anonymous() => return Ok(None),
        Err(NotAuthenticated::Stranger(_)) if need.takes_invalid_for_anonymous() => return Ok(None),
        Err(refused) => return Err(refused.reason()),
    };
    if verifier.locations().has_to_hide() {
        let verifier = verifier.clone();
        verifier.locations().hide(parts);
    }
    Ok(Some(verified))
}

/// Decides, and leaves to the handler who has entered.
#[allow(clippy::result_large_err)] // as axum has it: a refusal is a response
fn enter(
    parts: &mut Parts,
    need: &'static Need,
    hierarchy: Hierarchy,
    verified: Option<Verified>,
    org: &OrgRef<'_>,
) -> Result<(), Response> {
    let admitted = decide_for(parts, need, hierarchy, verified, org)?;
    RequestContext::admit(&mut parts.extensions, admitted);
    Ok(())
}

/// How a request is admitted for the organization that was named, if one was.
#[allow(clippy::result_large_err)]
fn decide_for(
    parts: &Parts,
    need: &'static Need,
    hierarchy: Hierarchy,
    verified: Option<Verified>,
    org: &OrgRef<'_>,
) -> Result<Admitted, Response> {
    match decide_in(need, verified.as_ref().map(Verified::subject), org) {
        Ok(member) => Ok(verified
            .map_or(Admitted::Anonymous, |verified| Admitted::User(AdmittedUser { verified, member, hierarchy }))),
        Err(reason) => Err(refuse(reason, need, verified.as_ref(), org.id(), parts)),
    }
}

/// Decides for the organization that was named, if one was; gives where the membership in it stands.
pub(crate) fn decide_in(
    need: &Need,
    user: Option<&Arc<Subject>>,
    org: &OrgRef<'_>,
) -> Result<Option<usize>, DenialReason> {
    let position = org.id().and_then(|id| user?.position(id));
    let member = position.and_then(|position| user?.member_at(position));
    let selected = match (org, member) {
        (_, Some(member)) => Org::Member(member),
        (OrgRef(None), None) => Org::NotSelected,
        (OrgRef(Some(_)), None) => Org::NotMember,
    };
    decide(need, user.map(|user| &**user), selected)?;
    Ok(position)
}

#[allow(clippy::result_large_err)]
fn settle(verdict: Verdict, need: &'static Need, parts: &Parts) -> Result<(), Response> {
    match verdict.0 {
        Answer::Admit => Ok(()),
        Answer::Respond(response) => Err(refused_by_check(*response, Responder::Check, need, parts)),
        Answer::Deny => Err(refuse_admitted(need, parts)),
    }
}

/// Two policies on one handler: both must admit.
///
/// It is a `Policy` four times, for each choice of which of the two kinds of sources there is. One implementation for
/// pairs of both would put empty pairs into the type of every guard, and a check to compile where there is none.
pub struct And<A, B> {
    both: PhantomData<(A, B)>,
}

impl<A, B> fmt::Debug for And<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("And")
    }
}

impl<A: Described, B: Described> Described for And<A, B> {
    const NEED: &'static Need = &Need::All(&[A::NEED, B::NEED]);
}

impl<A, B> Policy<NoSource, NoSource> for And<A, B>
where
    A: Policy<NoSource, NoSource>,
    B: Policy<NoSource, NoSource>,
{
    const SOUND: () = {
        let ((), ()) = (A::SOUND, B::SOUND);
    };
}

impl<A, B, FA, FB> Policy<(FA, FB), NoSource> for And<A, B>
where
    A: Policy<FA, NoSource>,
    B: Policy<FB, NoSource>,
    FA: Repeatable,
    FB: Repeatable,
{
    const SOUND: () = {
        let ((), ()) = (A::SOUND, B::SOUND);
    };

    fn org(source: &(FA, FB)) -> OrgRef<'_> {
        A::org(&source.0).or(B::org(&source.1))
    }
}

impl<A, B, CA, CB> Policy<NoSource, (CA, CB)> for And<A, B>
where
    A: Policy<NoSource, CA>,
    B: Policy<NoSource, CB>,
    CA: Send,
    CB: Send,
{
    const SOUND: () = {
        let ((), ()) = (A::SOUND, B::SOUND);
    };

    async fn check(source: (CA, CB)) -> Verdict {
        both(A::check(source.0), B::check(source.1)).await
    }
}

impl<A, B, FA, FB, CA, CB> Policy<(FA, FB), (CA, CB)> for And<A, B>
where
    A: Policy<FA, CA>,
    B: Policy<FB, CB>,
    FA: Repeatable,
    FB: Repeatable,
    CA: Send,
    CB: Send,
{
    const SOUND: () = {
        let ((), ()) = (A::SOUND, B::SOUND);
    };

    fn org(source: &(FA, FB)) -> OrgRef<'_> {
        A::org(&source.0).or(B::org(&source.1))
    }

    async fn check(source: (CA, CB)) -> Verdict {
        both(A::check(source.0), B::check(source.1)).await
    }
}

/// The first check that does not admit answers.
async fn both(first: impl Future<Output = Verdict> + Send, second: impl Future<Output = Verdict> + Send) -> Verdict {
    let verdict = first.await;
    if verdict.admits() { second.await } else { verdict }
}

/// The policy of an attribute that could not be understood.
#[derive(Debug)]
pub struct DenyAll(());

impl Described for DenyAll {
    const NEED: &'static Need = &Need::DenyAll;
}

impl Policy<NoSource, NoSource> for DenyAll {}
