//! The expander itself, not the proc-macro crate around it, which can be called by rustc alone.
#![no_main]
#![allow(dead_code)]

#[path = "../../auth-macros/src"]
mod expander {
    pub(crate) mod agree;
    pub(crate) mod args;
    pub(crate) mod condition;
    pub(crate) mod depth;
    pub(crate) mod diag;
    pub(crate) mod expand;
    pub(crate) mod from;
    pub(crate) mod grammar;
    pub(crate) mod handler;
    pub(crate) mod kind;
    pub(crate) mod path;
    pub(crate) mod place;
    pub(crate) mod policy;
    pub(crate) mod satisfy;
    pub(crate) mod source;
    pub(crate) mod syntax;
    pub(crate) mod text;
    pub(crate) mod uses;
    pub(crate) mod vocabulary;
}

// The expander names its parts from the root of its crate.
use expander::*;

#[path = "../src/attribute.rs"]
mod attribute;

libfuzzer_sys::fuzz_target!(|input: &[u8]| attribute::attribute(input));
