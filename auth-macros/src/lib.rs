//! The attributes of `auth-runtime`. Depend on that crate: it re-exports the attributes and documents them.
//! (Documentation here would appear there a second time.)
//!
//! A proc-macro crate can export only macros. So the fuzz targets compile these sources as an ordinary library (see
//! `fuzz/Cargo.toml`) and call the module `fuzz`.

#![allow(missing_docs)]
#![cfg_attr(test, allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used))]

mod args;
mod attribute;
mod bindings;
mod condition;
mod consistency;
mod depth;
mod diag;
mod duration;
mod expand;
mod free_idents;
#[cfg(not(proc_macro))]
pub mod fuzz;
mod guard_position;
mod handler;
mod held;
mod org_source;
mod parts;
mod policy;
mod runtime_path;
mod stacked;
mod syntax;
mod text;
mod unit_struct;
mod unrestricted;
mod vocabulary;

// An ordinary library must declare this crate.
#[cfg(not(any(proc_macro, test)))]
extern crate proc_macro;

use attribute::Attribute;
use proc_macro::TokenStream;

#[cfg_attr(proc_macro, proc_macro_attribute)]
pub fn require_user(attr: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Attribute::RequireUser, attr.into(), &item.into()).into()
}

#[cfg_attr(proc_macro, proc_macro_attribute)]
pub fn optional_user(attr: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Attribute::OptionalUser, attr.into(), &item.into()).into()
}

#[cfg_attr(proc_macro, proc_macro_attribute)]
pub fn require_org(attr: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Attribute::RequireOrg, attr.into(), &item.into()).into()
}

#[cfg_attr(proc_macro, proc_macro_attribute)]
pub fn require_permission(attr: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Attribute::RequirePermission, attr.into(), &item.into()).into()
}

/// Internal: attributes on a struct generate it.
#[cfg_attr(proc_macro, proc_macro_attribute)]
pub fn policy_of(attr: TokenStream, item: TokenStream) -> TokenStream {
    unit_struct::implement(attr.into(), item.into()).into()
}

#[cfg_attr(proc_macro, proc_macro_attribute)]
pub fn public(attr: TokenStream, item: TokenStream) -> TokenStream {
    expand::expand(Attribute::Public, attr.into(), &item.into()).into()
}
