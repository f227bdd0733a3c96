//! Several policies on one handler: all must admit the request.

use std::fmt;
use std::marker::PhantomData;

use super::Policy;
use super::org::OrgRef;
use super::sources::{Extends, Sources};
use super::verdict::Verdict;
use crate::policy::{Combined, Need, OrgSource};

/// Two policies with the same sources.
pub struct And<A, B> {
    both: PhantomData<(A, B)>,
}

/// Two policies, of which the second has more sources than the first.
pub struct Then<A, B> {
    both: PhantomData<(A, B)>,
}

/// A policy without sources, together with one that has sources.
pub struct Plain<P> {
    policy: PhantomData<P>,
}

/// The policy of an attribute that could not be parsed.
#[derive(Debug)]
pub struct DenyAll(());

impl<A, B> fmt::Debug for And<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("And")
    }
}

impl<A, B> fmt::Debug for Then<A, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Then")
    }
}

impl<P> fmt::Debug for Plain<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plain")
    }
}

impl Policy<()> for DenyAll {
    const NEED: &'static Need = &Need::DenyAll;
}

impl<P: Policy<()>, S: Sources> Policy<S> for Plain<P> {
    const NEED: &'static Need = P::NEED;
}

impl<A, B, S> Policy<S> for And<A, B>
where
    A: Policy<S>,
    B: Policy<S>,
    S: Sources,
    S::Slots: Send,
{
    const NEED: &'static Need = &Need::All(&[A::NEED, B::NEED]);
    const FROM: usize = if names_org(A::NEED) { A::FROM } else { B::FROM };
    const READS_SLOTS: bool = if names_org(A::NEED) { A::READS_SLOTS } else { B::READS_SLOTS };

    fn org_of(source: &S::First) -> OrgRef<'_> {
        if const { names_org(A::NEED) } { A::org_of(source) } else { B::org_of(source) }
    }

    fn org(slots: &S::Slots) -> OrgRef<'_> {
        if const { names_org(A::NEED) } { A::org(slots) } else { B::org(slots) }
    }

    async fn settle(slots: &mut S::Slots) -> Verdict {
        let verdict = A::settle(slots).await;
        if verdict.admits() { B::settle(slots).await } else { verdict }
    }
}

impl<A, B, S> Policy<S> for Then<A, B>
where
    A: Policy<S::Above>,
    B: Policy<S>,
    S: Extends + 'static,
    S::Slots: Send,
{
    const NEED: &'static Need = &Need::All(&[A::NEED, B::NEED]);
    const FROM: usize = if names_org(A::NEED) { A::FROM } else { B::FROM };
    // The first argument of the policy above is not `S::First`, so `org` must read the slots.
    const READS_SLOTS: bool = names_org(A::NEED) || B::READS_SLOTS;

    fn org_of(source: &S::First) -> OrgRef<'_> {
        B::org_of(source)
    }

    fn org(slots: &S::Slots) -> OrgRef<'_> {
        if const { names_org(A::NEED) } { A::org(S::above(slots)) } else { B::org(slots) }
    }

    async fn settle(slots: &mut S::Slots) -> Verdict {
        let verdict = A::settle(S::above_mut(slots)).await;
        if verdict.admits() { B::settle(slots).await } else { verdict }
    }
}

/// Whether an argument has the organization id.
const fn names_org(need: &Need) -> bool {
    matches!(Combined::of(need).org, OrgSource::Argument { .. })
}
