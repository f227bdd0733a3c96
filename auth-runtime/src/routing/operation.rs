//! The documentation of a handler, and its place in an OpenAPI document (feature `utoipa`).

use std::fmt;

use utoipa::openapi::path::Operation;
use utoipa::openapi::{Components, PathItem};

/// The documentation of one handler for one method.
pub(crate) struct Documented {
    pub(crate) operation: Operation,
    /// What the operation refers to.
    pub(crate) components: Option<Components>,
}

impl fmt::Debug for Documented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documented").field("id", &self.operation.operation_id).finish_non_exhaustive()
    }
}

/// Every operation of a path, with the name of its method.
pub(crate) fn operations(item: &mut PathItem) -> Vec<(String, &mut Operation)> {
    let mut found = Vec::new();
    let named = [
        ("GET", &mut item.get),
        ("PUT", &mut item.put),
        ("POST", &mut item.post),
        ("DELETE", &mut item.delete),
        ("OPTIONS", &mut item.options),
        ("HEAD", &mut item.head),
        ("PATCH", &mut item.patch),
        ("TRACE", &mut item.trace),
        ("QUERY", &mut item.query),
    ];
    found.extend(named.into_iter().filter_map(|(name, operation)| Some((name.to_owned(), operation.as_mut()?))));
    found.extend(item.additional_operations.iter_mut().map(|(name, operation)| (name.clone(), operation)));
    found
}

/// The place in a path for the operation of a method.
pub(crate) fn operation<'a>(item: &'a mut PathItem, method: &str) -> Option<&'a mut Option<Operation>> {
    Some(match method {
        "GET" => &mut item.get,
        "PUT" => &mut item.put,
        "POST" => &mut item.post,
        "DELETE" => &mut item.delete,
        "OPTIONS" => &mut item.options,
        "HEAD" => &mut item.head,
        "PATCH" => &mut item.patch,
        "TRACE" => &mut item.trace,
        _ => return None,
    })
}
