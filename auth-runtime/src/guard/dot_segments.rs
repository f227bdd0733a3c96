//! Dot segments: a service behind a guard may resolve them, and then answers for another path than the guard has
//! judged.

use axum::extract::OriginalUri;
use http::request::Parts;

/// Whether a path of the request has a segment `.` or `..`. Clients resolve them before they send a request (RFC 3986
/// section 5.2.4), so that only an attacker sends one.
pub(super) fn are_in(parts: &Parts) -> bool {
    // A nested router has removed its prefix from the URI, and a layer may have changed it.
    let original = parts.extensions.get::<OriginalUri>().is_some_and(|OriginalUri(uri)| has_one(uri.path()));
    original || has_one(parts.uri.path())
}

/// In each spelling that some server takes for a dot segment: percent-encoded, at an encoded slash or a backslash, or
/// with parameters (`..;a=b`).
fn has_one(path: &str) -> bool {
    if !path.contains(['.', '%']) {
        return false;
    }
    let encoded = [("%2e", "."), ("%2f", "/"), ("%5c", "/"), ("%3b", ";")];
    let path = encoded.iter().fold(path.to_ascii_lowercase(), |path, (from, to)| path.replace(from, to));
    path.split(['/', '\\']).any(|segment| matches!(segment.split(';').next(), Some("." | "..")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_segments_are_found_in_each_spelling() {
        for path in ["/..", "/a/../b", "/a/./b", "/a/.", "/a/%2e%2E/b", "/a/.%2e/b", "/a/..%2Fb", "/a%2f..", "/a/..\\b"]
        {
            assert!(has_one(path), "{path}");
        }
        for path in ["/a/..;x=1/b", "/a/..%3bx/b", "/a%5C..%5Cb", "/%2e", "..", "//../"] {
            assert!(has_one(path), "{path}");
        }
        for path in [
            "/",
            "",
            "*",
            "//",
            "/a.b",
            "/.well-known/x",
            "/...",
            "/a..b/..c/d..",
            "/%2e%2e%2e",
            "/a;..",
            "/%252e%252e",
        ] {
            assert!(!has_one(path), "{path}");
        }
    }
}
