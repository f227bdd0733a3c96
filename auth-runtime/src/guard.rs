//! The guard: an extractor that runs before every other one. If it refuses a request, the body is not read and no other
//! argument is parsed.

mod authenticate;
mod directory;
mod dot_segments;
mod join;
mod loaded;
mod org;
mod pair;
mod pick;
mod reads;
mod refusal;
mod require;
mod shape;
mod soon;
mod source;
mod sources;
mod verdict;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::Response;
use http::request::Parts;

use authenticate::authenticate;
pub use join::{And, DenyAll, Plain, Then};
pub use loaded::{IntoLoaded, Loaded};
pub use org::{OrgRef, select};
pub use pick::{Lend, Own, Pick};
pub use reads::{FieldsOf, ReadsPath, Source, Untold};
pub(crate) use reads::{Key, Reading, Reads, Tells};
use refusal::{Unmet, refuse, refused_by_application, refused_by_expression, refused_by_extractor};
pub use require::{NamedPolicy, Require, Requirement};
pub(crate) use require::{admit_around, check_path, hand_over, remove_credentials};
use soon::Waiting;
pub use source::{Hidden, OnlyRoutersCallThisSoDebugHandlerGoesBelow, PhantomParams, shown};
use sources::{Extract, Wanted};
pub use sources::{Load, More, Sources};
use verdict::VerdictKind;
pub use verdict::{IntoVerdict, Verdict};

use crate::id::Subject;
use crate::observe::{self, Admission, Decision, NotRecorded};
use crate::policy::{Combined, DenialReason, Need, Org, OrgSource, Responder, Rule, decide};
use crate::request_context::{Admitted, AdmittedUser, RequestContext};
use crate::verifier::Verified;

/// One or more attributes, as a type. `S` contains the arguments that `from`, `check` and `load` use. The guard
/// extracts each of them once, lends it to the attributes, and passes the same value to the handler.
#[diagnostic::on_unimplemented(
    message = "the arguments of this handler were changed after its attributes expanded",
    note = "put the attributes of `auth_runtime` below the macro that changes the arguments"
)]
pub trait Policy<S: Sources>: Send + Sync + 'static {
    /// The attribute as data. It is a value, because rustc would look for interior mutability again in a reference, for
    /// every attribute. Each attribute sets it. Combined and named policies set `NEED` instead. The default refuses
    /// every request.
    const RULE: Rule = Rule::NEVER;
    /// What the handler needs of a request: the rules of all its attributes.
    const NEED: &'static Need = &Need::Rule(Self::RULE);
    /// The number of the source with the organization id. If there is none, it is not used.
    const FROM: usize = 0;

    /// Whether the guard calls `org` to read the organization. Otherwise it calls `org_of`.
    const READS_SLOTS: bool = false;

    /// The organization that the first argument selects. rustc compiles a pattern for one argument faster than one for
    /// all slots.
    fn org_of(source: &S::First) -> OrgRef<'_> {
        let _ = source;
        OrgRef::UNNAMED
    }

    /// The organization that an argument selects. Only the source with the number `FROM` is filled. An attribute
    /// overrides it if its `from` reads another argument than `S::First`.
    fn org(slots: &S::Slots) -> OrgRef<'_> {
        S::org_of_first(slots, Self::org_of)
    }

    /// Evaluates `load` and `check` of each attribute, from top to bottom. All sources are filled.
    fn settle(slots: &mut S::Slots) -> impl Future<Output = Verdict> + Send {
        let _ = slots;
        std::future::ready(Verdict::ADMIT)
    }
}

/// The guard before the first argument of a handler. Only an admitted request has one.
pub struct Guard<P> {
    policy: PhantomData<P>,
}

/// The first argument of a guarded handler, with its guard. A tuple would do the same, but axum compiles the extractor
/// of a tuple again for each handler. The guard's parameters are inlined here, because rustc writes each name in this
/// type about a hundred times into the debug information of a handler.
#[derive(Debug)]
pub struct Guarded<P, T>(pub Guard<P>, pub T);

/// Like [`Guarded`], for the last argument, which may read the body.
#[derive(Debug)]
pub struct GuardedLast<P, T>(pub Guard<P>, pub T);

/// A guard, with the arguments that its attributes use.
pub struct GuardedWith<P, S>(pub Guard<P>, pub S);

/// Like [`GuardedWith`], for a handler without other arguments.
pub struct GuardedWithLast<P, S>(pub Guard<P>, pub S);

impl<P> fmt::Debug for Guard<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

/// Does not print the arguments, because their data belongs to the application.
impl<P, S> fmt::Debug for GuardedWith<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

/// Does not print the arguments, either.
impl<P, S> fmt::Debug for GuardedWithLast<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

impl<P> Guard<P> {
    /// For an admitted request.
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

/// Reads the organization.
enum OrgOf<S: Sources> {
    First(for<'a> fn(&'a S::First) -> OrgRef<'a>),
    Slots(for<'a> fn(&'a S::Slots) -> OrgRef<'a>),
}

type SettleOf<S> = for<'a> fn(&'a mut <S as Sources>::Slots) -> Waiting<'a, Verdict>;

/// A policy as a value. Code that uses this type instead of the policy's own type is compiled once for all handlers
/// with the same sources, and there are many handlers.
struct ErasedPolicy<S: Sources> {
    need: &'static Need,
    /// The parts of the need that every request would otherwise have to look up.
    combined: Combined,
    /// `None` if no argument selects the organization, so that no code is generated.
    org: Option<(usize, OrgOf<S>)>,
    /// `None` without a `load` and a `check`, for the same reason.
    settle: Option<SettleOf<S>>,
}

trait Erase<S: Sources + 'static>: Policy<S> {
    const ERASED: &'static ErasedPolicy<S> = {
        let combined = Combined::of(Self::NEED);
        &ErasedPolicy {
            need: Self::NEED,
            combined,
            // Only the function that is used is compiled.
            org: match combined.org {
                OrgSource::Argument { .. } if Self::READS_SLOTS => Some((Self::FROM, OrgOf::Slots(Self::org))),
                OrgSource::Argument { .. } => Some((Self::FROM, OrgOf::First(Self::org_of))),
                _ => None,
            },
            settle: if combined.settles { Some(settling::<Self, S>) } else { None },
        }
    };
}

/// A policy, with the parts that each request would otherwise have to search for.
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

impl<P: Policy<S>, S: Sources + 'static> Erase<S> for P {}

fn settling<P: Policy<S> + ?Sized, S: Sources + 'static>(slots: &mut S::Slots) -> Waiting<'_, Verdict> {
    Box::pin(P::settle(slots))
}

/// Authenticates, reads the organization, decides, loads and checks, in this order. So a response never reveals what
/// the caller may not know, and no `load` or `check` runs for a caller who is refused.
///
/// Returns the arguments that were extracted.
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
        let (verified, arrived) = match authenticate(parts, need, policy.combined.max_age_ms).await {
            Ok(authenticated) => authenticated,
            Err(reason) => return Err(refuse(reason, need, None, None, parts)),
        };
        let org = if let Some((number, org)) = &policy.org {
            if let Err(response) = S::fill(&mut slots, Wanted::One(*number), parts, state).await {
                return Err(refused_by_extractor(response, need, verified.as_ref(), parts));
            }
            match org {
                OrgOf::First(org_of) => S::org_of_first(&slots, *org_of),
                OrgOf::Slots(org) => org(&slots),
            }
        } else {
            match org::named(policy.combined.org, parts, verified.as_ref()) {
                Ok(org) => org,
                Err(reason) => return Err(refuse(reason, need, verified.as_ref(), None, parts)),
            }
        };
        match directory::known(verified, &org, &policy.combined, arrived) {
            Ok(verified) => enter(parts, need, &policy.combined, verified, &org)?,
            Err(verified) => {
                // A source may not be `Sync`, so none is borrowed during the wait for the directory.
                let org = org.into_owned();
                enter_by_directory(parts, need, &policy.combined, verified, org).await?;
            }
        }
    }
    if let Some(settle) = policy.settle {
        if let Err(response) = S::fill(&mut slots, Wanted::All, parts, state).await {
            return Err(refused_by_application(response, Responder::Extractor, DenialReason::Check, need, parts));
        }
        conclude(settle(&mut slots).await, need, parts)?;
    }
    // The needed slots are filled: the slot of `from` alone, or all slots.
    let arguments = S::take(slots).ok_or_else(|| refused_by_expression(DenialReason::Check, false, need, parts))?;
    note_admitted(parts, need, &policy.combined)?;
    Ok(arguments)
}

/// Reports to the layers around the guard, and to the audit, that the guard of a handler has admitted the request.
#[allow(clippy::result_large_err)]
fn note_admitted(parts: &Parts, need: &'static Need, combined: &Combined) -> Result<(), Response> {
    if !observe::is_noted(parts, combined.audits) {
        return Ok(());
    }
    match RequestContext::admitted(&parts.extensions) {
        Some(admitted) => note(parts, need, combined, admitted),
        None => Ok(()),
    }
}

/// Reports that a policy has admitted the request. The request is refused if the decision must be recorded but cannot
/// be.
#[allow(clippy::result_large_err)]
fn note(parts: &Parts, need: &'static Need, combined: &Combined, admitted: &Admitted) -> Result<(), Response> {
    let decision = || {
        let admission = match admitted {
            Admitted::Public => Admission::Public,
            Admitted::Anonymous => Admission::Anonymous,
            Admitted::User(user) => Admission::User(user.verified.clone(), user.member),
        };
        Decision::admitted(need, admission)
    };
    observe::note(parts, combined.audits, decision).map_err(|NotRecorded| {
        let user = match admitted {
            Admitted::User(user) => Some(user),
            Admitted::Public | Admitted::Anonymous => None,
        };
        let member = user.and_then(|user| user.verified.subject().member_at(user.member?));
        let org = member.map(crate::id::MemberRef::org_id);
        refuse(DenialReason::NotRecorded, need, user.map(|user| &user.verified), org, parts)
    })
}

/// Decides with answers for which the directory must be asked.
fn enter_by_directory<'a>(
    parts: &'a mut Parts,
    need: &'static Need,
    combined: &'static Combined,
    verified: Verified,
    org: OrgRef<'static>,
) -> Waiting<'a, Result<(), Response>> {
    Box::pin(async move {
        let asked = directory::ask(verified, &org, combined).await;
        let verified = asked.map_err(|unmet| unmet.refuse(need, parts))?;
        enter(parts, need, combined, Some(verified), &org)
    })
}

/// Decides, and stores the admitted user for the handler.
#[allow(clippy::result_large_err)] // like axum's rejections: a refusal is a response
fn enter(
    parts: &mut Parts,
    need: &'static Need,
    combined: &Combined,
    verified: Option<Verified>,
    org: &OrgRef<'_>,
) -> Result<(), Response> {
    let admitted = decide_for(need, combined, verified, org).map_err(|unmet| unmet.refuse(need, parts))?;
    RequestContext::admit(&mut parts.extensions, admitted);
    Ok(())
}

/// How a request is admitted, for the organization that it names, if any.
#[allow(clippy::result_large_err)] // a refusal is rare
fn decide_for(
    need: &'static Need,
    combined: &Combined,
    verified: Option<Verified>,
    org: &OrgRef<'_>,
) -> Result<Admitted, Unmet> {
    let now = verified.as_ref().filter(|_| combined.asks_time).map_or(0, Verified::now);
    match decide_in(need, verified.as_ref().map(Verified::subject), org, now) {
        Ok(member) => Ok(verified.map_or(Admitted::Anonymous, |verified| {
            Admitted::User(AdmittedUser { verified, member, hierarchy: combined.hierarchy })
        })),
        Err(reason) => Err(Unmet::new(reason, verified, org.id())),
    }
}

/// Decides for the organization that the request names, if any. Returns the position of the membership in it.
pub(crate) fn decide_in(
    need: &Need,
    user: Option<&Arc<Subject>>,
    org: &OrgRef<'_>,
    now: u64,
) -> Result<Option<usize>, DenialReason> {
    let position = org.id().and_then(|id| user?.position(id));
    let member = position.and_then(|position| user?.member_at(position));
    let selected = match (org, member) {
        (_, Some(member)) => Org::Member(member),
        (OrgRef(None), None) => Org::NotSelected,
        (OrgRef(Some(_)), None) => Org::NotMember,
    };
    decide(need, user.map(|user| &**user), selected, now)?;
    Ok(position)
}

#[allow(clippy::result_large_err)]
fn conclude(verdict: Verdict, need: &'static Need, parts: &Parts) -> Result<(), Response> {
    match verdict.0 {
        VerdictKind::Admit => Ok(()),
        VerdictKind::Deny { hidden } => Err(refused_by_expression(DenialReason::Check, hidden, need, parts)),
        VerdictKind::Nothing => Err(refused_by_expression(DenialReason::Load, true, need, parts)),
        VerdictKind::Respond(response) => {
            Err(refused_by_application(*response, Responder::Check, DenialReason::Check, need, parts))
        }
        VerdictKind::Fail(response) => {
            Err(refused_by_application(*response, Responder::Load, DenialReason::Load, need, parts))
        }
    }
}
