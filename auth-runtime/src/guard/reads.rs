//! What `from`, `load` and `check` read from a handler's arguments. A router asks once, when it is built.
//!
//! Only the type shows what an argument is, because an import may give it any name. There are four methods, each one
//! reference further away, and rustc takes the first one that applies to the type.

use std::fmt;
use std::marker::PhantomData;

use axum::extract::Path;
use serde::de::DeserializeOwned;

use super::loaded::Loaded;
use super::shape::Shape;
use crate::policy::Attribute;

/// An extractor of your own that reads parameters of the path.
///
/// A router that [accounts for parameters](crate::GuardedRouter::account_for_parameters) knows what axum's `Path`
/// reads. It assumes that any other extractor reads no parameter, unless the extractor implements this trait. If
/// `from`, `load` or `check` uses it, these parameters count as read.
///
/// ```
/// use auth_runtime::ReadsPath;
///
/// struct Tenant(String);
///
/// impl ReadsPath for Tenant {
///     const PARAMS: &'static [&'static str] = &["org_id"];
/// }
/// ```
pub trait ReadsPath {
    /// The names of the parameters.
    const PARAMS: &'static [&'static str];
}

/// An argument that contains the caller.
pub trait TellsCaller {
    /// What it contains.
    const WHO: Who;
}

/// What an argument contains about the caller.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Who {
    /// The user.
    User,
    /// The user as a member of the organization that the guard selected.
    Member,
}

/// What an argument is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Argument {
    /// Neither a part of the path nor the caller.
    Other,
    /// The caller.
    Caller(Who),
    /// axum's `Path`, of a type of this form.
    Path(Shape),
    /// Parameters by name.
    Params(&'static [&'static str]),
    /// The query, with the names of the fields that serde knows.
    Query(&'static [&'static str]),
    /// The value of the `load`.
    Loaded,
}

impl Argument {
    /// The names of the fields, if serde knows them.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Path(Shape::Fields(names)) => names,
            _ => &[],
        }
    }
}

/// Which part of an argument is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// All of it.
    All,
    /// An item of a tuple, from 0.
    Item(usize),
    /// An item of a tuple, from its end.
    ItemFromEnd(usize),
    /// A field.
    Field(&'static str),
}

/// The key that reads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Key {
    /// `from`
    From,
    /// `load`
    Load,
    /// `check`
    Check,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::From => "from",
            Self::Load => "load",
            Self::Check => "check",
        })
    }
}

/// What the attributes of a handler read, from top to bottom.
#[derive(Clone, Debug, Default)]
pub struct Reads(Vec<Reading>);

/// What one `from`, `load` or `check` reads.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) attribute: Attribute,
    pub(crate) key: Key,
    pub(crate) names: Vec<Read>,
}

/// A name that is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Read {
    pub(crate) name: &'static str,
    pub(crate) argument: Argument,
    pub(crate) part: Part,
}

impl Reads {
    /// Starts a key of an attribute.
    pub fn begin(&mut self, attribute: Attribute, key: Key) {
        self.0.push(Reading { attribute, key, names: Vec::new() });
    }

    /// Adds a name that the key reads.
    pub fn read(&mut self, name: &'static str, argument: Argument, part: Part) {
        if let Some(reading) = self.0.last_mut() {
            reading.names.push(Read { name, argument, part });
        }
    }

    pub(crate) fn each(&self) -> &[Reading] {
        &self.0
    }
}

/// The type of an argument.
pub struct Source<T>(PhantomData<fn() -> T>);

impl<T> Source<T> {
    /// The type.
    pub const NEW: Self = Self(PhantomData);
}

impl<T> fmt::Debug for Source<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}

macro_rules! tells {
    ($($tells:ident: $what:literal;)*) => {$(
        #[doc = $what]
        pub trait $tells {
            /// What the argument is.
            fn __auth_tell(&self) -> Argument;
        }
    )*};
}

tells! {
    TellsWho: "The argument contains the caller.";
    TellsShape: "The argument is axum's `Path`, or a `Loaded`.";
    TellsParams: "The argument reads parameters by name.";
    TellsNothing: "The argument is anything.";
}

impl<T: TellsCaller> TellsWho for &&&Source<T> {
    fn __auth_tell(&self) -> Argument {
        Argument::Caller(T::WHO)
    }
}

impl<T: TellsCaller> TellsWho for &&&Source<Option<T>> {
    fn __auth_tell(&self) -> Argument {
        Argument::Caller(T::WHO)
    }
}

impl<T: DeserializeOwned> TellsShape for &&Source<Path<T>> {
    fn __auth_tell(&self) -> Argument {
        Argument::Path(Shape::of::<T>())
    }
}

impl<T> TellsShape for &&Source<Loaded<T>> {
    fn __auth_tell(&self) -> Argument {
        Argument::Loaded
    }
}

impl<T: ReadsPath> TellsParams for &Source<T> {
    fn __auth_tell(&self) -> Argument {
        Argument::Params(T::PARAMS)
    }
}

impl<T> TellsNothing for Source<T> {
    fn __auth_tell(&self) -> Argument {
        Argument::Other
    }
}
