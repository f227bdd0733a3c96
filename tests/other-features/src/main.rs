//! A program in which other crates have enabled features of what the library shares with them.

mod backends;
mod numbers;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // First of all, so that nothing has chosen a back end before it.
    backends::both_are_there().await;
    numbers::arrive_as_objects().await;
}
