//! The database under bad conditions: no acknowledged write is lost, and the process survives.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use sqlx::Connection as _;

use crate::server::{Server, block_on, connect};

#[test]
fn a_killed_process_loses_no_acknowledged_write() {
    let server = Server::start();
    let token = server.token(&["ada"]);
    let acknowledged = Mutex::new(BTreeSet::new());
    let count = AtomicUsize::new(0);
    let directory = std::thread::scope(|scope| {
        for writer in 0..3 {
            let request = |n: usize| {
                let post = json!({ "title": format!("{writer}-{n}"), "content": "kept" });
                server.request("POST", "/posts").bearer(&token).json(&post)
            };
            let requests: Vec<_> = (0..400).map(request).collect();
            let (acknowledged, count) = (&acknowledged, &count);
            scope.spawn(move || {
                for request in requests {
                    // The first request without a response was killed with the process.
                    let Ok(answer) = request.try_send() else { return };
                    acknowledged.lock().unwrap().insert(answer.expect(201).json()["id"].as_i64().unwrap());
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        while count.load(Ordering::Relaxed) < 100 {
            std::thread::yield_now();
        }
        server.kill()
    });
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() < 1200, "killed in the middle");
    let server = Server::start_with(directory, &[]);
    let kept: BTreeSet<i64> = server
        .directory
        .sql("SELECT CAST(id AS TEXT) FROM post WHERE content = 'kept'")
        .iter()
        .map(|id| id.as_str().unwrap().parse().unwrap())
        .collect();
    assert!(acknowledged.is_subset(&kept), "lost: {:?}", acknowledged.difference(&kept));
}

/// Routes that work without the database, and routes that do not.
fn assert_unavailable(server: &mut Server, token: &str, method: &'static str, path: &str) {
    let post = json!({ "title": "t", "content": "c" });
    let answer = server.request(method, path).bearer(token).json(&post).send().expect(503);
    assert_eq!(answer.body, r#"{"detail":"Service unavailable"}"#);
    assert!(answer.header("retry-after").is_some());
    assert!(server.log().contains("the database did not answer"), "{}", server.log());
    assert!(server.is_running());
    server.get("/health").expect(200);
    server.get_as(token, "/api/whoami").expect(200);
}

#[test]
fn a_read_only_database_serves_reads_and_refuses_writes() {
    let server = Server::start();
    let port = server.port.to_string();
    let token = server.token(&["ada"]);
    let post = json!({ "title": "t", "content": "c" });
    server.request("POST", "/posts").bearer(&token).json(&post).send().expect(201);
    let (directory, _) = server.interrupt();
    let environment = [("PORT", port.as_str()), ("DATABASE_URL", "sqlite://example.db?mode=ro")];
    let mut server = Server::start_with(directory, &environment);
    server.get_as(&token, "/posts/1").expect(200);
    server.login("ada@example.com", "password").expect(200);
    assert_unavailable(&mut server, &token, "POST", "/posts");
    assert_unavailable(&mut server, &token, "DELETE", "/posts/1");
    server.get_as(&token, "/posts/1").expect(200);
}

#[test]
fn a_locked_database_is_waited_for_and_then_answers_503() {
    let mut server = Server::start();
    let token = server.token(&["ada"]);
    let file = server.directory.file("example.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut other = runtime.block_on(connect(&file));
    let lock = runtime.block_on(other.begin_with("BEGIN IMMEDIATE")).unwrap();
    assert_unavailable(&mut server, &token, "POST", "/posts");
    server.get_as(&token, "/posts").expect(200); // readers do not wait for writers
    runtime.block_on(lock.rollback()).unwrap();
    let post = json!({ "title": "t", "content": "c" });
    server.request("POST", "/posts").bearer(&token).json(&post).send().expect(201);
}

#[test]
fn a_missing_database_answers_503_and_loses_no_data() {
    let mut server = Server::start();
    let token = server.token(&["ada"]);
    let post = json!({ "title": "t", "content": "c" });
    server.request("POST", "/posts").bearer(&token).json(&post).send().expect(201);
    let (file, away) = (server.directory.file("example.db"), server.directory.file("away.db"));
    fs::rename(&file, &away).unwrap();
    assert_unavailable(&mut server, &token, "POST", "/posts");
    assert_unavailable(&mut server, &token, "GET", "/posts/1");
    assert!(!file.exists(), "no empty one is put in its place");
    fs::rename(&away, &file).unwrap();
    server.get_as(&token, "/posts/1").expect(200);
    server.request("POST", "/posts").bearer(&token).json(&post).send().expect(201);
    let (directory, _) = server.interrupt();
    assert_eq!(directory.sql("SELECT CAST(count(*) AS TEXT) FROM post")[0], "2");
    block_on(async {
        let mut db = connect(&directory.file("example.db")).await;
        let found: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut db).await.unwrap();
        assert_eq!(found, "ok");
    });
}
