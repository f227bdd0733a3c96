//! What attributes further down must know of those above, which is all in the names of their policies: attributes expand
//! one by one, under whatever names they were imported, and see of each other what the one above has left.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;

use crate::attribute::Attribute;

/// What the name of each policy begins with.
const PREFIX: &str = "__auth_";
/// The policy of an attribute that could not be understood.
const DENIES: &str = "DenyAll";

/// What some attributes ask for together.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Stacked {
    /// How many there are.
    pub(crate) count: usize,
    pub(crate) public: bool,
    pub(crate) optional: bool,
    pub(crate) required: bool,
    /// One selects an organization.
    pub(crate) selects: bool,
    /// One could not be understood.
    pub(crate) unknown: bool,
}

impl Stacked {
    /// Of an attribute that has an error of its own, nothing else is known.
    pub(crate) fn of_attribute(attribute: Attribute, selects: bool, understood: bool) -> Self {
        Self {
            count: 1,
            public: attribute == Attribute::Public,
            optional: attribute == Attribute::OptionalUser,
            required: attribute.requires(),
            selects,
            unknown: !understood,
        }
    }

    /// Of the policy of a guard, or of several that the runtime's `And` joins.
    pub(crate) fn of(policy: &TokenStream) -> Self {
        policy.clone().into_iter().fold(Self::default(), |all, token| match token {
            TokenTree::Ident(ident) => Self::of_name(&ident.to_string()).map_or(all, |one| all.and(one)),
            // What a `macro_rules!` has passed on.
            TokenTree::Group(group) => all.and(Self::of(&group.stream())),
            _ => all,
        })
    }

    fn of_name(name: &str) -> Option<Self> {
        if name == DENIES {
            return Some(Self { count: 1, unknown: true, ..Self::default() });
        }
        let (number, _) = name.strip_prefix(PREFIX)?.split_once('_')?;
        let marks = number.trim_start_matches(|digit: char| digit.is_ascii_digit());
        let (public, optional) = (marks.contains('p'), marks.contains('o'));
        Some(Self {
            count: 1,
            public,
            optional,
            required: !public && !optional,
            selects: marks.contains('s'),
            unknown: false,
        })
    }

    /// The name of the policy of one attribute below so many others; the number tells apart those of one handler.
    pub(crate) fn name(self, above: usize, handler: &Ident) -> Ident {
        let number = above + 1;
        let open = if self.public { "p" } else { "" };
        let optional = if self.optional { "o" } else { "" };
        let selects = if self.selects { "s" } else { "" };
        let handler = handler.unraw();
        Ident::new(&format!("{PREFIX}{number}{open}{optional}{selects}_{handler}"), Span::mixed_site())
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
    fn a_name_says_what_its_attribute_was() {
        for attribute in Attribute::ALL {
            for selects in [false, true] {
                let own = Stacked::of_attribute(attribute, selects, true);
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
    fn policies_are_counted_wherever_they_stand() {
        let both = Stacked::of(&quote!(::auth_runtime::__private::And<And<__auth_1_f, DenyAll>, __auth_3ps_f>));
        assert_eq!((both.count, both.unknown, both.public, both.required, both.selects), (3, true, true, true, true));
        assert_eq!(Stacked::of(&quote!(Custom<__author, __auth_>)), Stacked::default());
    }
}
