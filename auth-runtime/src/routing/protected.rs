//! A router whose routes are a protected resource (RFC 9728): clients learn from it where to get a token, and for which
//! scopes.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;

use super::fault::RouteFault;
use super::mounted::{Place, here};
use super::router::GuardedRouter;
use crate::policy::{Deny, Need};
use crate::request_context::RequestContext;
use crate::verifier::{self, Resource, ResourceId, Verifier};

/// What a router says of its resource.
#[derive(Clone)]
pub(super) struct Protected {
    /// Or what is wrong with it.
    id: Result<ResourceId, String>,
    /// The scopes to list instead of those that guards ask for.
    scopes: Option<Vec<String>>,
    at: Place,
}

impl Protected {
    pub(super) fn url(&self) -> Arc<str> {
        self.id.as_ref().map_or("", ResourceId::url).into()
    }

    /// The verifier of the routes, in front of the resource.
    pub(super) fn behind(&self, verifier: Option<Verifier>, scopes: &Scopes) -> Option<Verifier> {
        let verifier = verifier.or_else(|| verifier::global().cloned())?;
        let Ok(id) = &self.id else { return Some(verifier) };
        let scopes = self.scopes.clone().unwrap_or_else(|| scopes.of(id.url()));
        Some(verifier.protecting(id, &scopes))
    }

    /// What is wrong with the resources of a router, each with its verifier.
    pub(super) fn all_faults(all: &[(Self, Option<Verifier>)]) -> Vec<RouteFault> {
        let mut faults = Vec::new();
        for (position, (protected, verifier)) in all.iter().enumerate() {
            faults.extend(protected.faults(verifier.as_ref()));
            if let Some((first, _)) = all.iter().take(position).find(|(other, _)| other.path() == protected.path()) {
                let (file, line) = first.at;
                let problem =
                    format!("`protected_resource` is called at {file}:{line} for the same path: call it once");
                faults.push(RouteFault::new(None, "", problem, protected.at));
            }
        }
        faults
    }

    fn path(&self) -> Option<String> {
        self.id.as_ref().ok().map(ResourceId::metadata_path)
    }

    fn faults(&self, verifier: Option<&Verifier>) -> Vec<RouteFault> {
        let problems = match (&self.id, verifier.or_else(|| verifier::global())) {
            (Err(problem), _) => vec![problem.clone()],
            (Ok(_), None) => vec!["needs the verifier: call `guarded_by`, or `init` before `build`".to_owned()],
            (Ok(id), Some(verifier)) => verifier.faults_of(id),
        };
        let of_scopes = self.scopes.iter().flatten().filter(|scope| !is_scope(scope));
        let of_scopes =
            of_scopes.map(|scope| format!("`advertise_scopes`: {scope:?} is not a scope (RFC 6749 section 3.3)"));
        let problems = problems.into_iter().map(|problem| format!("`protected_resource`: {problem}"));
        problems.chain(of_scopes).map(|problem| RouteFault::new(None, "", problem, self.at)).collect()
    }

    /// Clients look for the metadata at the root of the host.
    pub(super) fn fault_below(&self, prefix: &str) -> RouteFault {
        let problem = "`protected_resource` on a router that is nested: clients look for its metadata at the root of the \
                       host, so call it on a router that is served or merged there";
        RouteFault::new(None, prefix, problem, self.at)
    }
}

fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~'))
}

/// The scopes that the guards of each protected resource ask for.
#[derive(Debug, Default)]
pub(super) struct Scopes(BTreeMap<String, BTreeSet<&'static str>>);

impl Scopes {
    /// Policies that hide their routes are left out: the document is public.
    pub(super) fn add(&mut self, resource: &str, needs: impl Iterator<Item = &'static Need>) {
        let shown = needs.filter(|need| need.deny() != Deny::NotFound);
        self.0.entry(resource.to_owned()).or_default().extend(shown.flat_map(Need::scopes));
    }

    fn of(&self, resource: &str) -> Vec<String> {
        self.0.get(resource).into_iter().flatten().map(|scope| (*scope).to_owned()).collect()
    }
}

impl<S: Clone + Send + Sync + 'static> GuardedRouter<S> {
    /// Declares that the routes of this router are the protected resource with this identifier (RFC 9728), as OAuth
    /// clients and MCP clients expect: a client without a token learns from the first 401 where to get one.
    ///
    /// - Adds a public route with the metadata: `/.well-known/oauth-protected-resource`, followed by the path of the
    ///   identifier. The metadata lists the issuers of the verifier, the scopes that guards ask for, and whether tokens are
    ///   read from `Authorization`. It is computed once; no header of a request is used.
    /// - Each challenge has the URL of the metadata as `resource_metadata`, and on 401 the scopes of the route as `scope`.
    ///
    /// Only issuers with one fixed `iss` that is an https URL are listed; tenants of a provider are not. Scopes of policies
    /// with `deny = not_found` are left out. The document is for everyone: add a `CorsLayer` if clients run in browsers.
    ///
    /// It holds for the routes of this router, added before or after, and for those of routers inside it that have no
    /// verifier of their own.
    ///
    /// [`build`](Self::build) refuses an identifier that is not an https URL, or that some listed issuer does not accept as
    /// an audience: a client would get a token for this resource, and it would be refused. It refuses issuers with
    /// `danger_any_audience`, a router without a verifier, and a router that is nested below a path.
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
        let id = ResourceId::parse(url);
        if self.own.protected.is_some() {
            self.known.fault("", "`protected_resource` is called twice: merge routers that are one resource each", at);
            return self;
        }
        let protected = Protected { id, scopes: None, at };
        let path = protected.path();
        self.own.protected = Some(protected);
        match path {
            Some(path) => self.route(&path, super::get(metadata)),
            None => self,
        }
    }

    /// Lists these scopes in the metadata of the [`protected_resource`](Self::protected_resource), instead of those that
    /// guards ask for. Challenges do not change.
    ///
    /// ```no_run
    /// # fn routes(routes: auth_runtime::GuardedRouter) -> auth_runtime::GuardedRouter {
    /// routes.protected_resource("https://api.example.com").advertise_scopes(["posts:read"])
    /// # }
    /// ```
    #[track_caller]
    pub fn advertise_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        match &mut self.own.protected {
            Some(protected) => protected.scopes = Some(scopes.into_iter().map(Into::into).collect()),
            None => {
                let problem = "`advertise_scopes` needs a resource: call `protected_resource` before it";
                self.known.fault("", problem, here());
            }
        }
        self
    }
}

/// The resource of the verifier in charge.
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
