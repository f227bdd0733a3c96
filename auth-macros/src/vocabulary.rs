//! The names that a project may use: every literal passes through here.

mod file;
mod find;
#[cfg(test)]
pub(crate) mod tests;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::LitStr;
use syn::spanned::Spanned as _;

use crate::condition::{AtomKind, Name};
use crate::diag::{Diag, nearest};

/// What a name stands for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NameKind {
    Role,
    Permission,
    Scope,
    Issuer,
}

impl NameKind {
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

/// The declared names; of a kind that is not declared, any well-formed name will do.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    /// The roles that are ordered, highest first.
    pub(crate) hierarchy: Vec<String>,
    pub(crate) roles: Option<Vec<String>>,
    pub(crate) permissions: Option<Vec<String>>,
    pub(crate) scopes: Option<Vec<String>>,
    /// The file that declares them, as it is named.
    pub(crate) file: String,
    /// The files that were read: a change of one changes the expansion.
    pub(crate) read: Vec<String>,
}

impl Vocabulary {
    /// What the crate that is being compiled declares; or why its file cannot be used, in one line.
    pub(crate) fn load() -> Result<Self, String> {
        find::load()
    }

    /// What a file declares, whatever stands in it; or the line and the fault. The way in of the fuzz target.
    #[allow(dead_code)]
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, (usize, String)> {
        file::parse(bytes).map_err(|fault| (fault.line, fault.message))
    }

    /// Reports a literal that cannot be a name of that kind.
    pub(crate) fn check(&self, kind: NameKind, literal: &LitStr, diag: &mut Diag) {
        let before = diag.len();
        let noun = kind.noun();
        well_formed(kind.a_noun(), literal, diag);
        let Some(declared) = self.declared(kind).filter(|_| diag.len() == before) else {
            return;
        };
        let name = literal.value();
        if declared.contains(&name) {
            return;
        }
        let known: Vec<&str> = declared.iter().map(String::as_str).collect();
        let file = &self.file;
        diag.on(
            literal,
            match nearest(&name, &known) {
                Some(near) => format!("no {noun} {name:?} is declared in {file}: did you mean {near:?}?"),
                None => format!("no {noun} {name:?} is declared in {file}: use a declared one, or add it"),
            },
        );
    }

    /// Reports a literal after `>=` that is a role above or below none.
    pub(crate) fn check_ordered(&self, literal: &LitStr, diag: &mut Diag) {
        let name = literal.value();
        let declared = self.roles.as_ref().is_some_and(|roles| roles.contains(&name));
        if declared && !self.hierarchy.contains(&name) {
            let file = &self.file;
            diag.on(literal, format!("the role {name:?} has no rank in {file}: write `role == {name:?}`"));
        }
    }

    /// The proof, for rustc to find, that a const holds a declared name; `rt` is the runtime's module.
    pub(crate) fn proof(&self, atom: AtomKind, name: &Name, rt: &Ident) -> Option<TokenStream> {
        let Name::Const(path) = name else { return None };
        let (kind, names) = match atom {
            AtomKind::RoleAtLeast | AtomKind::OwnRoleAtLeast => {
                ("OrderedRole", self.roles.as_ref().map(|_| &self.hierarchy)?)
            }
            AtomKind::RoleIs | AtomKind::OwnRoleIs => ("Role", self.roles.as_ref()?),
            AtomKind::Permission => ("Permission", self.permissions.as_ref()?),
            AtomKind::Scope => ("Scope", self.scopes.as_ref()?),
            AtomKind::Issuer | AtomKind::EmailVerified | AtomKind::Impersonated => return None,
        };
        let span = Span::mixed_site();
        let kind = Ident::new(kind, span);
        // Located at the path, which is what the error is about.
        let at = span.located_at(path.span());
        let rt = Ident::new(&rt.to_string(), at);
        Some(quote_spanned!(at=> const _: () = #rt::declared(#rt::NameKind::#kind, #path, &[#(#names),*]);))
    }

    /// What makes rustc compile the crate again where a file that was read has changed.
    pub(crate) fn tracked(&self, rt: &Ident) -> TokenStream {
        let read = &self.read;
        quote_spanned!(Span::mixed_site()=> #(const _: #rt::Tracked = #rt::include_bytes!(#read);)*)
    }

    fn declared(&self, kind: NameKind) -> Option<&[String]> {
        match kind {
            NameKind::Role => self.roles.as_deref(),
            NameKind::Permission => self.permissions.as_deref(),
            NameKind::Scope => self.scopes.as_deref(),
            NameKind::Issuer => None,
        }
    }
}

/// Reports a literal that would never equal anything that a token carries.
pub(crate) fn well_formed(a_noun: &str, literal: &LitStr, diag: &mut Diag) {
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
}
