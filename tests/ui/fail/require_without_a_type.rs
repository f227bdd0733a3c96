// The first argument of a closure needs its type: rustc cannot know which policy is meant.
use auth_runtime::routing::{MethodRouter, get};
use axum::extract::Path;

fn main() {
    let _: MethodRouter = get(|_, Path(id): Path<String>| async move { id });
}
