//! Fetched keys, tested with a real server on loopback that can misbehave.
//!
//! Time is injected, and tests wait for events: no test sleeps. What a test counts is asserted and printed.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, missing_docs)]

mod abuse;
mod authlib;
#[cfg(feature = "metrics")]
mod counters;
mod field;
mod flapping;
mod garbage;
mod given_up;
mod issuers;
mod outage;
mod propelauth;
mod provider;
mod rotation;
mod secrets;
mod settings;
mod several;
mod support;
mod tls;
mod trust;
