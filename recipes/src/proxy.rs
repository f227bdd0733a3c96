//! A reverse proxy: another server responds. It gets the user's id, but neither the token nor the cookie.

use auth_runtime::{GuardedRouter, OrgMember, User, require_org};
use axum::body::Body;
use axum::extract::Request;
use axum::http::uri::{Authority, Scheme, Uri};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

#[require_org(from = path("org_id"))]
pub struct InOrg;

pub fn routes(upstream: Authority) -> GuardedRouter {
    let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
    let forward = move |request: Request| forward(client.clone(), upstream.clone(), request);
    GuardedRouter::new().guarded_service::<InOrg>("/orgs/{org_id}/reports/{*path}", axum::routing::any(forward))
}

async fn forward(client: Client<HttpConnector, Body>, upstream: Authority, mut request: Request) -> Response {
    // This header belongs to the caller's connection, not to the upstream's.
    for name in [header::CONNECTION, header::UPGRADE, header::TE, header::HOST] {
        request.headers_mut().remove(name);
    }
    let who = [
        ("x-user-id", request.extensions().get().map(|user: &User| user.id().to_owned())),
        ("x-org-id", request.extensions().get().map(|org: &OrgMember| org.id().to_owned())),
    ];
    for (name, value) in who {
        let Some(Ok(value)) = value.map(HeaderValue::try_from) else { return StatusCode::BAD_GATEWAY.into_response() };
        request.headers_mut().insert(name, value);
    }
    let path = request.uri().path_and_query().cloned();
    let mut uri = Uri::builder().scheme(Scheme::HTTP).authority(upstream);
    uri = match path {
        Some(path) => uri.path_and_query(path),
        None => uri.path_and_query("/"),
    };
    let Ok(uri) = uri.build() else { return StatusCode::BAD_GATEWAY.into_response() };
    *request.uri_mut() = uri;
    match client.request(request).await {
        Ok(response) => response.map(Body::new),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
