//! The guards of a router in a document that `utoipa` generated.

use std::collections::BTreeSet;
use std::fmt;

use utoipa::openapi::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{OpenIdConnect, SecurityScheme};

use super::operations::{add_documented, complete_parameters};
use super::security::Schemes;
use super::{answers, words};
use crate::routing::GuardedRouter;
use crate::routing::operation::operations;
use crate::routing::policy::Policy;
use crate::routing::template::{Piece, pieces};
use crate::verifier::Verifier;

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
/// | security schemes: `bearer`, or an `apiKey` for each other [location](crate::TokenLocation) of tokens and API keys | the verifier of the route; [`scheme`](Self::scheme) adds others |
/// | each operation's `security`, with the scopes that every caller needs; `[]` for a public route; an empty alternative under `optional_user` | the guard |
/// | the responses 400, 401, 403, 404 and 503 that the guard can give, with the schema of problem details, unless the verifier has an [`on_denied`](crate::VerifierBuilder::on_denied); a response that the handler describes keeps its description, and gets this schema too | the guard; for 400 and 503 also the verifier |
/// | a sentence on who has access, at the end of the description | the condition; the text of a `check` is never included |
///
/// The verifier of a route is the one of [`guarded_by`](GuardedRouter::guarded_by), or that of the process if
/// [`init`](crate::init) was called before. If none is known yet, the scheme is `bearer`, and the response 503 is
/// listed. A query parameter is offered only where the verifier reads it: on an operation with a `text/event-stream`
/// response, or with the response 101.
///
/// Security schemes of the document stay. If one describes the same location, it is used under its own name. If the
/// author sets alternatives in `security`, they stay too, after those of the guard. If such an alternative names a
/// scheme of the guard, it gets the scopes of the guard. All schemes of one alternative are needed, so the author can
/// require another one: `security(("bearer" = [], "gateway" = []))`. On a public route, alternatives that name a scheme
/// of a guard are removed.
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
#[derive(Clone, Default)]
pub struct Documentation {
    /// Other ways to get a token, by name.
    schemes: Vec<(String, SecurityScheme)>,
    every_route: bool,
    except: Vec<String>,
}

impl fmt::Debug for Documentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { schemes, every_route, except } = self;
        let schemes: Vec<_> = schemes.iter().map(|(name, _)| name).collect();
        let mut written = f.debug_struct("Documentation");
        written.field("schemes", &schemes).field("every_route", every_route).field("except", except).finish()
    }
}

impl Documentation {
    /// Adds only the schemes that verifiers accept, and allows undocumented routes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the scheme `openIdConnect`, with the URL of its discovery document, as another way to get a token.
    #[must_use]
    pub fn open_id_connect(self, discovery_url: impl Into<String>) -> Self {
        self.scheme("openIdConnect", SecurityScheme::OpenIdConnect(OpenIdConnect::new(discovery_url.into())))
    }

    /// Documents a way to get a bearer token, such as an OAuth 2.0 flow. Every operation whose guard accepts bearer
    /// tokens gets the scheme as another alternative, with the scopes that every caller needs.
    ///
    /// ```
    /// use auth_runtime::openapi::Documentation;
    /// use utoipa::openapi::security::{Flow, OAuth2, Password, Scopes, SecurityScheme};
    ///
    /// let password = OAuth2::new([Flow::Password(Password::new("/token", Scopes::new()))]);
    /// let documentation = Documentation::new().scheme("password", SecurityScheme::OAuth2(password));
    /// ```
    #[must_use]
    pub fn scheme(mut self, name: impl Into<String>, scheme: SecurityScheme) -> Self {
        self.schemes.push((name.into(), scheme));
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
    /// Parameters of a path that an operation does not describe, such as those of a prefix of `nest`, are added as
    /// text.
    ///
    /// # Errors
    /// The document describes operations that are not mounted, or an operation twice. With
    /// [`every_route`](Self::every_route), undocumented routes are an error too. The error lists all of them.
    pub fn write<S>(&self, router: &GuardedRouter<S>, mut document: OpenApi) -> Result<OpenApi, OpenApiError>
    where
        S: Clone + Send + Sync + 'static,
    {
        let table = router.table();
        let rows: Vec<_> = table.rows().iter().map(|row| (shape(&row.path), row)).collect();
        let mut error = OpenApiError { twice: add_documented(router, &mut document), ..OpenApiError::default() };
        let (mut schemes, verifiers) = (Schemes::of(&mut document, &self.schemes), router.verifiers());
        let (mut documented, mut described) = (BTreeSet::new(), BTreeSet::new());
        for (path, item) in &mut document.paths.paths {
            let shape = shape(path);
            complete_parameters(path, item);
            for (method, operation) in operations(item) {
                let found = |method: &str| rows.iter().find(|(known, row)| *known == shape && row.method == method);
                // As in the router, HEAD uses the handler of GET. A method without its own handler uses the one for all
                // methods.
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
                let verifier = verifiers.get(&(row.path.clone(), row.method)).copied();
                Self::describe(operation, &row.asks, verifier);
                for name in schemes.write(operation, &row.asks, verifier) {
                    error.undeclared.push((format!("{method} {path}"), name));
                }
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
        // The order of a document depends on a feature of `utoipa`.
        error.unmounted.sort();
        error.twice.sort();
        error.undeclared.sort();
        if !error.is_empty() {
            return Err(error);
        }
        let components = document.components.get_or_insert_default();
        schemes.put(components);
        answers::complete(components);
        Ok(document)
    }

    fn describe(operation: &mut Operation, policy: &Policy, verifier: Option<&Verifier>) {
        operation.description = Some(words::described(operation.description.take(), policy));
        answers::add(operation, policy, verifier);
    }
}

/// The template without parameter names. Unlike in the router's `shape`, a catch-all is a parameter like any other,
/// because OpenAPI has no catch-all.
fn shape(template: &str) -> String {
    let piece = |piece| if let Piece::Literal(literal) = piece { literal } else { "{}" };
    pieces(template).into_iter().map(piece).collect()
}

/// The differences between the document and the routes.
#[derive(Clone, Debug, Default)]
pub struct OpenApiError {
    unmounted: Vec<String>,
    undocumented: Vec<String>,
    twice: Vec<String>,
    /// Operations with the names of schemes.
    undeclared: Vec<(String, String)>,
}

impl OpenApiError {
    fn is_empty(&self) -> bool {
        let Self { unmounted, undocumented, twice, undeclared } = self;
        unmounted.is_empty() && undocumented.is_empty() && twice.is_empty() && undeclared.is_empty()
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

    /// The operations whose `security` names a scheme that the document does not declare: `METHOD path`, and the name.
    pub fn undeclared(&self) -> &[(String, String)] {
        &self.undeclared
    }
}

impl fmt::Display for OpenApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the OpenAPI document and the routes disagree:")?;
        self.unmounted.iter().try_for_each(|route| write!(f, "\n- {route}: documented, but not mounted"))?;
        self.undocumented.iter().try_for_each(|route| write!(f, "\n- {route}: mounted, but not documented"))?;
        self.twice.iter().try_for_each(|route| write!(f, "\n- {route}: documented twice"))?;
        let undeclared = &mut self.undeclared.iter();
        undeclared.try_for_each(|(route, name)| write!(f, "\n- {route}: security scheme `{name}` is not declared"))
    }
}

impl std::error::Error for OpenApiError {}
