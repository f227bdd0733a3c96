//! Named policies around services.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::BoxError;
use axum::body::{Body, Bytes, HttpBody};
use http::{Request, Response};
use tower::{Layer, Service};

use super::exempt::Exempt;
use super::grpc;
use crate::cache_headers::{Admits, Marks};
use crate::guard::{Decided, Requirement, admit_around, check_path, hand_over, remove_credentials};
use crate::request_context::RequestContext;
use crate::verifier::Verifier;

/// A tower layer that passes requests to a service only if a policy admits them. It works without a
/// [`GuardedRouter`](crate::GuardedRouter), around a tonic server, a proxy or an `axum::Router`.
///
/// A path with a segment `.` or `..` is refused with 400, because the service may resolve it to a path of another
/// policy.
///
/// The response of a refusal is the same as from a handler's guard. For a gRPC call it has no body, and also has
/// `grpc-status`: 16 with 401, 7 with 403, 12 with 404. The service finds the user and the membership in the request's
/// extensions, as [`User`](crate::User) and [`OrgMember`](crate::OrgMember); axum handlers can take them as arguments.
/// Every credential that the verifier reads is removed from the request, with the [identity
/// headers](crate::VerifierBuilder::identity_headers) and those of a provider's proxy. An
/// [authenticator](crate::Authenticator::remove_credential) removes its own credential.
///
/// The verifier is the one set by [`verifier`](Self::verifier), otherwise that of the router around the layer,
/// otherwise that of the process. A policy that reads `path("..")` needs a route around the layer. Without a route, the
/// response is 500, and the event says why.
///
/// ```
/// use auth_runtime::{RequireLayer, require_user};
/// use axum::{Router, routing::get};
///
/// #[require_user(scope("metrics:read"))]
/// pub struct Scraper;
///
/// let metrics: Router = Router::new().route("/metrics", get(|| async { "up 1" }));
/// let guarded = metrics.layer(RequireLayer::<Scraper>::new());
/// ```
pub struct RequireLayer<P> {
    verifier: Option<Verifier>,
    forwards: bool,
    policy: PhantomData<fn() -> P>,
}

impl<P: Requirement> RequireLayer<P> {
    /// Requires the policy `P`, or both policies of a tuple.
    pub fn new() -> Self {
        Self { verifier: None, forwards: false, policy: PhantomData }
    }

    /// Uses this verifier instead of that of the router around the layer.
    #[must_use]
    pub fn verifier(mut self, verifier: Verifier) -> Self {
        self.verifier = Some(verifier);
        self
    }

    /// Passes the accepted credential and the identity headers on to the service. The service can then act as the user.
    #[must_use]
    pub fn danger_forward_credentials(mut self) -> Self {
        self.forwards = true;
        self
    }
}

impl<P: Requirement> Default for RequireLayer<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> Clone for RequireLayer<P> {
    fn clone(&self) -> Self {
        Self { verifier: self.verifier.clone(), forwards: self.forwards, policy: PhantomData }
    }
}

impl<P> fmt::Debug for RequireLayer<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireLayer").field("forwards", &self.forwards).finish_non_exhaustive()
    }
}

impl<S, P: Requirement> Layer<S> for RequireLayer<P> {
    type Service = RequireService<S>;

    fn layer(&self, inner: S) -> RequireService<S> {
        RequireService { inner, asks: Asks::for_service::<P>(self.verifier.clone(), self.forwards) }
    }
}

/// What a request must meet before it passes.
#[derive(Clone)]
pub(super) struct Asks {
    pub(super) policies: Vec<&'static Decided>,
    /// The verifier to use, if it is set. If the request already has its result, that is kept.
    pub(super) verifier: Option<Verifier>,
    pub(super) exempt: Exempt,
    /// Who can get a response from what is behind the policies.
    admits: Admits,
    /// Where an admitted request goes.
    passes: Passes,
}

#[derive(Clone, Copy)]
enum Passes {
    /// To handlers with their own guards, below the router with this number, counted from the outermost one.
    ToHandlers(usize),
    /// To a service, without credentials.
    ToService,
    /// To a service, unchanged.
    Forwarded,
}

impl Asks {
    pub(super) fn for_handlers(
        policies: Vec<&'static Decided>,
        verifier: Option<Verifier>,
        number: usize,
        exempt: Exempt,
    ) -> Self {
        Self { policies, verifier, exempt, admits: Admits::Users, passes: Passes::ToHandlers(number) }
    }

    pub(super) fn for_service<P: Requirement>(verifier: Option<Verifier>, forwards: bool) -> Self {
        let passes = if forwards { Passes::Forwarded } else { Passes::ToService };
        let (policies, admits) = (P::EACH.iter().collect(), Admits::of(P::NEED));
        Self { policies, verifier, exempt: Exempt::default(), admits, passes }
    }

    fn put_in_charge<B>(&self, request: &mut Request<B>) {
        if let Some(verifier) = &self.verifier {
            RequestContext::put_in_charge(request.extensions_mut(), verifier);
        }
    }

    /// The cache headers of the response to this request. The verifier must be set already.
    fn marks<B>(&self, request: &mut Request<B>) -> Option<Box<Marks>> {
        if self.exempt.covers(request.method()) { None } else { Marks::of(self.admits, None, request) }
    }

    /// The request to pass on, or the refusal.
    async fn admit<B>(&self, request: Request<B>) -> Result<Request<B>, Response<Body>> {
        let (mut parts, body) = request.into_parts();
        if self.exempt.covers(&parts.method) {
            RequestContext::bypass(&mut parts.extensions);
            return Ok(Request::from_parts(parts, body));
        }
        if !matches!(self.passes, Passes::ToHandlers(_)) {
            check_path(&parts, &self.policies)?;
        }
        admit_around(&mut parts, &self.policies).await?;
        match self.passes {
            Passes::ToHandlers(number) => RequestContext::pass(&mut parts.extensions, number),
            Passes::Forwarded => hand_over(&mut parts),
            Passes::ToService => {
                hand_over(&mut parts);
                remove_credentials(&mut parts, &self.policies)?;
            }
        }
        Ok(Request::from_parts(parts, body))
    }
}

/// Like [`RequireLayer`], inside a router, which knows the policies as values.
impl<S> Layer<S> for Asks {
    type Service = RequireService<S>;

    fn layer(&self, inner: S) -> RequireService<S> {
        RequireService { inner, asks: self.clone() }
    }
}

/// A service behind a policy: see [`RequireLayer`].
#[derive(Clone)]
pub struct RequireService<S> {
    inner: S,
    asks: Asks,
}

impl<S: fmt::Debug> fmt::Debug for RequireService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireService").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, B, R> Service<Request<B>> for RequireService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: HttpBody<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // This service is ready and handles the request. Its clone must become ready for the next one.
        let waiting = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, waiting);
        let asks = self.asks.clone();
        let is_grpc = grpc::is_call(request.headers());
        Box::pin(async move {
            asks.put_in_charge(&mut request);
            let marks = asks.marks(&mut request);
            match asks.admit(request).await {
                Ok(request) => {
                    let mut response = ready.call(request).await?.map(Body::new);
                    if let Some(marks) = marks {
                        marks.write(&mut response);
                    }
                    Ok(response)
                }
                Err(refusal) if is_grpc => Ok(grpc::refused(refusal)),
                Err(refusal) => Ok(refusal),
            }
        })
    }
}
