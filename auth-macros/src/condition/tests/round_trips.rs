//! A condition that is printed and parsed again is unchanged.

use proc_macro2::{Ident, Span};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use syn::LitStr;

use super::shape;
use crate::attribute::Attribute;
use crate::condition::{Atom, AtomKind, Condition, Name};
use crate::expand::tests::tokens;
use crate::text;

const CONDITIONS: u32 = 5_000;

/// The parts of a condition without spans.
#[derive(Clone, Debug)]
enum Plan {
    All(Vec<Plan>),
    Any(Vec<Plan>),
    Not(Box<Plan>),
    Atom(AtomKind, String),
}

impl Plan {
    fn condition(&self) -> Condition {
        let each = |parts: &[Self]| parts.iter().map(Self::condition).collect();
        match self {
            Self::All(parts) => Condition::All(each(parts)),
            Self::Any(parts) => Condition::Any(each(parts)),
            Self::Not(inner) => Condition::Not(Box::new(inner.condition())),
            Self::Atom(AtomKind::AuthAge, _) => {
                Condition::Atom(Atom { seconds: Some(300), ..Atom::of(AtomKind::AuthAge) })
            }
            Self::Atom(kind @ (AtomKind::EmailVerified | AtomKind::Impersonated), _) => {
                Condition::Atom(Atom::of(*kind))
            }
            Self::Atom(kind, name) => {
                let name = || match name.strip_prefix("::") {
                    Some(_) => Name::Const(syn::parse_str(name).expect("a path")),
                    None => Name::Literal(LitStr::new(name, Span::call_site())),
                };
                let value = (*kind == AtomKind::Claim).then(name);
                Condition::Atom(Atom { name: Some(name()), value, ..Atom::of(*kind) })
            }
        }
    }

    /// Prints it as a person would write it, with as few parentheses as possible.
    fn print(&self) -> String {
        let joined = |parts: &[Self], operator: &str| parts.iter().map(Self::within).collect::<Vec<_>>().join(operator);
        match self {
            Self::All(parts) => joined(parts, " && "),
            Self::Any(parts) => joined(parts, " || "),
            Self::Not(inner) => match &**inner {
                Self::Atom(
                    AtomKind::RoleAtLeast
                    | AtomKind::RoleIs
                    | AtomKind::OwnRoleAtLeast
                    | AtomKind::OwnRoleIs
                    | AtomKind::AuthAge
                    | AtomKind::Claim,
                    _,
                ) => {
                    format!("!({})", inner.print())
                }
                inner => format!("!{}", inner.within()),
            },
            Self::Atom(kind, name) => {
                let name = if name.starts_with("::") { name.clone() } else { format!("{name:?}") };
                match kind {
                    AtomKind::RoleAtLeast | AtomKind::OwnRoleAtLeast => format!("role >= {name}"),
                    AtomKind::RoleIs | AtomKind::OwnRoleIs => format!("role == {name}"),
                    AtomKind::Permission => format!("permission({name})"),
                    AtomKind::Scope => format!("scope({name})"),
                    AtomKind::Issuer => format!("issuer({name})"),
                    AtomKind::EmailVerified => "email_verified".to_owned(),
                    AtomKind::Impersonated => "impersonated".to_owned(),
                    AtomKind::Acr => format!("acr({name})"),
                    AtomKind::Amr => format!("amr({name})"),
                    AtomKind::AuthAge => "auth_age <= \"5m\"".to_owned(),
                    AtomKind::Claim => format!("claim({name}) == {name}"),
                }
            }
        }
    }

    fn within(&self) -> String {
        match self {
            Self::All(_) | Self::Any(_) => format!("({})", self.print()),
            Self::Not(_) | Self::Atom(..) => self.print(),
        }
    }
}

fn plan(attribute: Attribute) -> impl Strategy<Value = Plan> {
    let roles = match attribute {
        Attribute::RequireOrg => [AtomKind::RoleAtLeast, AtomKind::RoleIs],
        _ => [AtomKind::OwnRoleAtLeast, AtomKind::OwnRoleIs],
    };
    let others = [
        AtomKind::Permission,
        AtomKind::Scope,
        AtomKind::Issuer,
        AtomKind::EmailVerified,
        AtomKind::Impersonated,
        AtomKind::Acr,
        AtomKind::Amr,
        AtomKind::AuthAge,
        AtomKind::Claim,
    ];
    let name = select(vec!["Admin", "a b", "products::create", "\"quoted\"", "äöü", "::crate_of::perm::VIEW", "::X"]);
    let atom = (select([roles.as_slice(), &others].concat()), name);
    let atom = atom.prop_map(|(kind, name)| Plan::Atom(kind, name.to_owned()));
    atom.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..5).prop_map(Plan::All),
            proptest::collection::vec(inner.clone(), 2..5).prop_map(Plan::Any),
            inner.prop_map(|inner| Plan::Not(Box::new(inner))),
        ]
    })
}

#[test]
fn a_printed_condition_parses_to_the_same_condition() {
    let rt = Ident::new("__rt", Span::call_site());
    for attribute in [Attribute::RequireUser, Attribute::RequireOrg] {
        let config = Config { cases: CONDITIONS, failure_persistence: None, ..Config::default() };
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        TestRunner::new_with_rng(config, rng)
            .run(&plan(attribute), |plan| {
                let written = plan.print();
                let meant = plan.condition().emit(&rt).to_string();
                prop_assert_eq!(&shape(attribute, tokens(&written)), &meant);
                // The runtime shows the attribute as text. This text must have the same meaning as the attribute.
                let shown = text::of(tokens(&written));
                prop_assert_eq!(&shape(attribute, tokens(&shown)), &meant);
                Ok(())
            })
            .expect("every condition");
    }
}
