//! A router whose routes are a protected resource (RFC 9728): clients find out where to get a token, and for which
//! scopes.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;

use super::mounted::here;
use super::protected::Protected;
use super::router::GuardedRouter;
use crate::request_context::RequestContext;
use crate::verifier::Resource;

impl<S: Clone + Send + Sync + 'static> GuardedRouter<S> {
    /// Declares that the routes of this router are the protected resource with this identifier (RFC 9728), as OAuth
    /// clients and MCP clients expect. A client without a token finds out from the first 401 where to get one.
    ///
    /// - Adds a public route with the metadata: `/.well-known/oauth-protected-resource`, followed by the path of the
    ///   identifier. The metadata lists the issuers of the verifier, the scopes that guards ask for, and whether tokens
    ///   are read from `Authorization`. It is computed once; no header of a request is used.
    /// - Each challenge has the URL of the metadata as `resource_metadata`, and on 401 the scopes of the route as
    ///   `scope`.
    ///
    /// Only issuers with one fixed `iss` that is an https URL are listed; tenants of a provider are not. Scopes of
    /// policies with `deny = not_found` are left out. The document is public: add a `CorsLayer` if clients run in
    /// browsers.
    ///
    /// It applies to the routes of this router, added before or after this call, and to those of inner routers without
    /// their own verifier.
    ///
    /// [`build`](Self::build) refuses an identifier that is not an https URL, or that a listed issuer does not accept
    /// as an audience: a client would get a token for this resource, but the token would be refused. It refuses issuers
    /// with `danger_any_audience`, a router without a verifier, and a router that is nested below a path.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// # let keys = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k",
    /// #     "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    /// use auth_runtime::{GuardedRouter, Issuer, Verifier, require_user, routing::get};
    ///
    /// #[require_user(scope("posts:read"))]
    /// async fn posts() {}
    ///
    /// let issuer = Issuer::jwks("https://login.example.com", "https://api.example.com", keys);
    /// let verifier = Verifier::new(issuer).await?;
    /// let app: GuardedRouter = GuardedRouter::new()
    ///     .route("/posts", get(posts))
    ///     .protected_resource("https://api.example.com")
    ///     .guarded_by(verifier);
    /// let app = app.build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[track_caller]
    pub fn protected_resource(mut self, url: &str) -> Self {
        let at = here();
        if self.own.protected.is_some() {
            self.known.fault(
                "",
                "`protected_resource` is called twice: use one router for each resource, and merge \
                              them",
                at,
            );
            return self;
        }
        let protected = Protected::new(url, at);
        let path = protected.path();
        self.own.protected = Some(protected);
        match path {
            Some(path) => self.route(&path, super::get(metadata)),
            None => self,
        }
    }

    /// Lists these scopes in the metadata of the [`protected_resource`](Self::protected_resource), instead of those
    /// that guards ask for. Challenges do not change.
    ///
    /// ```no_run
    /// # fn routes(routes: auth_runtime::GuardedRouter) -> auth_runtime::GuardedRouter {
    /// routes.protected_resource("https://api.example.com").advertise_scopes(["posts:read"])
    /// # }
    /// ```
    #[track_caller]
    pub fn advertise_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        if let Some(protected) = &mut self.own.protected {
            protected.advertise(scopes.into_iter().map(Into::into).collect());
        } else {
            let problem = "`advertise_scopes` needs a resource: call `protected_resource` first";
            self.known.fault("", problem, here());
        }
        self
    }
}

/// The resource, with the verifier that applies here.
struct Metadata(Option<Arc<Resource>>);

impl<S: Send + Sync> FromRequestParts<S> for Metadata {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let verifier = RequestContext::verifier(&parts.extensions);
        Ok(Self(verifier.and_then(|verifier| verifier.resource().cloned())))
    }
}

impl IntoResponse for Metadata {
    fn into_response(self) -> Response {
        match self.0 {
            Some(resource) => {
                let json = HeaderValue::from_static("application/json");
                ([(CONTENT_TYPE, json)], resource.metadata.clone()).into_response()
            }
            // `build` refuses a resource without a verifier.
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

#[auth_macros::public(despite_router, reason = "metadata of the protected resource (RFC 9728)")]
async fn metadata(metadata: Metadata) -> Metadata {
    metadata
}
