//! Gives an expression of an attribute a value that an argument binds: a clone if the type is `Clone`, otherwise
//! `&mut`.
//!
//! So an expression can use the value by its name, and the handler still gets the extracted value.

use std::cell::Cell;
use std::fmt;

/// A value that is lent to an expression. Both traits have the same method. rustc takes the first one that applies, and
/// [`Own`] is one reference closer.
pub struct Pick<'a, T>(Cell<Option<&'a mut T>>);

impl<T> fmt::Debug for Pick<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pick")
    }
}

impl<'a, T> Pick<'a, T> {
    /// Lends it once.
    pub fn new(value: &'a mut T) -> Self {
        Self(Cell::new(Some(value)))
    }

    /// Called once: generated code picks in the statement that creates the `Pick`.
    #[allow(clippy::unreachable)]
    fn lent(&self) -> &'a mut T {
        match self.0.take() {
            Some(value) => value,
            None => unreachable!("picked once"),
        }
    }
}

/// A clone.
pub trait Own {
    /// The type for the expression.
    type Picked;
    /// The clone.
    fn __auth_pick(&self) -> Self::Picked;
}

impl<T: Clone> Own for &Pick<'_, T> {
    type Picked = T;

    fn __auth_pick(&self) -> T {
        self.lent().clone()
    }
}

/// A reference.
pub trait Lend {
    /// The type for the expression.
    type Picked;
    /// The reference.
    fn __auth_pick(&self) -> Self::Picked;
}

impl<'a, T> Lend for Pick<'a, T> {
    type Picked = &'a mut T;

    fn __auth_pick(&self) -> &'a mut T {
        self.lent()
    }
}

#[cfg(test)]
mod tests {
    use super::{Lend as _, Own as _, Pick};

    #[test]
    #[allow(clippy::needless_borrow)] // the references select the implementation
    fn values_that_cannot_be_cloned_are_lent() {
        struct Counter(u32);
        let (mut text, mut counter) = ("a".to_owned(), Counter(1));
        let own: String = (&&Pick::new(&mut text)).__auth_pick();
        let lent: &mut Counter = (&&Pick::new(&mut counter)).__auth_pick();
        lent.0 += 1;
        assert_eq!((own + "b", text.as_str(), counter.0), ("ab".to_owned(), "a", 2));
    }
}
