//! What a guard answers when it refuses a request.

use utoipa::openapi::path::Operation;
use utoipa::openapi::{Components, Content, ContentBuilder, Ref, RefOr, ResponseBuilder};

use super::{problem, words};
use crate::routing::policy::Policy;
use crate::verifier::Verifier;

const PROBLEM: &str = "AuthProblem";

/// Adds the responses of the guard. If the operation describes a response already, only the schema of a refusal is
/// added to that response, unless it has one. If the application responds in its own form, no schema is added.
/// `verifier` is that of the route; `None` if it is not known yet.
pub(super) fn add(operation: &mut Operation, policy: &Policy, verifier: Option<&Verifier>) {
    let is_own = verifier.is_some_and(|verifier| verifier.replies().on_denied.is_some());
    for (status, description) in words::refusals(policy, verifier) {
        let new = || RefOr::T(ResponseBuilder::new().description(description).build());
        let described = operation.responses.responses.entry(status.to_string()).or_insert_with(new);
        if let RefOr::T(response) = described
            && !is_own
        {
            response.content.entry(problem::CONTENT_TYPE.to_owned()).or_insert_with(content);
        }
    }
}

fn content() -> RefOr<Content> {
    RefOr::T(ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).build())
}

/// Adds the schema of these answers.
pub(super) fn complete(components: &mut Components) {
    if !components.schemas.contains_key(PROBLEM) {
        components.schemas.extend(problem::schema().map(|schema| (PROBLEM.to_owned(), schema)));
    }
}
