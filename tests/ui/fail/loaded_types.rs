// Objects, types: what a `load` gives is what the handler takes.
#![allow(unused)]

use auth_runtime::{Loaded, require_user};
use axum::extract::Path;

struct File;
struct Other;

#[require_user(load = find(id))]
async fn another_type(Path(id): Path<u64>, Loaded(file): Loaded<Other>) {}

#[require_user(load = later(id))]
async fn not_awaited(Path(id): Path<u64>, Loaded(file): Loaded<File>) {}

#[require_user(load = File)]
async fn not_optional(Loaded(file): Loaded<File>) {}

fn find(id: u64) -> Option<File> {
    Some(File)
}

async fn later(id: u64) -> Option<File> {
    Some(File)
}

fn main() {}
