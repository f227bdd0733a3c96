//! The names that a project may use: every literal passes through here.

use syn::LitStr;

use crate::diag::{Diag, nearest};

/// What a name stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sort {
    Role,
    Permission,
    Scope,
    Issuer,
}

impl Sort {
    /// With the article that goes before it.
    pub(crate) const fn a_noun(self) -> &'static str {
        match self {
            Self::Role => "a role",
            Self::Permission => "a permission",
            Self::Scope => "a scope",
            Self::Issuer => "an issuer",
        }
    }

    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Permission => "permission",
            Self::Scope => "scope",
            Self::Issuer => "issuer",
        }
    }
}

/// The declared names; of a sort that is not declared, any well-formed name will do.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    /// The roles that are ordered, highest first.
    pub(crate) hierarchy: Vec<String>,
    pub(crate) roles: Option<Vec<String>>,
    pub(crate) permissions: Option<Vec<String>>,
    pub(crate) scopes: Option<Vec<String>>,
}

impl Vocabulary {
    /// Reports a literal that cannot be a name of that sort.
    pub(crate) fn check(&self, sort: Sort, literal: &LitStr, diag: &mut Diag) {
        let before = diag.len();
        let noun = sort.noun();
        well_formed(sort.a_noun(), literal, diag);
        let Some(declared) = self.declared(sort).filter(|_| diag.len() == before) else {
            return;
        };
        let name = literal.value();
        if declared.contains(&name) {
            return;
        }
        let known: Vec<&str> = declared.iter().map(String::as_str).collect();
        diag.on(
            literal,
            match nearest(&name, &known) {
                Some(near) => format!("no {noun} {name:?} is declared: did you mean {near:?}?"),
                None => format!("no {noun} {name:?} is declared: write one that is, or declare it"),
            },
        );
    }

    fn declared(&self, sort: Sort) -> Option<&[String]> {
        match sort {
            Sort::Role => self.roles.as_deref(),
            Sort::Permission => self.permissions.as_deref(),
            Sort::Scope => self.scopes.as_deref(),
            Sort::Issuer => None,
        }
    }
}

/// Reports a literal that would never equal anything that a token carries.
pub(crate) fn well_formed(a_noun: &str, literal: &LitStr, diag: &mut Diag) {
    let value = literal.value();
    let noun = a_noun.trim_start_matches("an ").trim_start_matches("a ");
    if !literal.suffix().is_empty() {
        diag.on(literal, format!("{a_noun} is a plain string: remove the suffix `{}`", literal.suffix()));
    } else if value.trim().is_empty() {
        diag.on(literal, format!("this {noun} is empty: write one"));
    } else if value.trim() != value {
        diag.on(literal, format!("this {noun} starts or ends with white space: write `{:?}`", value.trim()));
    } else if value.contains(char::is_control) {
        diag.on(literal, format!("this {noun} holds a control character: remove it"));
    }
}
