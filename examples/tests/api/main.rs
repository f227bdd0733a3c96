//! The example API as its users see it: the program runs as a process and is tested over HTTP.
//!
//! Every test starts its own server, on a free port and in its own directory.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub
)]

mod accounts;
mod bad_input;
mod checklist;
mod docs;
mod external;
mod http;
mod issuer;
mod keys;
mod mcp;
mod members;
mod posts;
mod programs;
mod propelauth_py;
mod readme;
#[cfg(unix)]
mod revocation;
mod schemathesis;
mod server;
mod start;
mod storage;
