//! What a service behind a guard gets: no credential that the verifier reads, in any location, whichever one was
//! accepted. Everything else is unchanged.

use std::convert::Infallible;
use std::time::Duration;

use auth_runtime::testing::TestIssuer;
use auth_runtime::{
    ApiKey, ApiKeys, AuthenticationError, Authenticator, GuardedRouter, Identity, Limit, RequireLayer, TokenLocation,
    User, Verifier, VerifierBuilder, require_user,
};
use axum::Router;
use axum::body::Body;
use axum::extract::OriginalUri;
use axum::http::request::Parts;
use axum::http::{HeaderName, Request, Uri, header};

use crate::support::{Answer, send};

#[require_user]
pub(crate) struct Member;

/// All headers by name, the URI, and the URI before any router changed it.
pub(crate) async fn echo(request: Request<Body>) -> String {
    let user = request.extensions().get::<User>().map_or("nobody", User::id);
    let original = request.extensions().get::<OriginalUri>().map_or(request.uri(), |original| &original.0);
    let mut headers: Vec<_> = request.headers().iter().collect();
    headers.sort_by_key(|(name, _)| name.as_str());
    let headers: Vec<_> = headers.iter().map(|(name, value)| format!(" {name}={}", value.to_str().unwrap())).collect();
    let headers = headers.concat();
    format!("{user} {} {original}{headers}", request.uri())
}

/// Another team's service: on a path, below a path, and behind a layer without a router.
async fn apps(builder: impl Fn() -> VerifierBuilder) -> [(Router, &'static str); 3] {
    let verifier = async || builder().build().await.unwrap();
    let on_a_path = GuardedRouter::new().guarded_service::<Member>("/s/x", axum::routing::any(echo));
    let inner = Router::new().route("/x", axum::routing::any(echo));
    let below_a_path = GuardedRouter::new().guarded_router::<Member>("/s", inner.clone());
    let layer = RequireLayer::<Member>::new().verifier(verifier().await);
    [
        (on_a_path.guarded_by(verifier().await).into_router(), "/s/x"),
        (below_a_path.guarded_by(verifier().await).into_router(), "/x"),
        (Router::new().nest("/s", inner.layer(layer)), "/x"),
    ]
}

async fn ask(app: &Router, query: &str, headers: &[(&str, &str)]) -> Answer {
    let request = Request::get(format!("/s/x{query}"));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    send(app, request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn no_token_passes_in_any_location() {
    let issuer = TestIssuer::new();
    let token = issuer.token().user("ada").expires_in(Duration::from_secs(60)).build();
    let (bearer, cookies) = (format!("Bearer {token}"), format!("a=1; t={token}; b=2"));
    let protocols = format!("chat, bearer.{token}");
    let (query, one_of_many) = (format!("?access_token={token}"), format!("?a=1&access_token={token}&b=%20"));
    let (spelt_otherwise, twice) = (format!("?access%5Ftoken={token}"), format!("{one_of_many}&access_token={token}"));
    let builder = || {
        let builder = Verifier::builder().issuer(issuer.issuer()).identity_headers(["x-user"]);
        let locations = [
            TokenLocation::authorization(),
            TokenLocation::header("x-token"),
            TokenLocation::websocket_query("ws_token"),
            TokenLocation::websocket_subprotocol("bearer."),
            TokenLocation::event_stream_query("access_token"),
            TokenLocation::cookie("t"),
        ];
        locations.into_iter().fold(builder, VerifierBuilder::token_location)
    };
    let stream = ("accept", "text/event-stream");
    let upgrade = ("upgrade", "websocket");
    let websocket = format!("?a=1&ws_token={token}");
    for (app, path) in apps(builder).await {
        for (about, query, headers, rest, left) in [
            ("authorization", "", [("authorization", bearer.as_str())].as_slice(), "", ""),
            ("its own header", "", &[("x-token", token.as_str())], "", ""),
            ("a cookie among others", "", &[("cookie", cookies.as_str())], "", " cookie=a=1; b=2"),
            (
                "two headers of cookies",
                "",
                &[("cookie", "c=3"), ("cookie", &cookies)],
                "",
                " cookie=c=3 cookie=a=1; b=2",
            ),
            ("the query", &query, &[stream], "", " accept=text/event-stream"),
            ("a query of several", &one_of_many, &[stream], "?a=1&b=%20", " accept=text/event-stream"),
            ("its name spelt otherwise", &spelt_otherwise, &[stream], "", " accept=text/event-stream"),
            ("twice the same", &twice, &[stream], "?a=1&b=%20", " accept=text/event-stream"),
            ("a WebSocket's query", &websocket, &[upgrade], "?a=1", " upgrade=websocket"),
            (
                "a subprotocol",
                "",
                &[upgrade, ("sec-websocket-protocol", &protocols)],
                "",
                " sec-websocket-protocol=chat upgrade=websocket",
            ),
            (
                "beside the accepted one",
                &one_of_many,
                &[stream, ("x-token", &token)],
                "?a=1&b=%20",
                " accept=text/event-stream",
            ),
            ("an identity header", "", &[("x-token", &token), ("x-user", "eve")], "", ""),
            (
                "its other spellings",
                "",
                &[("x-token", &token), ("X_User", "eve"), ("x-user", "eve"), ("x.user", "eve")],
                "",
                "",
            ),
            ("another header", "", &[("x-token", &token), ("x-users", "eve")], "", " x-users=eve"),
        ] {
            let answer = ask(&app, query, headers).await;
            let expected = format!("ada {path}{rest} /s/x{rest}{left}");
            assert_eq!((answer.status.as_u16(), answer.body), (200, expected), "{about} {path}");
        }
    }
}

/// A session cookie, with a custom `remove_credential`.
#[derive(Clone, Copy)]
enum Sessions {
    ByDefault,
    OwnCookieAlone,
    Panics,
    InAHeader,
}

impl Authenticator for Sessions {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        let name = if matches!(self, Self::InAHeader) { "x-session" } else { "cookie" };
        let value = request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if value.contains("s=bad") {
            return Err(AuthenticationError::Invalid);
        }
        Ok(value.contains("s=good").then(|| Identity::new("ada")))
    }

    fn headers(&self) -> Vec<HeaderName> {
        match self {
            Self::InAHeader => vec![HeaderName::from_static("x-session")],
            _ => vec![header::AUTHORIZATION, header::COOKIE],
        }
    }

    fn remove_credential(&self, request: &mut Parts) {
        match self {
            Self::OwnCookieAlone => drop(request.headers.insert(header::COOKIE, "theme=dark".parse().unwrap())),
            Self::Panics => panic!("as asked"),
            _ => self.headers().into_iter().for_each(|name| drop(request.headers.remove(name))),
        }
    }
}

/// Like [`Sessions`], without overridden methods.
struct Plain;

impl Authenticator for Plain {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        Sessions::ByDefault.authenticate(request).await
    }
}

#[tokio::test]
async fn an_authenticator_removes_its_credential_and_fails_closed() {
    let cookies = [("cookie", "theme=dark; s=good"), ("proxy-authorization", "Basic x"), ("x-session", "s=good")];
    let header = "x-session=s=good";
    let passes = |answer: Answer, left: &str| assert_eq!((answer.status.as_u16(), answer.body), (200, left.to_owned()));
    for (sessions, left) in [
        (Sessions::OwnCookieAlone, format!("cookie=theme=dark proxy-authorization=Basic x {header}")),
        (Sessions::InAHeader, "cookie=theme=dark; s=good proxy-authorization=Basic x".to_owned()),
    ] {
        for (app, path) in apps(|| Verifier::builder().authenticator("sessions", sessions)).await {
            passes(ask(&app, "", &cookies).await, &format!("ada {path} /s/x {left}"));
        }
    }
    for (app, path) in apps(|| Verifier::builder().authenticator("sessions", Plain)).await {
        passes(ask(&app, "", &cookies).await, &format!("ada {path} /s/x {header}"));
    }
    // It cannot remove its credential, so no request passes.
    for (app, _) in apps(|| Verifier::builder().authenticator("sessions", Sessions::Panics)).await {
        let answer = ask(&app, "", &cookies).await;
        assert_eq!((answer.status.as_u16(), answer.headers.contains_key(header::RETRY_AFTER)), (503, true));
        assert!(!answer.body.contains("good"), "{}", answer.body);
    }
}

#[tokio::test]
async fn credentials_beside_the_accepted_one_do_not_pass_either() {
    let issuer = TestIssuer::new();
    let key = ApiKey::generate("sk_");
    let (digest, bearer) = (key.digest(), format!("Bearer {}", issuer.token().user("ada").build()));
    let builder = || {
        let keys = ApiKeys::header("x-api-key").prefix("sk_").find(move |found| async move {
            Ok::<_, String>((found == digest).then(|| ApiKey::new("1", Identity::new("ada"), Limit::none())))
        });
        let builder = Verifier::builder().issuer(issuer.issuer()).authenticator("keys", keys);
        builder.authenticator("sessions", Sessions::ByDefault)
    };
    for (app, path) in apps(builder).await {
        for headers in [
            // A session, valid or not, together with a token, and together with an API key.
            [("authorization", bearer.as_str()), ("cookie", "s=good")],
            [("authorization", &bearer), ("cookie", "s=bad")],
            [("x-api-key", key.key()), ("cookie", "s=good")],
        ] {
            let answer = ask(&app, "", &headers).await;
            assert_eq!((answer.status.as_u16(), answer.body), (200, format!("ada {path} /s/x")), "{headers:?}");
        }
        // An invalid token with a valid session, and two explicit credentials: the service gets no request.
        let bad = ask(&app, "", &[("authorization", "Bearer bad"), ("cookie", "s=good")]).await;
        let two = ask(&app, "", &[("authorization", &bearer), ("x-api-key", key.key())]).await;
        assert_eq!((bad.status.as_u16(), two.status.as_u16()), (401, 400));
    }
}

/// A service that is not from axum.
#[tokio::test]
async fn a_service_without_a_router_sees_no_token_in_its_uri() {
    let issuer = TestIssuer::new();
    let location = TokenLocation::event_stream_query("t");
    let verifier = Verifier::builder().issuer(issuer.issuer()).token_location(location).build().await.unwrap();
    let service = tower::service_fn(|request: Request<Body>| async move {
        Ok::<_, Infallible>(axum::http::Response::new(Body::from(request.uri().to_string())))
    });
    let layer = RequireLayer::<Member>::new().verifier(verifier);
    let app = Router::new().fallback_service(tower::Layer::layer(&layer, service));
    let token = issuer.token().expires_in(Duration::from_secs(60)).build();
    let uri: Uri = format!("/s/x?t={token}&a=1").parse().unwrap();
    let request = Request::get(uri).header("accept", "text/event-stream").body(Body::empty()).unwrap();
    assert_eq!(send(&app, request).await.body, "/s/x?a=1");
}
