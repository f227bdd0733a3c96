//! Guards over real tokens and a real router.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_errors_doc,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub
)]

mod bad_tokens;
mod configuration;
mod first;
mod optional;
mod places;
mod profiles;
mod replies;
mod support;
mod ui;
