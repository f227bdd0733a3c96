//! Guards in an OpenAPI document (feature `utoipa`): what a client needs to call a route. It is generated from the
//! guards themselves, so that the document cannot contradict them.

mod operations;
mod words;

use std::collections::BTreeSet;
use std::fmt;

use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, OpenIdConnect, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Components, ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

use self::operations::{add_documented, complete_parameters};
use crate::routing::operation::operations;
use crate::routing::policy::Policy;
use crate::routing::template::{Piece, pieces};
use crate::routing::{GuardedRouter, Row};

const PROBLEM: &str = "AuthProblem";

impl<S: Clone + Send + Sync + 'static> GuardedRouter<S> {
    /// Adds the guards of these routes to a document that `utoipa` generated from their handlers. Handlers that were
    /// mounted by [`routes`](Self::routes) are added to it.
    ///
    /// [`Documentation`] does the same with settings.
    ///
    /// # Errors
    /// The document describes operations that are not mounted, or an operation twice. The error lists them.
    pub fn openapi(&self, document: OpenApi) -> Result<OpenApi, OpenApiError> {
        Documentation::new().write(self, document)
    }
}

/// How guards are added to an OpenAPI document.
///
/// | in the document | from |
/// |---|---|
/// | security scheme `bearer`, and `openIdConnect` if [requested](Self::open_id_connect) | the settings |
/// | each operation's `security`, with the scopes that every caller needs; `[]` for a public route; an optional entry under `optional_user` | the guard; replaces an existing entry |
/// | the responses 401 and 403 (404 under `deny = not_found`) with the schema of problem details, unless described already | the guard |
/// | a sentence on who has access, at the end of the description | the condition; the text of a `check` is never included |
///
/// Operations and routes are matched by method and path; names of parameters do not matter. A catch-all `{*rest}` may
/// be documented as `{*rest}` or as `{rest}`.
///
/// ```
/// use auth_runtime::openapi::Documentation;
/// use auth_runtime::{GuardedRouter, public, require_permission, routing::get};
/// use utoipa::OpenApi;
///
/// #[utoipa::path(get, path = "/invoices", responses((status = 200)))]
/// #[require_permission(scope("invoices:read"))]
/// async fn invoices() {}
///
/// #[public(reason = "load balancer probe")]
/// async fn health() {}
///
/// #[derive(OpenApi)]
/// #[openapi(paths(invoices))]
/// struct Api;
///
/// let routes: GuardedRouter = GuardedRouter::new().route("/invoices", get(invoices)).route("/health", get(health));
/// let document = Documentation::new().every_route().except("/health").write(&routes, Api::openapi())?;
/// assert!(document.to_json()?.contains(r#""security":[{"bearer":["invoices:read"]}]"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Documentation {
    open_id_connect: Option<String>,
    every_route: bool,
    except: Vec<String>,
}

impl Documentation {
    /// Only the scheme `bearer`; routes may be undocumented.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the scheme `openIdConnect`, with the URL of its discovery document, as another way to get a token.
    #[must_use]
    pub fn open_id_connect(mut self, discovery_url: impl Into<String>) -> Self {
        self.open_id_connect = Some(discovery_url.into());
        self
    }

    /// Requires that every guarded handler is documented. Fallbacks, and routes added with `public_service` or
    /// `public_router`, may be undocumented.
    #[must_use]
    pub fn every_route(mut self) -> Self {
        self.every_route = true;
        self
    }

    /// Allows this path to be undocumented.
    #[must_use]
    pub fn except(mut self, path: impl Into<String>) -> Self {
        self.except.push(path.into());
        self
    }

    /// Adds the guards to the document, and the handlers that were mounted by [`routes!`](crate::routes).
    ///
    /// Parameters of a path that an operation does not describe, such as those of a prefix of `nest`, are added as text.
    ///
    /// # Errors
    /// The document describes operations that are not mounted, or an operation twice. With
    /// [`every_route`](Self::every_route), also if routes are not documented. The error lists all of them.
    pub fn write<S>(&self, router: &GuardedRouter<S>, mut document: OpenApi) -> Result<OpenApi, OpenApiError>
    where
        S: Clone + Send + Sync + 'static,
    {
        let table = router.table();
        let rows: Vec<_> = table.rows().iter().map(|row| (shape(&row.path), row)).collect();
        let mut error = OpenApiError { twice: add_documented(router, &mut document), ..OpenApiError::default() };
        let (mut documented, mut described) = (BTreeSet::new(), BTreeSet::new());
        for (path, item) in &mut document.paths.paths {
            let shape = shape(path);
            complete_parameters(path, item);
            for (method, operation) in operations(item) {
                let found = |method: &str| rows.iter().find(|(known, row)| *known == shape && row.method == method);
                // Like the router: HEAD uses the handler of GET, and other methods use the handler of all methods.
                let head = || if method == "HEAD" { found("GET") } else { None };
                let Some((_, row)) = found(&method).or_else(head).or_else(|| found("*")) else {
                    error.unmounted.push(format!("{method} {path}"));
                    continue;
                };
                documented.insert((row.path.as_str(), row.method));
                if !described.insert((row.path.as_str(), method.clone())) {
                    error.twice.push(format!("{method} {path}"));
                    continue;
                }
                self.describe(operation, row);
            }
        }
        if self.every_route {
            let missing = table.rows().iter().filter(|row| {
                !row.is_service()
                    && row.method != "CONNECT"
                    && !row.path.ends_with("/*")
                    && !self.except.contains(&row.path)
                    && !documented.contains(&(row.path.as_str(), row.method))
            });
            error.undocumented.extend(missing.map(|row| format!("{} {}", row.method, row.path)));
        }
        if !error.is_empty() {
            return Err(error);
        }
        self.complete(document.components.get_or_insert_default());
        Ok(document)
    }

    /// Adds the components that the operations refer to.
    fn complete(&self, components: &mut Components) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        components.security_schemes.insert("bearer".to_owned(), SecurityScheme::Http(bearer).into());
        if let Some(url) = &self.open_id_connect {
            let scheme = SecurityScheme::OpenIdConnect(OpenIdConnect::new(url.as_str()));
            components.security_schemes.insert("openIdConnect".to_owned(), scheme.into());
        }
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

    fn describe(&self, operation: &mut Operation, row: &Row) {
        let policy = &row.asks;
        let scopes = scopes(policy);
        let mut security = Vec::new();
        if !policy.is_public() {
            if policy.admits_anonymous() {
                security.push(SecurityRequirement::default());
            }
            security.push(SecurityRequirement::new("bearer", scopes.iter().copied()));
            if self.open_id_connect.is_some() {
                security.push(SecurityRequirement::new("openIdConnect", scopes.iter().copied()));
            }
        }
        operation.security = Some(security);
        let description = operation.description.take().map(|text| format!("{text}\n\n")).unwrap_or_default();
        operation.description = Some(format!("{description}Access: {}.", words::of(policy)));
        let mut answer = |status: &str, description: &str| {
            operation.responses.responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem(description)));
        };
        if !policy.admits_invalid() {
            answer("401", "No valid access token");
        }
        if words::is_selective(policy) {
            if policy.denies_not_found() {
                answer("404", "Not found, or the caller has no access");
            } else {
                answer("403", "The caller has no access");
            }
        }
    }
}

fn problem(description: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(PROBLEM))).build();
    ResponseBuilder::new().description(description).content("application/problem+json", content).build()
}

/// Like the router's shape, but OpenAPI has no catch-all.
fn shape(template: &str) -> String {
    let piece = |piece| if let Piece::Literal(literal) = piece { literal } else { "{}" };
    pieces(template).into_iter().map(piece).collect()
}

/// The scopes that every caller needs, in order. Alternatives are left out: an OpenAPI document cannot express "or"
/// between scopes.
fn scopes(policy: &Policy) -> Vec<&str> {
    let mut needed = Vec::new();
    for clause in policy.clauses() {
        for scope in words::needed_scopes(&clause.condition) {
            if !needed.contains(&scope) {
                needed.push(scope);
            }
        }
    }
    needed
}

/// The differences between the document and the routes.
#[derive(Clone, Debug, Default)]
pub struct OpenApiError {
    unmounted: Vec<String>,
    undocumented: Vec<String>,
    twice: Vec<String>,
}

impl OpenApiError {
    fn is_empty(&self) -> bool {
        self.unmounted.is_empty() && self.undocumented.is_empty() && self.twice.is_empty()
    }

    /// The operations that are documented but not mounted, as `METHOD path`.
    pub fn unmounted(&self) -> &[String] {
        &self.unmounted
    }

    /// The mounted but undocumented routes, as `METHOD path`; empty without `every_route`.
    pub fn undocumented(&self) -> &[String] {
        &self.undocumented
    }

    /// The operations that are documented twice, as `METHOD path`: by the document and by
    /// [`routes!`](crate::routes), or at two paths of the document that differ only in names of parameters.
    pub fn twice(&self) -> &[String] {
        &self.twice
    }
}

impl fmt::Display for OpenApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the OpenAPI document and the routes disagree:")?;
        self.unmounted.iter().try_for_each(|route| write!(f, "\n- {route}: documented, but not mounted"))?;
        self.undocumented.iter().try_for_each(|route| write!(f, "\n- {route}: mounted, but not documented"))?;
        self.twice.iter().try_for_each(|route| write!(f, "\n- {route}: documented twice"))
    }
}

impl std::error::Error for OpenApiError {}
