//! The handler's arguments that its guard extracts: each is extracted once into a slot, and moves from there into the
//! handler.
//!
//! Slots are filled in two steps: the source of `from` before the decision, and the others after it. So no extractor
//! reads a database for a caller who is refused.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;

use super::loaded::Loaded;
use super::org::OrgRef;

/// The arguments in a guard: a tuple of those that the first attribute uses, [`More`] for those that another attribute
/// adds, and [`Load`] if that attribute has a `load`.
pub trait Sources: Sized {
    /// A slot for each argument.
    type Slots;
    /// The first of the arguments that the last attribute adds. Usually `from` reads it.
    type First;
    /// The number of extracted arguments.
    const COUNT: usize;

    /// Empty slots.
    fn empty() -> Self::Slots;

    /// The organization that the argument [`Self::First`] selects.
    fn org_of_first(slots: &Self::Slots, org_of: fn(&Self::First) -> OrgRef<'_>) -> OrgRef<'_>;

    /// The values in the slots; `None` if a slot is empty.
    fn take(slots: Self::Slots) -> Option<Self>;
}

/// Sources that can be extracted with this state of the router.
pub trait Extract<S>: Sources {
    /// Fills the selected slots that are empty, in order.
    fn fill(
        slots: &mut Self::Slots,
        wanted: Wanted,
        parts: &mut Parts,
        state: &S,
    ) -> impl Future<Output = Result<(), Response>> + Send;
}

/// Sources that begin with those of another attribute.
pub trait Extends: Sources {
    /// The sources of the attributes above.
    type Above: Sources;

    /// The slots of the attributes above.
    fn above(slots: &Self::Slots) -> &<Self::Above as Sources>::Slots;

    /// The slots of the attributes above, to lend their values.
    fn above_mut(slots: &mut Self::Slots) -> &mut <Self::Above as Sources>::Slots;
}

/// The slots to fill.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// The slot with this number, counted from 0 over all sources.
    One(usize),
    All,
}

impl Wanted {
    /// The part of the selection in the first slots, up to this number.
    fn of_first(self, count: usize) -> Option<Self> {
        match self {
            Self::One(number) if number >= count => None,
            wanted => Some(wanted),
        }
    }

    /// The part of the selection after the first slots, from this number.
    fn after_first(self, count: usize) -> Option<Self> {
        match self {
            Self::One(number) => number.checked_sub(count).map(Self::One),
            Self::All => Some(Self::All),
        }
    }

    fn includes(self, index: usize) -> bool {
        match self {
            Self::One(number) => number == index,
            Self::All => true,
        }
    }
}

/// The sources of the attributes above, and those that an attribute adds.
#[derive(Debug)]
pub struct More<A, N>(pub A, pub N);

/// Like [`More`], for an attribute with a `load`. `L` is the [`Loaded`] value.
#[derive(Debug)]
pub struct Load<A, N, L>(pub A, pub N, pub L);

impl<A: Sources, N: Sources> Sources for More<A, N> {
    type Slots = (A::Slots, N::Slots);
    type First = N::First;
    const COUNT: usize = A::COUNT + N::COUNT;

    fn empty() -> Self::Slots {
        (A::empty(), N::empty())
    }

    fn org_of_first(slots: &Self::Slots, org_of: fn(&N::First) -> OrgRef<'_>) -> OrgRef<'_> {
        N::org_of_first(&slots.1, org_of)
    }

    fn take(slots: Self::Slots) -> Option<Self> {
        Some(Self(A::take(slots.0)?, N::take(slots.1)?))
    }
}

impl<A: Sources, N: Sources> Extends for More<A, N> {
    type Above = A;

    fn above(slots: &Self::Slots) -> &A::Slots {
        &slots.0
    }

    fn above_mut(slots: &mut Self::Slots) -> &mut A::Slots {
        &mut slots.0
    }
}

impl<S, A, N> Extract<S> for More<A, N>
where
    S: Sync,
    A: Extract<S>,
    N: Extract<S>,
    A::Slots: Send,
    N::Slots: Send,
{
    async fn fill(slots: &mut Self::Slots, wanted: Wanted, parts: &mut Parts, state: &S) -> Result<(), Response> {
        fill_both::<S, A, N>(&mut slots.0, &mut slots.1, wanted, parts, state).await
    }
}

impl<A: Sources, N: Sources, T> Sources for Load<A, N, Loaded<T>> {
    type Slots = (A::Slots, N::Slots, Option<Loaded<T>>);
    type First = N::First;
    const COUNT: usize = A::COUNT + N::COUNT;

    fn empty() -> Self::Slots {
        (A::empty(), N::empty(), None)
    }

    fn org_of_first(slots: &Self::Slots, org_of: fn(&N::First) -> OrgRef<'_>) -> OrgRef<'_> {
        N::org_of_first(&slots.1, org_of)
    }

    fn take(slots: Self::Slots) -> Option<Self> {
        Some(Self(A::take(slots.0)?, N::take(slots.1)?, slots.2?))
    }
}

impl<A: Sources, N: Sources, T> Extends for Load<A, N, Loaded<T>> {
    type Above = A;

    fn above(slots: &Self::Slots) -> &A::Slots {
        &slots.0
    }

    fn above_mut(slots: &mut Self::Slots) -> &mut A::Slots {
        &mut slots.0
    }
}

impl<S, A, N, T> Extract<S> for Load<A, N, Loaded<T>>
where
    S: Sync,
    A: Extract<S>,
    N: Extract<S>,
    A::Slots: Send,
    N::Slots: Send,
    T: Send,
{
    async fn fill(slots: &mut Self::Slots, wanted: Wanted, parts: &mut Parts, state: &S) -> Result<(), Response> {
        fill_both::<S, A, N>(&mut slots.0, &mut slots.1, wanted, parts, state).await
    }
}

async fn fill_both<S, A, N>(
    above: &mut A::Slots,
    new: &mut N::Slots,
    wanted: Wanted,
    parts: &mut Parts,
    state: &S,
) -> Result<(), Response>
where
    S: Sync,
    A: Extract<S>,
    N: Extract<S>,
    A::Slots: Send,
    N::Slots: Send,
{
    if let Some(wanted) = wanted.of_first(A::COUNT) {
        A::fill(above, wanted, parts, state).await?;
    }
    if let Some(wanted) = wanted.after_first(A::COUNT) {
        N::fill(new, wanted, parts, state).await?;
    }
    Ok(())
}

macro_rules! first {
    () => {
        ()
    };
    ($first:ident $($rest:ident)*) => {
        $first
    };
}

macro_rules! first_slot {
    ($slots:ident) => {{
        let () = $slots;
        None::<&()>
    }};
    ($slots:ident $first:ident $($rest:ident)*) => {
        $slots.0.as_ref()
    };
}

macro_rules! tuple {
    ($($name:ident $index:tt),*) => {
        impl<$($name),*> Sources for ($($name,)*) {
            type Slots = ($(Option<$name>,)*);
            type First = first!($($name)*);
            const COUNT: usize = { let numbers: &[usize] = &[$($index),*]; numbers.len() };

            #[allow(clippy::unused_unit)]
            fn empty() -> Self::Slots {
                ($(None::<$name>,)*)
            }

            fn org_of_first(slots: &Self::Slots, org_of: fn(&Self::First) -> OrgRef<'_>) -> OrgRef<'_> {
                first_slot!(slots $($name)*).map_or(OrgRef::UNNAMED, org_of)
            }

            fn take(slots: Self::Slots) -> Option<Self> {
                let _ = &slots;
                Some(($(slots.$index?,)*))
            }
        }

        #[allow(unused_variables)]
        impl<S, $($name),*> Extract<S> for ($($name,)*)
        where
            S: Sync,
            $($name: FromRequestParts<S> + Send,)*
        {
            async fn fill(
                slots: &mut Self::Slots,
                wanted: Wanted,
                parts: &mut Parts,
                state: &S,
            ) -> Result<(), Response> {
                $(if slots.$index.is_none() && wanted.includes($index) {
                    match $name::from_request_parts(parts, state).await {
                        Ok(source) => slots.$index = Some(source),
                        Err(rejection) => return Err(rejection.into_response()),
                    }
                })*
                Ok(())
            }
        }
    };
}

/// Implements it for as many arguments as axum supports.
macro_rules! each_arity {
    ($($done:ident $at:tt),*; $next:ident $index:tt $(, $more:ident $more_index:tt)*) => {
        tuple!($($done $at),*);
        each_arity!($($done $at,)* $next $index; $($more $more_index),*);
    };
    ($($done:ident $at:tt),*;) => {
        tuple!($($done $at),*);
    };
}

each_arity!(; A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15, Q 16);

#[cfg(test)]
mod tests {
    use super::{Load, Loaded, More, OrgRef, Sources, Wanted};
    use crate::guard::select;

    #[test]
    fn slots_are_taken_only_when_all_are_filled() {
        type All = Load<More<(u8, u16), (u32,)>, (), Loaded<u64>>;
        assert_eq!(All::COUNT, 3);
        let mut slots = All::empty();
        assert!(All::take(slots).is_none());
        slots = (((Some(1), Some(2)), (Some(3),)), (), None);
        assert!(All::take(slots).is_none(), "without the loaded value");
        slots.2 = Some(Loaded(4));
        let Some(Load(More((1, 2), (3,)), (), Loaded(4))) = All::take(slots) else { unreachable!("all are there") };
    }

    #[test]
    fn the_first_argument_of_the_last_attribute_can_select_the_organization() {
        type Last = More<(u8,), (&'static str, u16)>;
        type WithLoaded = Load<(u8,), (&'static str, u16), Loaded<u64>>;
        for (slot, id) in [(Some("acme"), "acme"), (None, "")] {
            let slots = ((Some(1),), (slot, Some(2)));
            assert_eq!(Last::org_of_first(&slots, |id| select(*id)).id(), Some(id));
            let slots = (slots.0, slots.1, None);
            assert_eq!(WithLoaded::org_of_first(&slots, |id| select(*id)).id(), Some(id));
        }
        assert_eq!(<()>::org_of_first(&(), |()| OrgRef::NONE).id(), Some(""), "an organization without members");
    }

    #[test]
    fn sources_are_numbered_over_all_groups() {
        for (number, first, rest) in [(0, Some(0), None), (1, Some(1), None), (2, None, Some(0)), (4, None, Some(2))] {
            let wanted = Wanted::One(number);
            let one = |wanted| match wanted {
                Some(Wanted::One(number)) => Some(number),
                _ => None,
            };
            assert_eq!((one(wanted.of_first(2)), one(wanted.after_first(2))), (first, rest), "{number}");
            assert!(wanted.includes(number) && !wanted.includes(number + 1) && Wanted::All.includes(number));
        }
    }
}
