//! The example API.
fn main() {}
