//! What `from`, `load` and `check` read from a handler's arguments. A router asks once, when it is built.
//!
//! Only the type shows what an argument is, because an import may give it any name. There are two methods with the same
//! name. If the type implements [`Tells`], rustc takes the one of [`Source`], otherwise the one behind its `Deref`. Neither
//! needs an import, which would cost every handler compile time.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

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

/// An argument that is known by its type.
pub trait Tells {
    /// What the argument is.
    fn tell() -> Argument;
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
    /// Adds a key of an attribute, and the names that it reads.
    pub fn add(&mut self, attribute: Attribute, key: Key, names: &[(&'static str, Argument, Part)]) {
        let names = names.iter().map(|&(name, argument, part)| Read { name, argument, part }).collect();
        self.0.push(Reading { attribute, key, names });
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

impl<T: Tells> Source<T> {
    /// What the argument is.
    pub fn __auth_tell(self) -> Argument {
        T::tell()
    }
}

impl<T> Deref for Source<T> {
    type Target = Untold;

    fn deref(&self) -> &Untold {
        &Untold
    }
}

/// The type of an argument that is anything.
#[derive(Debug)]
pub struct Untold;

impl Untold {
    /// What the argument is.
    #[allow(clippy::unused_self)] // A method, so that rustc finds it behind the `Deref`.
    pub const fn __auth_tell(&self) -> Argument {
        Argument::Other
    }
}

impl<T> fmt::Debug for Source<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}

impl<T: DeserializeOwned> Tells for Path<T> {
    fn tell() -> Argument {
        Argument::Path(Shape::of::<T>())
    }
}

impl<T> Tells for Loaded<T> {
    fn tell() -> Argument {
        Argument::Loaded
    }
}

impl<T: ReadsPath> Tells for T {
    fn tell() -> Argument {
        Argument::Params(T::PARAMS)
    }
}
