//! Two processes of the API that share a Redis: if one revokes a token, both refuse it.

use std::time::{Duration, Instant};

use auth_test_support::{RedisServer, pem};

use crate::server::{Directory, SECRET, Server};
use crate::start::refused;

#[test]
fn a_revoked_token_is_refused() {
    let server = Server::start();
    let (token, other) = (server.token(&["ada"]), server.token(&["bob"]));
    server.get_as(&token, "/api/whoami").expect(200);
    server.request("POST", "/api/revoke").send().expect(401);
    server.request("POST", "/api/revoke").bearer(&token).send().expect(204);
    server.get_as(&token, "/api/whoami").expect(401);
    server.get_as(&other, "/api/whoami").expect(200);
}

#[test]
fn a_login_survives_the_revocation_of_another_login_in_the_same_second() {
    let server = Server::start();
    let logins = [(); 3].map(|()| server.logged_in("ada@example.com", "password"));
    // At least two of them are from the same second, unless a login takes longer than a second.
    let [one, two, three] = &logins;
    assert!(one != two && two != three && one != three, "two logins got one token");
    server.request("POST", "/api/revoke").bearer(one).send().expect(204);
    server.get_as(one, "/api/whoami").expect(401);
    for kept in [two, three] {
        server.get_as(kept, "/api/whoami").expect(200);
    }
}

#[test]
fn a_wrong_redis_is_named() {
    let directory = Directory::used();
    let elsewhere = "rediss://:hush-hush@cache.example.com";
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("REDIS_URL: ", &[("REDIS_URL", "hush-hush")]),
        ("REDIS_URL: ", &[("REDIS_URL", "redis://:hush-hush@cache.example.com")]),
        ("REVOCATION_SECRET: ", &[("REDIS_URL", elsewhere)]),
        ("REVOCATION_SECRET: ", &[("REDIS_URL", elsewhere), ("REVOCATION_SECRET", "hush-hush")]),
    ];
    for (named, environment) in cases {
        let said = refused(&directory, &[], environment);
        let error = said.lines().last().unwrap_or_default();
        assert!(error.starts_with("error: ") && error.contains(named), "{environment:?}: {said}");
        assert!(!said.contains("hush-hush"), "{said}");
    }
}

#[test]
#[cfg_attr(not(has_redis), ignore = "needs `redis-server`")]
fn two_processes_that_share_a_redis_refuse_what_one_of_them_revokes() {
    let mut redis = RedisServer::start();
    let url = redis.url();
    let one = Server::start_with(Directory::used(), &[("REDIS_URL", &url)]);
    // The command of docs/example.md: the second process accepts tokens of the first.
    let issuer = format!("http://127.0.0.1:{}", one.port);
    let environment = [("REDIS_URL", url.as_str()), ("OIDC_ISSUER", issuer.as_str()), ("API_AUDIENCE", "example-api")];
    let two = Server::start_with(Directory::used(), &environment);
    let token = |user: &str| one.token(&[user]);
    let [ada, bob, grace, kept] =
        [token("ada"), token("bob"), token("grace"), one.logged_in("ada@example.com", "password")];
    for server in [&one, &two] {
        for token in [&ada, &bob, &grace, &kept] {
            server.get_as(token, "/api/whoami").expect(200);
        }
    }
    let until = |server: &Server, token: &str, status: u16| {
        let patience = Instant::now() + Duration::from_secs(20);
        loop {
            let answer = server.get_as(token, "/api/whoami");
            if answer.status == status {
                return;
            }
            assert!(Instant::now() < patience, "never {status}, at last {answer:?}\n{}", server.log());
            std::thread::yield_now();
        }
    };
    one.request("POST", "/api/revoke").bearer(&ada).send().expect(204);
    one.get_as(&ada, "/api/whoami").expect(401);
    until(&two, &ada, 401);
    two.request("POST", "/api/revoke").bearer(&bob).send().expect(204);
    until(&one, &bob, 401);
    // While Redis is not reachable, the response says that the other process was not informed.
    redis.kill();
    one.request("POST", "/api/revoke").bearer(&grace).send().expect(503);
    one.get_as(&grace, "/api/whoami").expect(401);
    // Redis comes back empty, and the processes write back what they know.
    redis.restart();
    until(&two, &grace, 401);
    let three = Server::start_with(Directory::used(), &environment);
    for server in [&one, &two, &three] {
        for token in [&ada, &bob, &grace] {
            server.get_as(token, "/api/whoami").expect(401);
        }
        until(server, &kept, 200);
    }
}

#[test]
#[cfg_attr(not(has_redis), ignore = "needs `redis-server`")]
fn a_redis_over_tls_is_used_if_its_certificate_is_trusted_and_names_it() {
    let [trusted, other] = [(); 2].map(|()| rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap());
    let (certificate, key) =
        (pem("CERTIFICATE", trusted.cert.der()), pem("PRIVATE KEY", trusted.signing_key.serialized_der()));
    let (redis, port) = RedisServer::start_with_tls(&certificate, &key, &["--requirepass", SECRET]);
    let roots = |name: &str, content: &str| {
        let file = redis.directory().join(name);
        std::fs::write(&file, content).unwrap();
        file.display().to_string()
    };
    let [ours, theirs] = [roots("ours", &certificate), roots("theirs", &pem("CERTIFICATE", other.cert.der()))];
    let start = |host: &str, roots: &str| {
        let url = format!("rediss://:{SECRET}@{host}:{port}");
        Server::start_with(Directory::used(), &[("REDIS_URL", &url), ("SSL_CERT_FILE", roots)])
    };
    let server = start("localhost", &ours);
    let token = server.token(&["ada"]);
    server.get_as(&token, "/api/whoami").expect(200);
    server.request("POST", "/api/revoke").bearer(&token).send().expect(204);
    server.get_as(&token, "/api/whoami").expect(401);
    for (host, roots) in [("localhost", &theirs), ("127.0.0.1", &ours)] {
        let server = start(host, roots);
        server.get_as(&server.token(&["ada"]), "/api/whoami").expect(503);
        server.await_log("its certificate is not trusted, or does not name the host of the URL");
    }
}
