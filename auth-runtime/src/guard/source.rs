//! The values that a guard extracts for itself, in addition to those of its handler.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

use axum::extract::{Extension, FromRequestParts, Path, Query, State};
use http::HeaderMap;
use http::request::Parts;

use crate::policy::{OrgSource, Rule};

/// An extractor that returns the same value each time it runs on one request.
///
/// `from = <argument>` extracts the argument twice: for the guard and for the handler. The organization that was
/// checked is the one that is used only if both values are equal. You can implement it for your own extractor if that
/// only reads the request's parts and changes nothing:
///
/// ```
/// struct Tenant(String);
/// impl auth_runtime::Repeatable for Tenant {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Repeatable`: it might return a different value the second time, so it cannot select an organization",
    label = "not known to return the same value twice",
    note = "take the organization id from a `Path`, `Query`, `HeaderMap`, `Extension` or `State`; for your own extractor that only reads the request's parts, write `impl auth_runtime::Repeatable for {Self} {{}}`"
)]
pub trait Repeatable {}

impl Repeatable for () {}
impl<T> Repeatable for Path<T> {}
impl<T> Repeatable for Query<T> {}
impl Repeatable for HeaderMap {}
impl<T> Repeatable for Extension<T> {}
impl<T> Repeatable for State<T> {}
impl<T: Repeatable> Repeatable for Option<T> {}

macro_rules! repeatable_tuples {
    ($($first:ident $($rest:ident)*)?) => {$(
        impl<$first: Repeatable, $($rest: Repeatable),*> Repeatable for ($first, $($rest,)*) {}
        repeatable_tuples!($($rest)*);
    )?};
}

repeatable_tuples!(A B C D E F G H I J K L M N O P);

/// Fails to compile if the attribute was written with sources but the guard has none.
#[allow(clippy::panic)]
pub(super) const fn none(rule: &Rule) {
    assert!(
        !matches!(rule.org, OrgSource::Argument { .. }),
        "another macro removed the argument that `from` reads: put the attribute below that macro"
    );
    assert!(
        rule.check.is_none(),
        "another macro removed the arguments that `check` reads: put the attribute below that macro"
    );
}

/// No source. The type has a short name, because debug information contains it dozens of times for each handler.
pub type NoSource = ();

/// No source, for a guard without a paired argument. The name is meant for two errors of rustc: a test calls the
/// handler directly, or an attribute above, like `debug_handler`, calls it with its original arguments. Both calls lack
/// this argument.
#[derive(Clone, Copy, Debug)]
pub struct OnlyRoutersCallThisSoDebugHandlerGoesBelow(());

impl<S: Send + Sync> FromRequestParts<S> for OnlyRoutersCallThisSoDebugHandlerGoesBelow {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(()))
    }
}

/// No source. It has the generic parameters of a handler that no extractor uses.
pub struct PhantomParams<T: ?Sized>(PhantomData<fn() -> T>);

impl<T: ?Sized> fmt::Debug for PhantomParams<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PhantomParams")
    }
}

impl<S: Send + Sync, T: ?Sized> FromRequestParts<S> for PhantomParams<T> {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::{OrgSource, Rule, none};
    use crate::policy::Check;

    #[test]
    fn a_guard_has_the_sources_that_its_attribute_was_written_with() {
        for (rule, sound) in [
            (Rule::BASE, true),
            (Rule { org: OrgSource::Path("org"), ..Rule::BASE }, true),
            (Rule { org: OrgSource::Active, ..Rule::BASE }, true),
            (Rule { org: OrgSource::Argument { name: "org_id", binding: "org_id: String" }, ..Rule::BASE }, false),
            (Rule { check: Some(Check { expression: "true", bindings: "" }), ..Rule::BASE }, false),
        ] {
            assert_eq!(catch_unwind(|| none(&rule)).is_ok(), sound, "{rule:?}");
        }
    }
}
