//! Checks at compile time whether the value of a const is a name that `auth.toml` declares.
//!
//! `tests/it/vocabulary.rs` compiles this file outside the crate, so it must not use other modules.

/// The kind of a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NameKind {
    /// A role compared with `==`.
    Role,
    /// A role compared with `>=`.
    OrderedRole,
    /// A permission.
    Permission,
    /// An OAuth scope.
    Scope,
}

/// Fails to compile if the name is not declared.
// `assert!` would also print its condition.
#[allow(clippy::manual_assert, clippy::panic)]
pub const fn declared(kind: NameKind, name: &str, declared: &[&str]) {
    let mut rest = declared;
    while let [first, others @ ..] = rest {
        if equal(first.as_bytes(), name.as_bytes()) {
            return;
        }
        rest = others;
    }
    match kind {
        NameKind::Role => {
            panic!("the value of this const is not a role in `auth.toml`: use a declared role, or add it")
        }
        NameKind::OrderedRole => {
            panic!("the value of this const is not in the role hierarchy of `auth.toml`: add it, or compare with `==`")
        }
        NameKind::Permission => {
            panic!("the value of this const is not a permission in `auth.toml`: use a declared permission, or add it")
        }
        NameKind::Scope => {
            panic!("the value of this const is not a scope in `auth.toml`: use a declared scope, or add it")
        }
    }
}

/// `==` for strings, which const code does not have.
const fn equal(a: &[u8], b: &[u8]) -> bool {
    let (mut a, mut b) = (a, b);
    while let ([x, after_x @ ..], [y, after_y @ ..]) = (a, b) {
        if *x != *y {
            return false;
        }
        (a, b) = (after_x, after_y);
    }
    a.is_empty() && b.is_empty()
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::{NameKind, declared, equal};

    #[test]
    fn names_are_equal_byte_by_byte() {
        for (a, b, expected) in
            [("", "", true), ("a", "", false), ("", "a", false), ("ab", "ab", true), ("ab", "aB", false)]
        {
            assert_eq!(equal(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
        }
    }

    #[test]
    fn a_name_is_one_of_those_declared() {
        for kind in [NameKind::Role, NameKind::OrderedRole, NameKind::Permission, NameKind::Scope] {
            for (name, expected) in [("a", true), ("b", true), ("c", false), ("", false), ("ab", false)] {
                assert_eq!(catch_unwind(|| declared(kind, name, &["a", "b"])).is_ok(), expected, "{kind:?} {name}");
            }
        }
    }
}
