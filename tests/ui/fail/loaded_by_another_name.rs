// Objects: no extractor gives a `Loaded`, under whatever name.
#![allow(unused)]

use auth_runtime::{GuardedRouter, Loaded, require_user, routing::get};

struct File;

type Row = Loaded<File>;

#[require_user]
async fn under_another_name(row: Row) {}

fn main() {
    let _: GuardedRouter = GuardedRouter::new().route("/", get(under_another_name));
}
