//! What a guard answers when it refuses a request.

use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Components, Content, ContentBuilder, Ref, RefOr, ResponseBuilder};

use super::words;
use crate::routing::policy::Policy;

const PROBLEM: &str = "AuthProblem";
const PROBLEM_TYPE: &str = "application/problem+json";

/// Adds the responses of the guard. If the operation describes such a response already, it only gets the form of a
/// refusal, unless it has one. With `is_own`, the application responds in its own form, which is not described.
pub(super) fn add(operation: &mut Operation, policy: &Policy, is_own: bool) {
    let mut answer = |status: &str, description: &str| {
        let new = || RefOr::T(ResponseBuilder::new().description(description).build());
        let described = operation.responses.responses.entry(status.to_owned()).or_insert_with(new);
        if let RefOr::T(response) = described
            && !is_own
        {
            response.content.entry(PROBLEM_TYPE.to_owned()).or_insert_with(problem);
        }
    };
    for (status, description) in words::refusals(policy) {
        answer(&status.to_string(), description);
    }
}

fn problem() -> RefOr<Content> {
    RefOr::T(ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).build())
}

/// Adds the schema of these answers.
pub(super) fn complete(components: &mut Components) {
    let of = |name: Type| ObjectBuilder::new().schema_type(name).build();
    let problem = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("A refusal (RFC 9457)."))
        .property("title", of(Type::String))
        .property("status", of(Type::Integer))
        .property("detail", of(Type::String))
        .required("title")
        .required("status")
        .required("detail")
        .build();
    components.schemas.entry(PROBLEM.to_owned()).or_insert_with(|| problem.into());
}
