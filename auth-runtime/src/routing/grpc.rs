//! Refusals of gRPC calls. A client of gRPC takes each body for messages of its protocol, so a refusal has none, and says in
//! a header what its HTTP status means.

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

/// Whether a request is a call of gRPC, by its content type.
pub(super) fn is_call(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

/// The refusal as an answer of gRPC without messages. It keeps its HTTP status and its other headers.
pub(super) fn refused(refusal: Response<Body>) -> Response<Body> {
    let (mut parts, _) = refusal.into_parts();
    // As in the documents of gRPC: "HTTP to gRPC Status Code Mapping", but a request of the wrong form is the client's.
    let status = match parts.status {
        StatusCode::UNAUTHORIZED => "16",
        StatusCode::FORBIDDEN => "7",
        StatusCode::NOT_FOUND => "12",
        StatusCode::BAD_REQUEST => "3",
        StatusCode::SERVICE_UNAVAILABLE => "14",
        StatusCode::INTERNAL_SERVER_ERROR => "13",
        _ => "2",
    };
    parts.headers.insert("grpc-status", HeaderValue::from_static(status));
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}
