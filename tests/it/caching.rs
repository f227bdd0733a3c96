//! Cache headers of responses: a cache never gives the response for one user to another, whatever the credential.

use std::convert::Infallible;
use std::time::Duration;

use auth_runtime::testing::TestIssuer;
use auth_runtime::{
    ApiKey, ApiKeys, AuthenticationError, Authenticator, GuardedRouter, Identity, Limit, ObserveLayer, Require,
    RequireLayer, TokenLocation, User, Verifier, optional_user, public, require_user, routing,
};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, Request, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};

use crate::support::{Answer, send};

#[require_user]
async fn page(user: User) -> String {
    user.id().to_owned()
}

#[require_user]
async fn own(_: User) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "private, max-age=60"), (header::VARY, "accept-language")], "own")
}

#[require_user(check = false)]
async fn refused() {}

#[require_user(check = Err::<(), _>((StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "max-age=1")])))]
async fn refused_by_the_program() {}

#[optional_user]
async fn home(user: Option<User>) -> String {
    user.map_or_else(|| "nobody".to_owned(), |user| user.id().to_owned())
}

#[public(reason = "a test")]
async fn open() {}

#[require_user]
struct Member;

/// `X-Session: s1`, or the cookie of this name.
struct Sessions {
    is_cookie: bool,
}

impl Authenticator for Sessions {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        let name = if self.is_cookie { "cookie" } else { "x-session" };
        let value = request.headers.get(name).and_then(|value| value.to_str().ok());
        let value = value.map(|value| value.trim_start_matches("session="));
        match value {
            None => Ok(None),
            Some("s1") => Ok(Some(Identity::new("ada"))),
            Some(_) => Err(AuthenticationError::Invalid),
        }
    }

    fn headers(&self) -> Vec<HeaderName> {
        if self.is_cookie { vec![header::COOKIE] } else { vec![HeaderName::from_static("x-session")] }
    }
}

fn service() -> impl tower::Service<
    Request<Body>,
    Response = Response,
    Error = Infallible,
    Future = std::future::Ready<Result<Response, Infallible>>,
> + Clone {
    tower::service_fn(|_| std::future::ready(Ok("files".into_response())))
}

fn app(verifier: &Verifier) -> Router {
    let group = GuardedRouter::new().route("/", routing::get(page)).require::<Member>();
    GuardedRouter::new()
        .route("/", routing::get(page))
        .route("/own", routing::get(own))
        .route("/refused", routing::get(refused))
        .route("/refused-by-the-program", routing::get(refused_by_the_program))
        .route("/home", routing::get(home))
        .route("/open", routing::get(open))
        .guarded_service::<Member>("/files", service())
        .nest("/group", group)
        .layer(ObserveLayer::new(|_| {}))
        .guarded_by(verifier.clone())
        .into_router()
}

/// The same on a plain router, with our own layer around it.
fn plain_app(verifier: &Verifier) -> Router {
    let observe = || ObserveLayer::new(|_| {});
    let routes = Router::new()
        .route("/", axum::routing::get(page))
        .route("/own", axum::routing::get(own))
        .route("/refused", axum::routing::get(refused))
        .route("/refused-by-the-program", axum::routing::get(refused_by_the_program))
        .route("/home", axum::routing::get(home))
        .route("/open", axum::routing::get(open))
        .route("/files", axum::routing::get(|_: Require<Member>| async { "files" }))
        .route("/group", axum::routing::get(page).layer(observe()))
        .layer(observe());
    let served = GuardedRouter::new().public_router("each handler has its own guard", routes);
    served.guarded_by(verifier.clone()).into_router()
}

async fn get(app: &Router, uri: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(Request::get(uri), |request, (name, value)| request.header(*name, *value));
    send(app, request.body(Body::empty()).unwrap()).await
}

/// Status, `Cache-Control` and all of `Vary`.
fn told(answer: &Answer) -> (u16, String, String) {
    let all = |name| {
        let values = answer.headers.get_all(name).iter().map(|value| value.to_str().unwrap());
        values.collect::<Vec<_>>().join(" + ")
    };
    (answer.status.as_u16(), all(header::CACHE_CONTROL), all(header::VARY))
}

#[tokio::test]
async fn answers_to_users_without_authorization_are_private() {
    let issuer = TestIssuer::new();
    let token = issuer.token().user("ada").build();
    let key = ApiKey::generate("sk_");
    let digest = key.digest();
    let keys = |keys: ApiKeys| {
        keys.prefix("sk_").find(move |found| async move {
            Ok::<_, String>((found == digest).then(|| ApiKey::new("1", Identity::new("ada"), Limit::none())))
        })
    };
    let tokens = || Verifier::builder().issuer(issuer.issuer());
    let at = |location: TokenLocation| tokens().token_location(TokenLocation::authorization()).token_location(location);
    let (bearer, cookie) = (format!("Bearer {token}"), format!("t={token}"));
    let short = issuer.token().user("ada").expires_in(Duration::from_secs(60)).build();
    let stream = format!("?access_token={short}");
    let at_stream = || at(TokenLocation::event_stream_query("access_token"));
    let accept = ("accept", "text/event-stream");
    for (builder, query, credential, vary) in [
        (at(TokenLocation::cookie("t")), "", [("cookie", cookie.as_str())].as_slice(), "authorization, cookie"),
        (at(TokenLocation::header("X-Token")), "", &[("x-token", token.as_str())], "authorization, x-token"),
        (at_stream(), &stream, &[accept], "authorization, accept"),
        (
            tokens().authenticator("keys", keys(ApiKeys::header("x-api-key"))),
            "",
            &[("x-api-key", key.key())],
            "authorization, x-api-key",
        ),
        (
            tokens().authenticator("sessions", Sessions { is_cookie: true }),
            "",
            &[("cookie", "session=s1")],
            "authorization, cookie",
        ),
        (
            Verifier::builder().authenticator("sessions", Sessions { is_cookie: false }),
            "",
            &[("x-session", "s1")],
            "x-session",
        ),
    ] {
        let verifier = builder.build().await.unwrap();
        let vary = vary.to_owned();
        // With the token in its URL, an answer is not stored at all.
        let is_in_url = !query.is_empty();
        let private = (200, if is_in_url { "no-store" } else { "private" }.to_owned(), vary.clone());
        for app in [app(&verifier), plain_app(&verifier)] {
            for uri in ["/", "/home", "/files", "/group"] {
                let answer = get(&app, &format!("{uri}{query}"), credential).await;
                assert_eq!(told(&answer), private, "{uri} {vary}");
                assert_eq!(answer.headers.contains_key(header::REFERRER_POLICY), is_in_url, "{uri} {vary}");
            }
            // Cache headers of the application are kept.
            let own = told(&get(&app, &format!("/own{query}"), credential).await);
            let expected = if is_in_url { "no-store" } else { "private, max-age=60" };
            assert_eq!(own, (200, expected.to_owned(), format!("accept-language + {vary}")));
            // Requests without a user may share a response, but only with each other.
            assert_eq!(told(&get(&app, "/home", &[]).await), (200, String::new(), vary.clone()));
            assert_eq!(told(&get(&app, "/open", credential).await), (200, String::new(), String::new()));
            for (uri, status, expected) in
                [("/refused", 403, "no-store"), ("/refused-by-the-program", 404, "max-age=1")]
            {
                let answer = told(&get(&app, &format!("{uri}{query}"), credential).await);
                assert_eq!(answer, (status, expected.to_owned(), String::new()), "{uri} {vary}");
            }
            for uri in ["/", "/files", "/group"] {
                assert_eq!(told(&get(&app, uri, &[]).await), (401, "no-store".to_owned(), String::new()), "{uri}");
            }
            // Caches already handle this header.
            if vary.starts_with("authorization") {
                for uri in ["/", "/home", "/files", "/group"] {
                    let answer = told(&get(&app, uri, &[("authorization", &bearer)]).await);
                    assert_eq!(answer, (200, String::new(), String::new()), "{uri}");
                }
            }
        }
    }
}

#[tokio::test]
async fn answers_are_as_before_if_only_authorization_is_read() {
    let issuer = TestIssuer::new();
    let verifier = issuer.verifier().await;
    let bearer = format!("Bearer {}", issuer.token().build());
    for app in [app(&verifier), plain_app(&verifier)] {
        for (uri, headers) in [("/", [("authorization", bearer.as_str())].as_slice()), ("/home", &[]), ("/open", &[])] {
            assert_eq!(told(&get(&app, uri, headers).await), (200, String::new(), String::new()), "{uri}");
        }
        assert_eq!(told(&get(&app, "/", &[]).await), (401, "no-store".to_owned(), String::new()));
    }
}

#[tokio::test]
async fn a_layer_marks_responses_without_a_guarded_router() {
    let verifier = Verifier::builder().authenticator("sessions", Sessions { is_cookie: true }).build().await.unwrap();
    let layer = RequireLayer::<Member>::new().verifier(verifier);
    let app = Router::new().route("/", axum::routing::get(|| async { "files" })).layer(layer);
    let private = (200, "private".to_owned(), "cookie".to_owned());
    assert_eq!(told(&get(&app, "/", &[("cookie", "session=s1")]).await), private);
    for headers in [[("cookie", "session=s2")].as_slice(), &[]] {
        assert_eq!(told(&get(&app, "/", headers).await), (401, "no-store".to_owned(), String::new()));
    }
}
