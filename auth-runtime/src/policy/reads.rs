//! What the keys of an attribute read from the handler's arguments, as data.
//!
//! It must not use other modules: see `need.rs`.

/// A name that a key of an attribute reads.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    /// The name that the argument's pattern binds.
    pub name: &'static str,
    /// Tells what the argument is.
    pub argument: Tell,
    /// The part of the argument that is read.
    pub part: Part,
}

/// Tells what an argument is. Only the table of a router calls it.
pub(crate) type Tell = fn() -> Argument;

/// Nothing is known about an argument.
pub(crate) const OTHER: Tell = || Argument::Other;

/// What an argument is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Argument {
    /// Anything else.
    Other,
    /// The caller.
    Caller(Who),
    /// axum's `Path`, of a type of this form.
    Path(Shape),
    /// Parameters by name.
    Params(&'static [&'static str]),
    /// The query or the body, with the names of the fields that serde knows.
    Fields(&'static [&'static str]),
    /// The value of the `load`.
    Loaded,
}

impl Argument {
    /// The names of the fields, if serde knows them.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Fields(names) => names,
            _ => &[],
        }
    }
}

/// What an argument contains about the caller.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Who {
    /// The user.
    User,
    /// The user as a member of the organization that the guard selected.
    Member,
}

/// The form of a type that is extracted from the parameters of a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Shape {
    /// The only parameter.
    One,
    /// This many, by position.
    Tuple(usize),
    /// By name: the names that serde knows.
    Fields(&'static [&'static str]),
    /// All of them.
    Any,
    /// Unknown.
    Unknown,
}

/// Which part of an argument is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// All of it.
    All,
    /// An item of a tuple, from 0.
    Item(usize),
    /// An item of a tuple, from its end, from 0.
    ItemFromEnd(usize),
    /// A field, or a field of it: `user.org`.
    Field(&'static str),
    /// Some part.
    Unknown,
}
