//! Keys that are fetched, against a real server on loopback that can be told to misbehave.
//!
//! Time is injected, and tests wait for events: none of them sleeps. What a case counts is asserted, and printed.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, missing_docs)]

mod abuse;
#[cfg(feature = "metrics")]
mod counters;
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
