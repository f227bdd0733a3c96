//! Helpers for the tests and benches of several crates.
#![allow(
    missing_debug_implementations,
    clippy::missing_panics_doc,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used
)]

mod counters;
mod keys;
mod listener;
#[cfg(unix)]
mod redis;
mod secrets;
mod signer;

pub use counters::Counters;
pub use keys::{RsaPem, new_key, pem};
pub use listener::{Entry, Listener};
#[cfg(unix)]
pub use redis::RedisServer;
pub use secrets::{Recorded, Secrets};
pub use signer::{Signer, encode};
