//! The information about the attributes above on the same handler.
//!
//! Attributes expand one by one, from the top, and may be imported under any name. An attribute only sees the guard
//! that the attributes above have left in the handler's arguments. The type of this guard contains the names of their
//! policies. So each name encodes the kind of its attribute:
//!
//! ```text
//! __auth_<n>[p][o][s]_<handler>
//!
//! n   the number of the attribute on its handler, from 1: the policies of one handler need different names
//! p   `public`
//! o   `optional_user`; neither p nor o: one of the `require_*`
//! s   it selects an organization
//! ```
//!
//! `__auth_2s_billing` is the second attribute on `billing`, and has `from`. An attribute with an error generates
//! `DenyAll`. Each policy could instead have a const that the next attribute evaluates. But with two attributes, rustc
//! then took a quarter longer.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;

use crate::attribute::Attribute;

/// The beginning of each name.
const PREFIX: &str = "__auth_";
/// The policy of an attribute with an error.
const DENIES: &str = "DenyAll";

/// What is known about one or more attributes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Stacked {
    /// The number of attributes.
    pub(crate) count: usize,
    pub(crate) public: bool,
    pub(crate) optional: bool,
    pub(crate) required: bool,
    /// One of them selects an organization.
    pub(crate) selects: bool,
    /// One of them has an error, so its kind is unknown.
    pub(crate) unknown: bool,
}

impl Stacked {
    /// The information about one attribute. If it has an error, only that is known.
    pub(crate) fn of_attribute(attribute: Attribute, selects: bool, has_error: bool) -> Self {
        Self {
            count: 1,
            public: attribute == Attribute::Public,
            optional: attribute == Attribute::OptionalUser,
            required: attribute.requires(),
            selects,
            unknown: has_error,
        }
    }

    /// Reads the names in the policy of a guard: one policy, or several joined by the runtime's `And`.
    pub(crate) fn of(policy: &TokenStream) -> Self {
        policy.clone().into_iter().fold(Self::default(), |all, token| match token {
            TokenTree::Ident(ident) => Self::of_name(&ident.to_string()).map_or(all, |one| all.and(one)),
            // A `macro_rules!` wraps a type in an invisible group.
            TokenTree::Group(group) => all.and(Self::of(&group.stream())),
            _ => all,
        })
    }

    fn of_name(name: &str) -> Option<Self> {
        if name == DENIES {
            return Some(Self { count: 1, unknown: true, ..Self::default() });
        }
        let (number_and_flags, _handler) = name.strip_prefix(PREFIX)?.split_once('_')?;
        let flags = number_and_flags.trim_start_matches(|digit: char| digit.is_ascii_digit());
        let (public, optional) = (flags.contains('p'), flags.contains('o'));
        Some(Self {
            count: 1,
            public,
            optional,
            required: !public && !optional,
            selects: flags.contains('s'),
            unknown: false,
        })
    }

    /// The name of the policy of one attribute with this number of attributes above it.
    pub(crate) fn name(self, above: usize, handler: &Ident) -> Ident {
        let number = above + 1;
        let public = if self.public { "p" } else { "" };
        let optional = if self.optional { "o" } else { "" };
        let selects = if self.selects { "s" } else { "" };
        let handler = handler.unraw();
        Ident::new(&format!("{PREFIX}{number}{public}{optional}{selects}_{handler}"), Span::mixed_site())
    }

    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            count: self.count + other.count,
            public: self.public | other.public,
            optional: self.optional | other.optional,
            required: self.required | other.required,
            selects: self.selects | other.selects,
            unknown: self.unknown | other.unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use quote::{format_ident, quote};

    use super::Stacked;
    use crate::attribute::Attribute;

    #[test]
    fn policy_names_encode_their_attribute() {
        for attribute in Attribute::ALL {
            for selects in [false, true] {
                let own = Stacked::of_attribute(attribute, selects, false);
                for (above, handler) in [(0, "f"), (9, "_s_p"), (10, "o2"), (0, "r#match")] {
                    let handler =
                        if handler == "r#match" { syn::parse_quote!(r#match) } else { format_ident!("{handler}") };
                    let name = own.name(above, &handler);
                    assert_eq!(Stacked::of(&quote!(::a::And<::a::B, #name>)), own, "{name}");
                }
            }
        }
    }

    #[test]
    fn policies_are_counted_at_any_position() {
        let both = Stacked::of(&quote!(::auth_runtime::__private::And<And<__auth_1_f, DenyAll>, __auth_3ps_f>));
        assert_eq!((both.count, both.unknown, both.public, both.required, both.selects), (3, true, true, true, true));
        assert_eq!(Stacked::of(&quote!(Custom<__author, __auth_>)), Stacked::default());
    }
}
