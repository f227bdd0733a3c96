// Objects: a handler takes what a `load` gives, and no more than one attribute loads.
#![allow(unused)]

use auth_runtime::{Loaded, User, require_org, require_user};
use axum::Json;
use axum::extract::Path;

struct File;
struct Other;

// 1: without a `load`.
#[require_user]
async fn without_a_load(Loaded(file): Loaded<File>) {}

#[require_user(load = find(id))]
async fn without_an_argument(Path(id): Path<u64>) {}

// 2: over the body.
#[require_user(load = find(body))]
async fn over_the_body(Loaded(file): Loaded<File>, Json(body): Json<u64>) {}

// 3: twice.
#[require_user(load = find(id))]
#[require_user(load = find(id))]
async fn two_loads(Path(id): Path<u64>, Loaded(file): Loaded<File>) {}

#[require_user(load = find(id))]
async fn two_arguments(Path(id): Path<u64>, Loaded(file): Loaded<File>, Loaded(other): Loaded<Other>) {}

// 4: too early.
#[require_user(load = find(file))]
async fn by_itself(Loaded(file): Loaded<File>) {}

#[require_user(check = is_open(&file))]
#[require_user(load = find(id))]
async fn checked_above(Path(id): Path<u64>, Loaded(file): Loaded<File>) {}

#[require_org(from = file, load = find(1))]
async fn names_the_organization(Loaded(file): Loaded<File>) {}

fn find(id: u64) -> Option<File> {
    Some(File)
}

fn is_open(file: &File) -> bool {
    true
}

fn main() {}
