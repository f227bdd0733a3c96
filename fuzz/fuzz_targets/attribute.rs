//! The expander itself, not the proc-macro crate around it, which can be called by rustc alone.
#![no_main]
#![allow(dead_code)]

#[path = "../../auth-macros/src"]
mod expander {
    pub(crate) mod args;
    pub(crate) mod attribute;
    pub(crate) mod bindings;
    pub(crate) mod condition;
    pub(crate) mod consistency;
    pub(crate) mod depth;
    pub(crate) mod diag;
    pub(crate) mod expand;
    pub(crate) mod free_idents;
    pub(crate) mod guard_position;
    pub(crate) mod handler;
    pub(crate) mod org_source;
    pub(crate) mod policy;
    pub(crate) mod runtime_path;
    pub(crate) mod stacked;
    pub(crate) mod syntax;
    pub(crate) mod text;
    pub(crate) mod vocabulary;
}

// The expander names its parts from the root of its crate.
use expander::*;

#[path = "../src/attribute.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|input: &[u8]| target::attribute(input));
