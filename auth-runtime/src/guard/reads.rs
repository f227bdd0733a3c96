//! What `from`, `load` and `check` read from a handler's arguments. A router asks once, when it is built.
//!
//! Only the type shows what an argument is, because an import may give it any name. There are two constants with the
//! same name: of [`Source`], for types that implement [`Tells`], and of [`Untold`], for all types. They are constants so
//! that they can be part of a rule: a function for each handler would cost compile time.

use std::fmt;
use std::marker::PhantomData;

use axum::extract::Path;
use serde::de::DeserializeOwned;

use super::loaded::Loaded;
use crate::policy::{Argument, Attribute, Need, OTHER, OrgSource, Read, Rule, Shape, Tell};

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

/// The key that reads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Key {
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
pub(crate) struct Reads(Vec<Reading>);

/// What one `from`, `load` or `check` reads.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) attribute: Attribute,
    pub(crate) key: Key,
    pub(crate) names: Vec<Read>,
}

impl Reads {
    /// What the attributes of a handler read.
    pub(crate) fn of(need: &Need) -> Self {
        let mut reads = Self::default();
        need.find(&mut |rule| {
            reads.add(rule);
            None::<()>
        });
        reads
    }

    fn add(&mut self, rule: &Rule) {
        let mut add = |key, names| self.0.push(Reading { attribute: rule.attribute, key, names });
        if let OrgSource::Argument { name, argument, part, .. } = rule.org {
            // `ids.org` reads the field of `ids`.
            let name = name.split_once('.').map_or(name, |(root, _)| root);
            add(Key::From, vec![Read { name, argument, part }]);
        }
        for (key, expression) in [(Key::Load, rule.settings.load), (Key::Check, rule.settings.check)] {
            if let Some(expression) = expression {
                add(key, expression.reads.to_vec());
            }
        }
    }

    pub(crate) fn each(&self) -> &[Reading] {
        &self.0
    }
}

/// The type of an argument.
pub struct Source<T>(PhantomData<fn() -> T>);

impl<T: Tells> Source<T> {
    /// What the argument is.
    pub const __AUTH_TELL: Tell = T::tell;
}

/// What an argument of any other type is. If the type implements `Tells`, rustc prefers the constant of [`Source`]
/// itself.
pub trait Untold {
    /// What the argument is.
    const __AUTH_TELL: Tell = OTHER;
}

impl<T> Untold for Source<T> {}

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

/// The fields of a query or a body of this type.
pub struct FieldsOf<T>(PhantomData<fn() -> T>);

impl<T: DeserializeOwned> Tells for FieldsOf<T> {
    fn tell() -> Argument {
        match Shape::of::<T>() {
            Shape::Fields(names) => Argument::Fields(names),
            _ => Argument::Other,
        }
    }
}

impl<T> fmt::Debug for FieldsOf<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FieldsOf")
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
