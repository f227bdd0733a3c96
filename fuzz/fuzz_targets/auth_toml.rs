//! The expander itself, not the proc-macro crate around it, which can be called by rustc alone.
#![no_main]
#![allow(dead_code)]

#[path = "../../auth-macros/src/agree.rs"]
mod agree;
#[path = "../../auth-macros/src/args.rs"]
mod args;
#[path = "../../auth-macros/src/condition.rs"]
mod condition;
#[path = "../../auth-macros/src/diag.rs"]
mod diag;
#[path = "../../auth-macros/src/expand.rs"]
mod expand;
#[path = "../../auth-macros/src/from.rs"]
mod from;
#[path = "../../auth-macros/src/grammar.rs"]
mod grammar;
#[path = "../../auth-macros/src/handler.rs"]
mod handler;
#[path = "../../auth-macros/src/kind.rs"]
mod kind;
#[path = "../../auth-macros/src/path.rs"]
mod path;
#[path = "../../auth-macros/src/place.rs"]
mod place;
#[path = "../../auth-macros/src/policy.rs"]
mod policy;
#[path = "../../auth-macros/src/satisfy.rs"]
mod satisfy;
#[path = "../../auth-macros/src/source.rs"]
mod source;
#[path = "../../auth-macros/src/syntax.rs"]
mod syntax;
#[path = "../../auth-macros/src/text.rs"]
mod text;
#[path = "../../auth-macros/src/uses.rs"]
mod uses;
#[path = "../../auth-macros/src/vocabulary.rs"]
mod vocabulary;

#[path = "../src/attribute.rs"]
mod attribute;

libfuzzer_sys::fuzz_target!(|input: &[u8]| attribute::auth_toml(input));
