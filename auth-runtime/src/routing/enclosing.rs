//! What surrounds a handler: the verifier, and the policies that the routers around it require.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::{self, MethodRouter, Route};
use http::StatusCode;
use tower::util::BoxCloneSyncService;
use tower::{Layer, ServiceExt as _};

use super::bounds::RouteLayer;
use super::exempt::Exempt;
use super::layer::Asks;
use super::mounted::Required;
use super::protected::{Protected, Scopes};
use super::template::joined;
use crate::guard::Decided;
use crate::policy::OrgSource;
use crate::verifier::Verifier;

/// What one router sets for everything that it serves.
#[derive(Clone, Default)]
pub(super) struct Own {
    pub(super) verifier: Option<Verifier>,
    pub(super) required: Vec<Required>,
    pub(super) policies: Vec<&'static Decided>,
    /// Layers between its policies and the guards of its handlers.
    pub(super) layers: Vec<AfterRequire>,
    /// Whether services get the credentials that were accepted.
    pub(super) forwards: bool,
    /// The protected resource to which its routes belong.
    pub(super) protected: Option<Protected>,
}

/// What surrounds a handler, while the handler is built.
#[derive(Clone, Default)]
pub(super) struct Enclosing {
    pub(super) verifier: Option<Verifier>,
    /// The routers that require policies, the outermost first.
    levels: Vec<Level>,
    /// The settings of the router itself.
    pub(super) forwards: bool,
    /// Whether the application has a handler for requests that match no route.
    has_fallback: bool,
    /// Whether the router itself responds to requests that match no route, so that it must apply its policies to them.
    holds_rest: bool,
    /// The scopes of each protected resource.
    scopes: Arc<Scopes>,
    /// The path below which this router is nested.
    prefix: String,
    rests: Rests,
}

/// The paths below which requests that match no route have a response already: axum allows one for each path. Shared by
/// all routers of one application.
pub(super) type Rests = Rc<RefCell<BTreeSet<String>>>;

#[derive(Clone)]
struct Level {
    policies: Vec<&'static Decided>,
    layers: Vec<AfterRequire>,
}

impl Enclosing {
    /// For the routes of the outermost router.
    pub(super) fn outermost(own: &Own, has_fallback: bool, scopes: Scopes, rests: BTreeSet<String>) -> Self {
        let rests = Rests::new(rests.into());
        Self { scopes: scopes.into(), rests, ..Self::default() }.nested(own, "", has_fallback)
    }

    /// For the routes of a router that is nested here.
    pub(super) fn nested(&self, own: &Own, prefix: &str, has_fallback: bool) -> Self {
        let inside = Self { prefix: joined(&self.prefix, prefix), ..self.merged(own) };
        let has_fallback = self.has_fallback || has_fallback;
        // Requests that match no route have no path parameters.
        let reads_path = |policy: &&Decided| matches!(policy.org(), OrgSource::Path(_));
        let is_readable = !inside.levels.iter().flat_map(|level| &level.policies).any(reads_path);
        let holds_rest = !has_fallback
            && is_readable
            && !inside.levels.is_empty()
            && self.rests.borrow_mut().insert(inside.prefix.trim_end_matches('/').to_owned());
        Self { has_fallback, holds_rest, ..inside }
    }

    /// For the routes of a router that is merged here. Requests that match no route still belong to this router.
    pub(super) fn merged(&self, own: &Own) -> Self {
        let mut levels = self.levels.clone();
        if !own.policies.is_empty() {
            levels.push(Level { policies: own.policies.clone(), layers: own.layers.clone() });
        }
        let verifier = own.verifier.as_ref().or(self.verifier.as_ref()).cloned();
        Self {
            verifier: match &own.protected {
                Some(protected) => protected.behind(verifier, &self.scopes),
                None => verifier,
            },
            levels,
            forwards: own.forwards,
            has_fallback: self.has_fallback,
            holds_rest: false,
            scopes: Arc::clone(&self.scopes),
            prefix: self.prefix.clone(),
            rests: Rc::clone(&self.rests),
        }
    }

    /// True if none of the surrounding routers requires a policy.
    pub(super) fn is_open(&self) -> bool {
        self.levels.is_empty()
    }

    /// The number of surrounding routers that require a policy.
    pub(super) fn routers(&self) -> usize {
        self.levels.len()
    }

    /// Wraps a handler, so that the policies of the routers around it decide first.
    pub(super) fn guard<S>(&self, mut router: MethodRouter<S>, exempt: &Exempt) -> MethodRouter<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        for (asks, layers) in self.inside_out(exempt) {
            for layer in layers {
                router = router.layer(Sometimes { layer: layer.clone(), exempt: exempt.clone() });
            }
            router = router.layer(asks);
        }
        router
    }

    /// Wraps a whole router, so that the policies of the routers around it decide first.
    pub(super) fn guard_router<S>(&self, mut router: Router<S>) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        for (asks, layers) in self.inside_out(&Exempt::default()) {
            for layer in layers {
                router = router.layer(layer.clone());
            }
            router = router.layer(asks);
        }
        router
    }

    fn inside_out(&self, exempt: &Exempt) -> impl Iterator<Item = (Asks, &[AfterRequire])> {
        self.levels.iter().enumerate().rev().map(move |(number, level)| {
            let asks = Asks::for_handlers(level.policies.clone(), self.verifier.clone(), number, exempt.clone());
            (asks, level.layers.as_slice())
        })
    }

    /// An empty router, whose response to requests without a route is given only to admitted callers.
    pub(super) fn without_routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        self.hold_rest(Router::new())
    }

    /// Applies the policies to requests that match no route, if the application has no handler for them.
    pub(super) fn hold_rest<S: Clone + Send + Sync + 'static>(&self, router: Router<S>) -> Router<S> {
        if self.holds_rest {
            router.fallback(self.guard(routing::any(|| async { StatusCode::NOT_FOUND }), &Exempt::default()))
        } else {
            router
        }
    }
}

type Erased = BoxCloneSyncService<Request, Response, Infallible>;

/// A layer of the application, with its type erased.
#[derive(Clone)]
pub(super) struct AfterRequire(Arc<dyn Fn(Route) -> Erased + Send + Sync>);

impl AfterRequire {
    pub(super) fn new(layer: impl RouteLayer) -> Self {
        Self(Arc::new(move |route| {
            Erased::new(layer.layer(route).map_response(IntoResponse::into_response).map_err(Into::into))
        }))
    }
}

impl Layer<Route> for AfterRequire {
    type Service = Erased;

    fn layer(&self, route: Route) -> Erased {
        (self.0)(route)
    }
}

/// A layer of the application, for those methods of a path to which the router applies its policies.
#[derive(Clone)]
struct Sometimes {
    layer: AfterRequire,
    exempt: Exempt,
}

impl Layer<Route> for Sometimes {
    type Service = Erased;

    fn layer(&self, route: Route) -> Erased {
        let (bare, layered, exempt) = (route.clone(), self.layer.layer(route), self.exempt.clone());
        Erased::new(tower::service_fn(move |request: Request| {
            let (bare, layered) = (bare.clone(), layered.clone());
            let is_exempt = exempt.covers(request.method());
            async move { if is_exempt { bare.oneshot(request).await } else { layered.oneshot(request).await } }
        }))
    }
}
