//! What the source documents describe, line by line: checked here over HTTP, checked by a test that is named, or out
//! of scope with the reason.
//!
//! The documents: PropelAuth's FastAPI quickstart and integration guide, a FastAPI course's API of posts, a
//! walk-through of fastapi-users, and Auth0's article on securing FastAPI.

mod auth0;
mod course;
mod fastapi_users;
mod integration;
mod quickstart;

use crate::server::{Directory, Server};

/// One line of a document.
pub struct Line {
    pub says: &'static str,
    pub here: Here,
}

/// What there is of it here.
pub enum Here {
    /// This holds of a running server.
    Checked(fn(&Server)),
    /// These tests of this program's own show it.
    ShownBy(&'static str),
    /// Not this project's business.
    OutOfScope(&'static str),
}

pub const SHARED: &str = "a secret that this API shares with a FastAPI application";

/// Walks a document on a server of its own.
fn walk(document: &str, lines: &[Line]) {
    let server = Server::start_with(Directory::used(), &[("APP_SECRET", SHARED)]);
    for Line { says, here } in lines {
        match here {
            Here::Checked(check) => {
                println!("{document}: {says}");
                check(&server);
            }
            Here::ShownBy(test) => println!("{document}: {says}: shown by {test}"),
            Here::OutOfScope(why) => println!("{document}: {says}: out of scope, {why}"),
        }
    }
}

#[test]
fn the_quickstart() {
    walk("quickstart", quickstart::LINES);
}

#[test]
fn the_integration_guide() {
    walk("integration", integration::LINES);
}

#[test]
fn the_course() {
    walk("course", course::LINES);
}

#[test]
fn the_walk_through_of_fastapi_users() {
    walk("fastapi-users", fastapi_users::LINES);
}

#[test]
fn the_article_of_auth0() {
    walk("Auth0", auth0::LINES);
}
