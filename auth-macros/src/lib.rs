//! The attributes of `auth-runtime`, which re-exports and documents them: depend on that crate.

mod args;
mod attribute;
mod bindings;
mod condition;
mod consistency;
mod depth;
mod diag;
mod expand;
mod free_idents;
mod guard_position;
mod handler;
mod org_source;
mod policy;
mod runtime_path;
mod stacked;
mod syntax;
mod text;
mod vocabulary;

use attribute::Attribute;
use proc_macro::TokenStream;

/// Admits requests that carry a valid token.
#[proc_macro_attribute]
pub fn require_user(attr: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Attribute::RequireUser, attr.into(), &item.into()).into()
}

/// Admits every request, and tells the handler who sent it where a token says so.
#[proc_macro_attribute]
pub fn optional_user(attr: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Attribute::OptionalUser, attr.into(), &item.into()).into()
}

/// Admits members of the organisation that the request selects.
#[proc_macro_attribute]
pub fn require_org(attr: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Attribute::RequireOrg, attr.into(), &item.into()).into()
}

/// Admits users who hold a permission.
#[proc_macro_attribute]
pub fn require_permission(attr: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Attribute::RequirePermission, attr.into(), &item.into()).into()
}

/// Says that a route is open, and why.
#[proc_macro_attribute]
pub fn public(attr: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Attribute::Public, attr.into(), &item.into()).into()
}
