//! The kinds of names, and the names that a project declares.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::LitStr;

use crate::diag::{Diag, nearest};

/// The kind of a name. The runtime has the same kinds, except for the issuer, which `auth.toml` does not declare.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NameKind {
    /// Compared with `==`.
    Role,
    /// Compared with `>=`.
    OrderedRole,
    Permission,
    Scope,
    Issuer,
    Acr,
    Amr,
    Claim,
    ClaimValue,
}

impl NameKind {
    /// The noun with its article.
    pub(crate) const fn a_noun(self) -> &'static str {
        match self {
            Self::Role | Self::OrderedRole => "a role",
            Self::Permission => "a permission",
            Self::Scope => "a scope",
            Self::Issuer => "an issuer",
            Self::Acr => "an acr value",
            Self::Amr => "an amr value",
            Self::Claim => "a claim name",
            Self::ClaimValue => "a claim value",
        }
    }

    /// The variant of the runtime's `NameKind`.
    pub(crate) const fn variant(self) -> &'static str {
        match self {
            Self::Role => "Role",
            Self::OrderedRole => "OrderedRole",
            Self::Permission => "Permission",
            Self::Scope => "Scope",
            Self::Issuer => "Issuer",
            Self::Acr => "Acr",
            Self::Amr => "Amr",
            Self::Claim => "Claim",
            Self::ClaimValue => "ClaimValue",
        }
    }

    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Role | Self::OrderedRole => "role",
            Self::Permission => "permission",
            Self::Scope => "scope",
            Self::Issuer => "issuer",
            Self::Acr => "acr value",
            Self::Amr => "amr value",
            Self::Claim => "claim name",
            Self::ClaimValue => "claim value",
        }
    }
}

/// The names that `auth.toml` declares. If it does not declare names of a kind, any well-formed name is allowed.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    /// The ordered roles, highest first.
    pub(crate) hierarchy: Vec<String>,
    pub(crate) roles: Option<Vec<String>>,
    /// The permissions of each declared role, including those of the roles below it; empty if the file has none.
    pub(crate) role_permissions: Vec<(String, Vec<String>)>,
    pub(crate) permissions: Option<Vec<String>>,
    pub(crate) scopes: Option<Vec<String>>,
    /// The path of the file that declares them, as it was configured.
    pub(crate) file: String,
    /// The files that were read. A change of one of them changes the expansion.
    pub(crate) read: Vec<String>,
}

impl Vocabulary {
    /// Reports a literal that is not a valid name of this kind.
    pub(crate) fn check(&self, kind: NameKind, literal: &LitStr, diag: &mut Diag) {
        if !well_formed(kind.a_noun(), literal, diag) {
            return;
        }
        let Some(declared) = self.declared(kind) else { return };
        let (name, noun, file) = (literal.value(), kind.noun(), &self.file);
        if declared.contains(&name) {
            return;
        }
        let known: Vec<&str> = declared.iter().map(String::as_str).collect();
        let is_role = self.roles.as_ref().is_some_and(|roles| roles.contains(&name));
        let message = match nearest(&name, &known) {
            _ if kind == NameKind::OrderedRole && is_role => {
                format!("the role {name:?} has no rank in {file}: write `role == {name:?}`")
            }
            Some(near) => format!("no {noun} {name:?} is declared in {file}: did you mean {near:?}?"),
            None => format!("no {noun} {name:?} is declared in {file}: use a declared one, or add it"),
        };
        diag.on(literal, message);
    }

    /// The declared names; `None` if any well-formed name is allowed.
    pub(crate) fn declared(&self, kind: NameKind) -> Option<&[String]> {
        match kind {
            NameKind::Role => self.roles.as_deref(),
            NameKind::OrderedRole => self.roles.as_ref().map(|_| self.hierarchy.as_slice()),
            NameKind::Permission => self.permissions.as_deref(),
            NameKind::Scope => self.scopes.as_deref(),
            NameKind::Issuer | NameKind::Acr | NameKind::Amr | NameKind::Claim | NameKind::ClaimValue => None,
        }
    }

    /// Makes rustc compile the crate again if one of these files has changed.
    pub(crate) fn tracked(&self, rt: &Ident) -> Option<TokenStream> {
        let read = &self.read;
        let tracked = || quote_spanned!(Span::mixed_site()=> #(const _: #rt::Tracked = #rt::include_bytes!(#read);)*);
        (!read.is_empty()).then(tracked)
    }
}

/// Whether a literal could equal a name in a token. Reports a literal that could not.
pub(crate) fn well_formed(a_noun: &str, literal: &LitStr, diag: &mut Diag) -> bool {
    let before = diag.len();
    let value = literal.value();
    let noun = a_noun.trim_start_matches("an ").trim_start_matches("a ");
    if !literal.suffix().is_empty() {
        diag.on(literal, format!("remove the suffix `{}`: {a_noun} is a plain string", literal.suffix()));
    } else if value.trim().is_empty() {
        diag.on(literal, format!("this {noun} is empty: write one"));
    } else if value.trim() != value {
        diag.on(literal, format!("this {noun} starts or ends with whitespace: write `{:?}`", value.trim()));
    } else if value.contains(char::is_control) {
        diag.on(literal, format!("this {noun} contains a control character: remove it"));
    }
    diag.len() == before
}
