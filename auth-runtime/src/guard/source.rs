//! The parts of a guard other than the handler's own arguments.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use http::request::Parts;

/// A type under another name. A macro below an attribute may look for axum's extractors in the types of the arguments.
/// With this name, it does not find those inside the guard.
pub trait Hidden {
    /// The type itself.
    type Guard;
}

impl<T> Hidden for T {
    type Guard = T;
}

/// A placeholder for an extractor of axum that the guard contains, for a macro below that reads its type:
/// `utoipa::path` documents the parameters of a `Path` and a `Query`, `debug_handler` takes the state from `State`.
/// Nothing is extracted.
pub mod shown {
    use std::convert::Infallible;
    use std::fmt;
    use std::marker::PhantomData;

    use axum::extract::FromRequestParts;
    use http::request::Parts;

    macro_rules! shown {
        ($($name:ident)*) => {$(
            /// Nothing is extracted.
            pub struct $name<T>(PhantomData<fn() -> T>);

            impl<T> fmt::Debug for $name<T> {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("in the guard")
                }
            }

            impl<S: Send + Sync, T> FromRequestParts<S> for $name<T> {
                type Rejection = Infallible;

                async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
                    Ok(Self(PhantomData))
                }
            }
        )*};
    }

    shown!(Path Query State);

    /// Nothing is extracted. It keeps the number of arguments for a macro that has generated a call.
    #[derive(Debug)]
    pub struct Nothing(());

    impl<S: Send + Sync> FromRequestParts<S> for Nothing {
        type Rejection = Infallible;

        async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
            Ok(Self(()))
        }
    }
}

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
