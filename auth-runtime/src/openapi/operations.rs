//! The operations that are mounted with a router's handlers, and the parameters of their paths.

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, OpenApiBuilder, PathItem, RefOr, Required};

use crate::routing::GuardedRouter;
use crate::routing::operation::{operation, operations};
use crate::routing::template::{Piece, params, pieces};

/// Adds the handlers that were mounted with their documentation. Returns the operations that the document had already.
pub(super) fn add_documented<S>(router: &GuardedRouter<S>, document: &mut OpenApi) -> Vec<String>
where
    S: Clone + Send + Sync + 'static,
{
    let mut twice = Vec::new();
    for (path, method, documented) in router.documented() {
        let path = as_documented(&path);
        if let Some(components) = documented.components.clone() {
            document.merge(OpenApiBuilder::new().components(Some(components)).build());
        }
        let item = document.paths.paths.entry(path.clone()).or_default();
        match operation(item, method) {
            Some(place @ None) => *place = Some(documented.operation.clone()),
            _ => twice.push(format!("{method} {path}")),
        }
    }
    twice
}

/// The path as OpenAPI writes it: it has no catch-all.
fn as_documented(template: &str) -> String {
    let piece = |piece| match piece {
        Piece::Literal(literal) => literal.to_owned(),
        Piece::Param(name) | Piece::Rest(name) => format!("{{{name}}}"),
    };
    pieces(template).into_iter().map(piece).collect()
}

/// Adds the parameters of the path that are not described, such as those of a prefix of `nest`. A reference may
/// describe any parameter, so nothing is added if there is one.
pub(super) fn complete_parameters(path: &str, item: &mut PathItem) {
    let of_item = item.parameters.clone().unwrap_or_default();
    for (_, operation) in operations(item) {
        let mut known = operation.parameters.take().unwrap_or_default();
        for name in params(path) {
            let is_it = |parameter: &RefOr<Parameter>| match parameter {
                RefOr::T(parameter) => parameter.name == name && parameter.parameter_in == ParameterIn::Path,
                RefOr::Ref(_) => true,
            };
            if !known.iter().chain(&of_item).any(is_it) {
                known.push(RefOr::T(text_parameter(name)));
            }
        }
        operation.parameters = Some(known).filter(|known| !known.is_empty());
    }
}

fn text_parameter(name: &str) -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String);
    let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).schema(Some(schema));
    parameter.required(Required::True).build()
}
