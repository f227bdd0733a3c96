//! The locations of tokens: a token must be in exactly one location, and the verifier reads only the configured ones.

use auth_runtime::testing::TestIssuer;
use auth_runtime::{GuardedRouter, TokenLocation, User, Verifier, require_user, routing};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, Method, Request};

use crate::support::send;

#[require_user]
async fn whoami(user: User) -> String {
    user.id().to_owned()
}

async fn app(issuer: &TestIssuer, locations: &[TokenLocation]) -> Router {
    let builder = locations.iter().cloned().fold(Verifier::builder(), auth_runtime::VerifierBuilder::token_location);
    let verifier = builder.issuer(issuer.issuer()).build().await.unwrap();
    GuardedRouter::new().route("/", routing::any(whoami)).guarded_by(verifier).into_router()
}

type Headers<'a> = &'a [(&'static str, &'a str)];

async fn status(app: &Router, method: &Method, uri: &str, headers: Headers<'_>) -> u16 {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(HeaderName::from_static(name), *value);
    }
    let answer = send(app, request.body(Body::empty()).unwrap()).await;
    assert!(answer.status != 200 || answer.body == "ada" || method == Method::HEAD);
    answer.status.as_u16()
}

#[tokio::test]
async fn cookies_count_only_if_no_other_site_can_have_sent_them() {
    let issuer = TestIssuer::new();
    let token = issuer.token().user("ada").build();
    let cookie = format!("theme=dark; __Host-token={token}");
    let location = || TokenLocation::cookie("__Host-token");
    let app_strict = app(&issuer, &[location()]).await;
    let app_open = app(&issuer, &[location().danger_allow_cross_site()]).await;
    let c = ("cookie", cookie.as_str());
    let host = ("host", "api.test");
    for (method, headers, strict) in [
        (Method::GET, &[c][..], 200),
        (Method::HEAD, &[c], 200),
        (Method::OPTIONS, &[c], 200),
        (Method::GET, &[c, ("sec-fetch-site", "cross-site")], 200),
        (Method::POST, &[c], 401),
        (Method::DELETE, &[c], 401),
        (Method::POST, &[c, ("sec-fetch-site", "same-origin")], 200),
        (Method::POST, &[c, ("sec-fetch-site", "none")], 200),
        (Method::POST, &[c, ("sec-fetch-site", "same-site")], 401),
        (Method::POST, &[c, ("sec-fetch-site", "cross-site")], 401),
        (Method::POST, &[c, ("sec-fetch-site", "cross-site"), host, ("origin", "https://api.test")], 401),
        (Method::POST, &[c, ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")], 401),
        (Method::POST, &[c, host, ("origin", "https://api.test")], 200),
        (Method::POST, &[c, host, ("origin", "https://evil.test")], 401),
        (Method::POST, &[c, host, ("origin", "null")], 401),
        (Method::POST, &[c, host, ("origin", "https://api.test.evil.test")], 401),
        (Method::POST, &[c, ("origin", "https://api.test")], 401),
        (Method::POST, &[c, host, ("origin", "http://api.test")], 401),
        (Method::POST, &[c, host, ("origin", "HTTPS://api.test")], 401),
        (Method::POST, &[c, host, ("origin", "ftp://api.test")], 401),
        (Method::POST, &[c, host, ("origin", "//api.test")], 401),
        (Method::POST, &[c, host, ("origin", "http://api.test"), ("sec-fetch-site", "same-origin")], 200),
        (Method::GET, &[c, ("upgrade", "websocket"), ("connection", "upgrade")], 401),
        (
            Method::GET,
            &[c, ("upgrade", "websocket"), ("connection", "upgrade"), host, ("origin", "https://api.test")],
            200,
        ),
    ] {
        assert_eq!(status(&app_strict, &method, "/", headers).await, strict, "{method} {:?}", &headers[1..]);
        let open = if headers.iter().any(|(name, _)| *name == "cookie") { 200 } else { 401 };
        assert_eq!(status(&app_open, &method, "/", headers).await, open, "{method} {:?}", &headers[1..]);
    }
    let twice = format!("__Host-token={token}; __Host-token={token}");
    assert_eq!(status(&app_strict, &Method::GET, "/", &[("cookie", &twice)]).await, 400);
    assert_eq!(status(&app_strict, &Method::GET, "/", &[c, c]).await, 400);
    assert_eq!(status(&app_strict, &Method::GET, "/", &[("cookie", "__Host-token=")]).await, 401);
    assert_eq!(status(&app_strict, &Method::GET, "/", &[("cookie", &format!("other={token}"))]).await, 401);
    // The header is not configured, so it is ignored.
    let bearer = format!("Bearer {token}");
    assert_eq!(status(&app_strict, &Method::GET, "/", &[("authorization", &bearer)]).await, 401);
}

#[tokio::test]
async fn plain_http_origins_count_only_on_loopback() {
    let issuer = TestIssuer::new();
    let cookie = format!("t={}", issuer.token().user("ada").build());
    let app = app(&issuer, &[TokenLocation::cookie("t")]).await;
    for (host, plain) in [
        ("localhost", 200),
        ("localhost:3000", 200),
        ("LOCALHOST:3000", 200),
        ("127.0.0.1:3000", 200),
        ("127.8.9.10", 200),
        ("[::1]", 200),
        ("[::1]:3000", 200),
        ("api.test:3000", 401),
        ("localhost.api.test", 401),
        ("localhost.", 401),
        ("api.localhost", 401),
        ("128.0.0.1", 401),
        ("10.0.0.1:3000", 401),
        ("127.0.0.1.api.test", 401),
        ("[::2]:3000", 401),
        ("[::ffff:127.0.0.1]", 401),
        ("localhost:3000:3000", 401),
        ("user@localhost", 401),
    ] {
        for (scheme, expected) in [("https", 200), ("http", plain), ("ws", 401), ("app", 401)] {
            let origin = format!("{scheme}://{host}");
            let headers = [("cookie", cookie.as_str()), ("host", host), ("origin", origin.as_str())];
            assert_eq!(status(&app, &Method::POST, "/", &headers).await, expected, "{origin}");
            let other = [headers[0], ("host", "other.test"), headers[2]];
            assert_eq!(status(&app, &Method::POST, "/", &other).await, 401, "{origin} of another host");
        }
    }
}

#[tokio::test]
async fn websocket_tokens_are_read_from_query_and_subprotocol() {
    let issuer = TestIssuer::new();
    let token = issuer.token().user("ada").build();
    let locations = [TokenLocation::websocket_query("token"), TokenLocation::websocket_subprotocol("bearer.")];
    let app = app(&issuer, &locations).await;
    let upgrade = [("upgrade", "websocket"), ("connection", "upgrade")];
    let protocol = format!("chat, bearer.{token}");
    let with = |more: &[(&'static str, &'static str)]| [&upgrade[..], more].concat();
    let query = format!("/?token={token}");
    assert_eq!(status(&app, &Method::GET, &query, &upgrade).await, 200);
    assert_eq!(status(&app, &Method::GET, &query, &[]).await, 401, "no upgrade");
    assert_eq!(status(&app, &Method::POST, &query, &upgrade).await, 401, "no GET");
    assert_eq!(status(&app, &Method::GET, &query, &with(&[("upgrade", "h2c")])).await, 200);
    assert_eq!(status(&app, &Method::GET, &query, &[("upgrade", "h2c")]).await, 401);
    assert_eq!(status(&app, &Method::GET, &format!("{query}&token=x"), &upgrade).await, 400);
    let offered = [upgrade[0], upgrade[1], ("sec-websocket-protocol", protocol.as_str())];
    assert_eq!(status(&app, &Method::GET, "/", &offered).await, 200);
    assert_eq!(status(&app, &Method::GET, "/", &offered[2..]).await, 401, "no upgrade");
    assert_eq!(status(&app, &Method::GET, &query, &offered).await, 400, "two locations");
    assert_eq!(status(&app, &Method::GET, "/", &upgrade).await, 401);
}

#[tokio::test]
async fn tokens_in_two_locations_are_refused() {
    let issuer = TestIssuer::new();
    let token = issuer.token().user("ada").build();
    let app = app(&issuer, &[TokenLocation::authorization(), TokenLocation::cookie("t")]).await;
    let (bearer, cookie) = (format!("Bearer {token}"), format!("t={token}"));
    let (bearer, cookie) = (("authorization", bearer.as_str()), ("cookie", cookie.as_str()));
    assert_eq!(status(&app, &Method::GET, "/", &[bearer]).await, 200);
    assert_eq!(status(&app, &Method::GET, "/", &[cookie]).await, 200);
    assert_eq!(status(&app, &Method::GET, "/", &[bearer, cookie]).await, 400);
    assert_eq!(status(&app, &Method::GET, "/", &[("authorization", "Bearer"), cookie]).await, 400);
    // A cookie that another site can send is ignored, so only the header counts.
    assert_eq!(status(&app, &Method::POST, "/", &[bearer, cookie]).await, 200);
}
