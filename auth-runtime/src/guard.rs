//! The guard: an extractor that runs before every other, so that for a request that is turned away no body byte is
//! read and no other argument is parsed.

mod directory;
mod join;
mod loaded;
mod org;
mod pair;
mod pick;
mod reads;
mod refusal;
mod shape;
mod source;
mod sources;
mod verdict;

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::Response;
use http::request::Parts;

pub use join::{And, DenyAll, Plain, Then};
pub use loaded::{IntoLoaded, Loaded};
pub use org::{OrgRef, select};
pub use pick::{Lend, Own, Pick};
pub(crate) use reads::{Argument, Read, Reading, TellsCaller, Who};
pub use reads::{Key, Part, Reads, ReadsPath, Source, TellsNothing, TellsParams, TellsShape, TellsWho};
use refusal::{refuse, refused_by_application, refused_by_expression, refused_by_extractor};
pub(crate) use shape::Shape;
use source::none;
pub use source::{Hidden, OnlyRoutersCallThisSoDebugHandlerGoesBelow, PhantomParams, shown};
use sources::{Extract, Wanted};
pub use sources::{Load, More, Sources};
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

/// What one attribute, or several, do with the handler's own arguments. `S` holds those that `from`, `check` and `load`
/// read. The guard extracts each of them once, lends it to the attributes, and gives that very value to the handler.
#[diagnostic::on_unimplemented(
    message = "the arguments of this handler were changed after its attributes expanded",
    note = "put the attributes of `auth_runtime` below the macro that changes the arguments"
)]
pub trait Policy<S: Sources>: Described {
    /// Does not compile if the attribute was written with sources, and the guard has none.
    const SOUND: () = ();
    /// The number of the source that names the organization, if one does.
    const FROM: usize = 0;

    /// The organization that the request names. Only the source with the number `FROM` is there.
    fn org(slots: &S::Slots) -> OrgRef<'_> {
        let _ = slots;
        OrgRef::NONE
    }

    /// Evaluates `load` and `check`, attribute by attribute from the top. Every source is there.
    fn settle(slots: &mut S::Slots) -> impl Future<Output = Verdict> + Send {
        let _ = slots;
        std::future::ready(Verdict::ADMIT)
    }

    /// What `from`, `load` and `check` read, for a router that holds it to the parameters of its path.
    fn reads(reads: &mut Reads) {
        let _ = reads;
    }
}

/// An attribute that asks for nothing of the handler's arguments.
impl<A: Attributed> Policy<()> for A {
    const SOUND: () = none(A::NEED);
}

/// Stands before the first argument of a guarded handler. Only a request that was admitted makes one.
pub struct Guard<P> {
    policy: PhantomData<P>,
}

/// The first argument of a guarded handler, with its guard. A tuple would say the same, but axum compiles the extractor
/// of a tuple, and all that it awaits, once more for each handler. And its parameters are the guard's own, because
/// rustc writes each name in this type some hundred times into the debug information of a handler.
#[derive(Debug)]
pub struct Guarded<P, T>(pub Guard<P>, pub T);

/// The same for an argument that is the last too, so that it may take the body.
#[derive(Debug)]
pub struct GuardedLast<P, T>(pub Guard<P>, pub T);

/// A guard, with the arguments that its attributes read.
pub struct GuardedWith<P, S>(pub Guard<P>, pub S);

/// The same where the handler has no other argument.
pub struct GuardedWithLast<P, S>(pub Guard<P>, pub S);

impl<P> fmt::Debug for Guard<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

/// Without the arguments: what they hold is the application's.
impl<P, S> fmt::Debug for GuardedWith<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

/// Likewise.
impl<P, S> fmt::Debug for GuardedWithLast<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

impl<P> Guard<P> {
    /// For a request that was admitted.
    const MADE: Self = Self { policy: PhantomData };
}

impl<S, P> FromRequestParts<S> for Guard<P>
where
    S: Send + Sync,
    P: Policy<()>,
{
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        admit(parts, state, P::ERASED).await?;
        Ok(Self::MADE)
    }
}

type OrgOf<S> = for<'a> fn(&'a <S as Sources>::Slots) -> OrgRef<'a>;
type SettleOf<S> = for<'a> fn(&'a mut <S as Sources>::Slots) -> Settling<'a>;
type Settling<'a> = Pin<Box<dyn Future<Output = Verdict> + Send + 'a>>;

/// A policy as a value. Handlers are many: what takes this and no policy is compiled once for all with such sources.
struct ErasedPolicy<S: Sources> {
    need: &'static Need,
    /// Of the need, what each request would have to look for in it.
    combined: Combined,
    /// Absent where no argument names the organization: then there is nothing to compile.
    org: Option<(usize, OrgOf<S>)>,
    /// Absent where there is neither a `load` nor a `check`: likewise.
    settle: Option<SettleOf<S>>,
}

trait Erase<S: Sources + 'static>: Policy<S> {
    const ERASED: &'static ErasedPolicy<S> = {
        let combined = Combined::of(Self::NEED);
        let () = Self::SOUND;
        &ErasedPolicy {
            need: Self::NEED,
            combined,
            org: if matches!(combined.org, OrgSource::Argument { .. }) { Some((Self::FROM, Self::org)) } else { None },
            settle: if combined.settles { Some(settling::<Self, S>) } else { None },
        }
    };
}

impl<P: Policy<S>, S: Sources + 'static> Erase<S> for P {}

fn settling<P: Policy<S> + ?Sized, S: Sources + 'static>(slots: &mut S::Slots) -> Settling<'_> {
    Box::pin(P::settle(slots))
}

/// Authenticates, reads the organization, decides, loads and checks: in this order, so that nobody learns from an answer
/// what they may not know, and no database is asked for someone who may not enter.
///
/// Gives the arguments that were extracted on the way.
async fn admit<St, S>(parts: &mut Parts, state: &St, policy: &'static ErasedPolicy<S>) -> Result<S, Response>
where
    St: Send + Sync,
    S: Extract<St>,
    S::Slots: Send,
{
    let need = policy.need;
    let mut slots = S::empty();
    if policy.combined.public {
        RequestContext::admit(&mut parts.extensions, Admitted::Public);
    } else {
        let verified = match authenticate(parts, need).await {
            Ok(verified) => verified,
            Err(reason) => return Err(refuse(reason, need, None, None, parts)),
        };
        if let Some((number, org)) = policy.org {
            if let Err(response) = S::fill(&mut slots, Wanted::One(number), parts, state).await {
                return Err(refused_by_extractor(response, need, verified.as_ref(), parts));
            }
            let org = org(&slots);
            if directory::is_asked(verified.as_ref()) {
                // A source need not be `Sync`, so none is borrowed while the directory answers.
                enter_by_directory(parts, need, &policy.combined, verified, org.into_owned()).await?;
            } else {
                enter(parts, need, policy.combined.hierarchy, verified, &org)?;
            }
        } else {
            let org = match org::named(policy.combined.org, parts, verified.as_ref()).await {
                Ok(org) => org,
                Err(reason) => return Err(refuse(reason, need, verified.as_ref(), None, parts)),
            };
            enter_by_directory(parts, need, &policy.combined, verified, org).await?;
        }
    }
    if let Some(settle) = policy.settle {
        if let Err(response) = S::fill(&mut slots, Wanted::All, parts, state).await {
            return Err(refused_by_application(response, Responder::Extractor, DenialReason::Check, need, parts));
        }
        conclude(settle(&mut slots).await, need, parts)?;
    }
    // Each slot is filled by now: the source of `from`, or all of them.
    S::take(slots).ok_or_else(|| refused_by_expression(DenialReason::Check, false, need, parts))
}

/// The verified token of a request; `None` for somebody anonymous who may be that.
async fn authenticate(parts: &mut Parts, need: &'static Need) -> Result<Option<Verified>, DenialReason> {
    let verifier = RequestContext::verifier(&parts.extensions).ok_or(DenialReason::NoVerifier)?;
    let verified = match verifier.authenticate(parts).await {
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

/// Decides by what the directory says of the user, if there is a directory.
async fn enter_by_directory(
    parts: &mut Parts,
    need: &'static Need,
    combined: &'static Combined,
    verified: Option<Verified>,
    org: OrgRef<'static>,
) -> Result<(), Response> {
    let verified = directory::ask(verified, &org, need, combined, parts).await?;
    enter(parts, need, combined.hierarchy, verified, &org)
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
    let member = match decide_in(need, verified.as_ref().map(Verified::subject), org) {
        Ok(member) => member,
        Err(reason) => return Err(refuse(reason, need, verified.as_ref(), org.id(), parts)),
    };
    let admitted =
        verified.map_or(Admitted::Anonymous, |verified| Admitted::User(AdmittedUser { verified, member, hierarchy }));
    RequestContext::admit(&mut parts.extensions, admitted);
    Ok(())
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
fn conclude(verdict: Verdict, need: &'static Need, parts: &Parts) -> Result<(), Response> {
    match verdict.0 {
        Answer::Admit => Ok(()),
        Answer::Deny { hidden } => Err(refused_by_expression(DenialReason::Check, hidden, need, parts)),
        Answer::Nothing => Err(refused_by_expression(DenialReason::Load, true, need, parts)),
        Answer::Respond(response) => {
            Err(refused_by_application(*response, Responder::Check, DenialReason::Check, need, parts))
        }
        Answer::Fail(response) => {
            Err(refused_by_application(*response, Responder::Load, DenialReason::Load, need, parts))
        }
    }
}
