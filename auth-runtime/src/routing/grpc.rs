//! Refusals of gRPC calls. A gRPC client parses every body as messages of its protocol. So a refusal has no body, and a
//! header has the gRPC status that corresponds to the HTTP status.

use axum::body::Body;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

/// Whether a request is a gRPC call, by its content type.
pub(super) fn is_call(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

/// The refusal as a gRPC response without messages. It keeps its HTTP status and its other headers.
pub(super) fn refused(refusal: Response<Body>) -> Response<Body> {
    let (mut parts, _) = refusal.into_parts();
    // As in gRPC's document "HTTP to gRPC Status Code Mapping", except that a malformed request is the client's error.
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
