//! The attributes of `auth-runtime`, which re-exports and documents them: depend on that crate.
//!
//! A crate of procedural macros can export nothing else. So the fuzz targets compile these sources as an ordinary library
//! (see `fuzz/Cargo.toml`) and call its module `fuzz`.

mod agree;
mod args;
mod condition;
mod depth;
mod diag;
mod expand;
mod from;
#[cfg(not(proc_macro))]
pub mod fuzz;
mod grammar;
mod handler;
mod kind;
mod path;
mod place;
mod policy;
mod satisfy;
mod source;
mod standing;
mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod uses;
mod vocabulary;

// An ordinary library must ask for it.
#[cfg(not(any(proc_macro, test)))]
extern crate proc_macro;

use kind::Kind;
use proc_macro::TokenStream;

/// Admits requests that carry a valid token.
#[cfg_attr(proc_macro, proc_macro_attribute)]
pub fn require_user(attr: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Kind::RequireUser, attr.into(), &item.into()).into()
}

/// Admits every request, and tells the handler who sent it where a token says so.
#[cfg_attr(proc_macro, proc_macro_attribute)]
pub fn optional_user(attr: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Kind::OptionalUser, attr.into(), &item.into()).into()
}

/// Admits members of the organisation that the request selects.
#[cfg_attr(proc_macro, proc_macro_attribute)]
pub fn require_org(attr: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Kind::RequireOrg, attr.into(), &item.into()).into()
}

/// Admits users who hold a permission.
#[cfg_attr(proc_macro, proc_macro_attribute)]
pub fn require_permission(attr: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Kind::RequirePermission, attr.into(), &item.into()).into()
}

/// Says that a route is open, and why.
#[cfg_attr(proc_macro, proc_macro_attribute)]
pub fn public(attr: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Kind::Public, attr.into(), &item.into()).into()
}
