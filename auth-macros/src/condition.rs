//! The condition of an attribute: a tree of atoms, and the generated data.
//!
//! A *condition* is the whole or any part of it. An *atom* is a part that asks one question about the token.

mod grammar;
mod satisfiable;
#[cfg(test)]
mod tests;

pub(crate) use grammar::{leftover, parse, usage};
pub(crate) use satisfiable::satisfiable;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{LitStr, Path};

use crate::vocabulary::{NameKind, Vocabulary};

/// A condition, as written.
pub(crate) enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Atom(Atom),
}

/// One question about a token. The answer is true, false or unknown.
pub(crate) struct Atom {
    pub(crate) kind: AtomKind,
    /// `None` if the kind has no name.
    pub(crate) name: Option<Name>,
    /// What a claim is compared with.
    pub(crate) value: Option<Name>,
    /// The bound of `auth_age`.
    pub(crate) seconds: Option<u32>,
}

/// The variants of the runtime's `Condition` that are atoms.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AtomKind {
    RoleAtLeast,
    RoleIs,
    OwnRoleAtLeast,
    OwnRoleIs,
    Permission,
    Scope,
    Issuer,
    EmailVerified,
    Impersonated,
    Acr,
    Amr,
    AuthAge,
    Claim,
}

/// The name in an atom.
pub(crate) enum Name {
    Literal(LitStr),
    Const(Path),
}

impl Condition {
    /// Every atom, from left to right.
    pub(crate) fn atoms(&self) -> Vec<&Atom> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::atoms).collect(),
            Self::Not(inner) => inner.atoms(),
            Self::Atom(atom) => vec![atom],
        }
    }

    /// The condition as an expression; `rt` is the runtime's module.
    pub(crate) fn emit(&self, rt: &Ident) -> TokenStream {
        let span = Span::mixed_site();
        match self {
            Self::All(parts) => {
                let parts = parts.iter().map(|part| part.emit(rt));
                quote_spanned!(span=> #rt::Condition::All(&[#(#parts),*]))
            }
            Self::Any(parts) => {
                let parts = parts.iter().map(|part| part.emit(rt));
                quote_spanned!(span=> #rt::Condition::Any(&[#(#parts),*]))
            }
            Self::Not(inner) => {
                let inner = inner.emit(rt);
                quote_spanned!(span=> #rt::Condition::Not(&#inner))
            }
            Self::Atom(Atom { kind, name, value, seconds }) => {
                let variant = Ident::new(kind.variant(), span);
                match (name, value, seconds) {
                    (Some(name), Some(value), _) => quote_spanned!(span=> #rt::Condition::#variant(#name, #value)),
                    (Some(name), None, _) => quote_spanned!(span=> #rt::Condition::#variant(#name)),
                    (None, _, Some(seconds)) => quote_spanned!(span=> #rt::Condition::#variant(#seconds)),
                    (None, _, None) => quote_spanned!(span=> #rt::Condition::#variant),
                }
            }
        }
    }
}

impl Atom {
    /// The atom of this kind, without `&&`, `||` or `!`.
    pub(crate) const fn of(kind: AtomKind) -> Self {
        Self { kind, name: None, value: None, seconds: None }
    }

    /// A const that rustc evaluates. It does not compile if the value of a named const is not a declared name. `rt` is
    /// the runtime's module.
    pub(crate) fn proof(&self, vocabulary: &Vocabulary, rt: &Ident) -> Option<TokenStream> {
        let (Some(kind), Some(Name::Const(path))) = (self.kind.name_kind(), &self.name) else { return None };
        let declared = vocabulary.declared(kind)?;
        // The error is about the path, so its location is the path.
        let at = Span::mixed_site().located_at(path.span());
        let kind = Ident::new(kind.variant(), Span::mixed_site());
        let rt = Ident::new(&rt.to_string(), at);
        Some(quote_spanned!(at=> const _: () = #rt::declared(#rt::NameKind::#kind, #path, &[#(#declared),*]);))
    }
}

impl AtomKind {
    /// The kind of its name, if it has one.
    pub(crate) const fn name_kind(self) -> Option<NameKind> {
        match self {
            Self::RoleAtLeast | Self::OwnRoleAtLeast => Some(NameKind::OrderedRole),
            Self::RoleIs | Self::OwnRoleIs => Some(NameKind::Role),
            Self::Permission => Some(NameKind::Permission),
            Self::Scope => Some(NameKind::Scope),
            Self::Issuer => Some(NameKind::Issuer),
            Self::Acr => Some(NameKind::Acr),
            Self::Amr => Some(NameKind::Amr),
            Self::Claim => Some(NameKind::Claim),
            Self::EmailVerified | Self::Impersonated | Self::AuthAge => None,
        }
    }

    const fn variant(self) -> &'static str {
        match self {
            Self::RoleAtLeast => "RoleAtLeast",
            Self::RoleIs => "RoleIs",
            Self::OwnRoleAtLeast => "OwnRoleAtLeast",
            Self::OwnRoleIs => "OwnRoleIs",
            Self::Permission => "Permission",
            Self::Scope => "Scope",
            Self::Issuer => "Issuer",
            Self::EmailVerified => "EmailVerified",
            Self::Impersonated => "Impersonated",
            Self::Acr => "Acr",
            Self::Amr => "Amr",
            Self::AuthAge => "AuthAge",
            Self::Claim => "Claim",
        }
    }
}

impl ToTokens for Name {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Literal(literal) => literal.to_tokens(tokens),
            Self::Const(path) => path.to_tokens(tokens),
        }
    }
}
