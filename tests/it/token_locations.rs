//! The locations of tokens: a token must be in exactly one location, and the verifier reads only the configured ones.

use auth_runtime::testing::TestIssuer;
use auth_runtime::{GuardedRouter, TokenLocation, User, Verifier, optional_user, require_user, routing};
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
    let twice = format!("__Host-token={token}; __Host-token=other");
    assert_eq!(status(&app_strict, &Method::GET, "/", &[("cookie", &twice)]).await, 400);
    assert_eq!(status(&app_strict, &Method::GET, "/", &[c, ("cookie", "__Host-token=other")]).await, 400);
    assert_eq!(status(&app_strict, &Method::GET, "/", &[c, c]).await, 200, "the same token twice is one");
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
    assert_eq!(status(&app, &Method::GET, &format!("{query}&token={token}"), &upgrade).await, 200);
    let offered = [upgrade[0], upgrade[1], ("sec-websocket-protocol", protocol.as_str())];
    assert_eq!(status(&app, &Method::GET, "/", &offered).await, 200);
    assert_eq!(status(&app, &Method::GET, "/", &offered[2..]).await, 401, "no upgrade");
    assert_eq!(status(&app, &Method::GET, &query, &offered).await, 200, "the same token in two locations");
    assert_eq!(status(&app, &Method::GET, "/?token=x", &offered).await, 400, "two tokens");
    assert_eq!(status(&app, &Method::GET, "/", &upgrade).await, 401);
}

#[tokio::test]
async fn explicit_locations_count_before_cookies_and_cookies_in_their_order() {
    let issuer = TestIssuer::new();
    let (token, other) = (issuer.token().user("ada").build(), issuer.token().user("eve").build());
    let locations = [
        TokenLocation::cookie("first"),
        TokenLocation::authorization(),
        TokenLocation::cookie("second"),
        TokenLocation::header("x-token"),
    ];
    let app = app(&issuer, &locations).await;
    let (bearer, cookie) = (format!("Bearer {token}"), format!("first={other}"));
    let (bearer, cookie) = (("authorization", bearer.as_str()), ("cookie", cookie.as_str()));
    let (x_token, x_other) = (("x-token", token.as_str()), ("x-token", other.as_str()));
    let ordered = format!("second={other}; first={token}");
    let bad_first = format!("second={token}; first=bad");
    let twice = format!("second={token}; second={other}");
    for (headers, expected) in [
        (&[bearer][..], 200),
        (&[x_token], 200),
        // A cookie in addition to a token changes nothing, whatever its value.
        (&[bearer, cookie], 200),
        (&[bearer, ("cookie", "first=bad")], 200),
        (&[bearer, ("cookie", &twice)], 200),
        // The same token in two locations is accepted; two different tokens are refused.
        (&[bearer, x_token], 200),
        (&[bearer, x_other], 400),
        (&[bearer, ("x-token", "bad")], 400),
        (&[bearer, ("authorization", "Basic YTpi")], 400),
        (&[("authorization", "Bearer"), x_token], 400),
        (&[x_token, x_token], 200),
        (&[x_token, x_other], 400),
        // If a token is invalid in its location, no other location is tried.
        (&[("authorization", "Bearer"), cookie], 401),
        (&[("authorization", "Bearer bad"), ("cookie", &ordered)], 401),
        (&[("x-token", ""), ("cookie", &ordered)], 401),
        (&[("cookie", &ordered)], 200),
        (&[("cookie", &bad_first)], 401),
        (&[("cookie", &twice)], 400),
    ] {
        assert_eq!(status(&app, &Method::GET, "/", headers).await, expected, "{headers:?}");
    }
    // A cookie that another site can send is ignored, so only the header counts.
    assert_eq!(status(&app, &Method::POST, "/", &[bearer, cookie]).await, 200);
}

#[optional_user]
async fn anybody(user: Option<User>) -> String {
    user.map_or_else(|| "nobody".to_owned(), |user| user.id().to_owned())
}

#[tokio::test]
async fn no_cookie_makes_a_user_anonymous() {
    let issuer = TestIssuer::new();
    let token = issuer.token().user("ada").build();
    let verifier = Verifier::builder()
        .token_location(TokenLocation::authorization())
        .token_location(TokenLocation::cookie("t"))
        .issuer(issuer.issuer());
    let router = GuardedRouter::new().route("/", routing::get(anybody)).guarded_by(verifier.build().await.unwrap());
    let app = router.into_router();
    let answer = async |headers: Headers<'_>| {
        let request = headers.iter().fold(Request::get("/"), |request, (name, value)| request.header(*name, *value));
        let answer = send(&app, request.body(Body::empty()).unwrap()).await;
        (answer.status.as_u16(), if answer.status == 200 { answer.body } else { String::new() })
    };
    let (bearer, cookie) = (format!("Bearer {token}"), format!("t={token}"));
    let tossed = format!("t={token}; t=of-another-host");
    let (known, nobody) = ((200, "ada".to_owned()), (200, "nobody".to_owned()));
    assert_eq!(answer(&[("authorization", &bearer), ("cookie", "t=bad")]).await, known);
    assert_eq!(answer(&[("authorization", &bearer), ("cookie", &tossed)]).await, known);
    assert_eq!(answer(&[("cookie", &cookie)]).await, known);
    assert_eq!(answer(&[("cookie", "t=bad")]).await, nobody);
    // Another host of the domain has set a cookie with the same name: the user must not be logged out silently.
    assert_eq!(answer(&[("cookie", &tossed)]).await, (400, String::new()));
}

#[tokio::test]
async fn cookies_are_accepted_only_from_trusted_origins() {
    let issuer = TestIssuer::new();
    let cookie = format!("t={}", issuer.token().user("ada").build());
    let location =
        TokenLocation::cookie("t").trusted_origin("https://app.test").trusted_origin("http://localhost:3000");
    let strict = app(&issuer, std::slice::from_ref(&location)).await;
    let open = app(&issuer, &[location.danger_without_origin()]).await;
    let verifier = Verifier::builder().token_location(TokenLocation::cookie("t")).trusted_origin("https://app.test");
    let verifier = verifier.trusted_origin("http://localhost:3000").issuer(issuer.issuer()).build().await.unwrap();
    let of_verifier = GuardedRouter::new().route("/", routing::any(whoami)).guarded_by(verifier).into_router();
    let c = ("cookie", cookie.as_str());
    for (headers, expected) in [
        (&[("origin", "https://app.test")][..], 200),
        (&[("origin", "https://app.test"), ("sec-fetch-site", "cross-site")], 200),
        (&[("origin", "https://app.test"), ("sec-fetch-site", "same-site")], 200),
        (&[("origin", "http://localhost:3000")], 200),
        (&[("origin", "http://app.test")], 401),
        (&[("origin", "https://app.test:8443")], 401),
        (&[("origin", "https://app.test.evil.test")], 401),
        (&[("origin", "https://evil.test/https://app.test")], 401),
        (&[("origin", "https://APP.test")], 401),
        (&[("origin", "https://sub.app.test")], 401),
        (&[("origin", "http://localhost:3001")], 401),
        (&[("origin", "https://app.test"), ("origin", "https://evil.test")], 401),
        (&[("origin", "null")], 401),
        (&[("sec-fetch-site", "cross-site")], 401),
    ] {
        let headers = [&[c], headers].concat();
        assert_eq!(status(&strict, &Method::POST, "/", &headers).await, expected, "{:?}", &headers[1..]);
        assert_eq!(status(&open, &Method::POST, "/", &headers).await, expected, "{:?}", &headers[1..]);
        assert_eq!(status(&of_verifier, &Method::POST, "/", &headers).await, expected, "{:?}", &headers[1..]);
    }
    assert_eq!(status(&strict, &Method::POST, "/", &[c]).await, 401);
    assert_eq!(status(&open, &Method::POST, "/", &[c]).await, 200);
}

#[require_user]
async fn uri(uri: axum::http::Uri) -> String {
    uri.to_string()
}

#[tokio::test]
async fn event_streams_take_short_lived_tokens_from_the_query_and_hide_them() {
    let issuer = TestIssuer::new();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let lives = |seconds: u64| issuer.token().claim("iat", now).claim("exp", now + seconds).build();
    let location = TokenLocation::event_stream_query("token");
    let app = async |location: TokenLocation| {
        let verifier = Verifier::builder().token_location(location).token_location(TokenLocation::authorization());
        let verifier = verifier.issuer(issuer.issuer()).build().await.unwrap();
        GuardedRouter::new().route("/", routing::any(uri)).guarded_by(verifier).into_router()
    };
    let (app, longer) =
        (app(location.clone()).await, app(location.max_lifetime(std::time::Duration::from_secs(600))).await);
    let stream = ("accept", "text/html, Text/Event-Stream;q=0.9");
    for (app, seconds, method, header, expected) in [
        (&app, 300, Method::GET, stream, 200),
        (&app, 301, Method::GET, stream, 401),
        (&longer, 600, Method::GET, stream, 200),
        (&app, 300, Method::POST, stream, 401),
        (&app, 300, Method::GET, ("accept", "*/*"), 401),
        (&app, 300, Method::GET, ("accept", "text/event-streams"), 401),
    ] {
        let query = format!("/?a=1&token={}&b=2", lives(seconds));
        let request = Request::builder().method(&method).uri(query).header(header.0, header.1);
        let answer = send(app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, expected, "{seconds} {method} {header:?}");
        assert!(expected != 200 || answer.body == "/?a=1&b=2", "{}", answer.body);
    }
    // Without `iat`, it is unknown how long the token has been in logs.
    let request = Request::get(format!("/?token={}", issuer.token().claim("exp", now + 60).without("iat").build()));
    assert_eq!(send(&app, request.header(stream.0, stream.1).body(Body::empty()).unwrap()).await.status, 401);
    // In a header, its lifetime is not limited.
    assert_eq!(crate::support::get_with(&app, "/", &lives(3600)).await.status, 200);
}

#[tokio::test]
async fn locations_that_must_not_start_are_named() {
    let issuer = TestIssuer::new();
    let cookie = || TokenLocation::cookie("t");
    for (locations, setting) in [
        (vec![TokenLocation::authorization(), TokenLocation::authorization()], "token_location"),
        (vec![cookie(), TokenLocation::authorization(), cookie().danger_without_origin()], "token_location"),
        (vec![TokenLocation::header("x-token"), TokenLocation::header("X-Token")], "token_location"),
        (vec![TokenLocation::header("Authorization")], "token_location"),
        (vec![TokenLocation::header("cookie")], "token_location"),
        (vec![TokenLocation::header("x token")], "token_location"),
        (vec![TokenLocation::event_stream_query("")], "token_location"),
        (vec![cookie().trusted_origin("https://app.test/")], "trusted_origin"),
        (vec![cookie().trusted_origin("http://app.test")], "trusted_origin"),
        (vec![TokenLocation::event_stream_query("t").max_lifetime(std::time::Duration::ZERO)], "max_lifetime"),
    ] {
        let shown = format!("{locations:?}");
        let builder = locations.into_iter().fold(Verifier::builder(), auth_runtime::VerifierBuilder::token_location);
        let error = builder.issuer(issuer.issuer()).build().await.unwrap_err();
        assert_eq!(error.setting(), setting, "{shown}: {error}");
    }
    let builder = Verifier::builder().trusted_origin("app.test").issuer(issuer.issuer());
    assert_eq!(builder.build().await.unwrap_err().setting(), "trusted_origin");
}
