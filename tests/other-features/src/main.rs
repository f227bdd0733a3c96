//! A program in which other crates enable features of the library's dependencies.

mod backends;
mod numbers;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // This must be first, so that nothing has chosen a back end before it.
    backends::both_are_there().await;
    numbers::arrive_as_objects().await;
}
