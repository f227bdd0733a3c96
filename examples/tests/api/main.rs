//! The example API as its users meet it: the program as a process of its own, asked over HTTP.
//!
//! Every test starts its own server, on a free port and in a directory of its own.

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
mod posts;
mod programs;
mod propelauth_py;
mod readme;
mod server;
mod start;
mod storage;
