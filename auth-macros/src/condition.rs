//! The condition of an attribute: its tree, and the data it becomes.

mod grammar;
mod satisfiable;
#[cfg(test)]
mod tests;

pub(crate) use grammar::{leftover, parse, usage};
pub(crate) use satisfiable::satisfiable;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{LitStr, Path};

/// What must hold, as written.
pub(crate) enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Atom(Atom),
}

/// What is true, false or unknown of a token.
pub(crate) struct Atom {
    pub(crate) kind: AtomKind,
    /// Absent where the kind takes none.
    pub(crate) name: Option<Name>,
}

/// The variants of the runtime's `Condition` that look at the token.
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
}

/// A name that a token must carry.
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

    /// The expression that is this condition in the runtime; `rt` is its module there.
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
            Self::Atom(Atom { kind, name }) => {
                let variant = Ident::new(kind.variant(), span);
                let name = name.iter();
                quote_spanned!(span=> #rt::Condition::#variant #((#name))*)
            }
        }
    }
}

impl AtomKind {
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
