//! Tests of `cargo auth` as a process: against files, and against servers on loopback.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod diff;
mod doctor;
mod explain;
mod support;
mod token;
