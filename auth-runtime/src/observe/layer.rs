//! The layer that tells an observer how each request was decided.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::extract::MatchedPath;
use http::{Method, Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower::{Layer, Service};

use super::audit::{AuditEntry, AuditSink};
use super::observed::Observed;
use super::{Notes, Slot};
use crate::policy::Denied;

/// A tower layer that calls a function after each request, with the outcome of its guards: for an access log, counters,
/// or the attributes of a trace.
///
/// Add it last, so that it is the outermost layer. It works around a [`GuardedRouter`](crate::GuardedRouter), a plain
/// `axum::Router`, a handler, and services behind a [`RequireLayer`](crate::RequireLayer). Several layers see the same
/// decisions.
///
/// ```
/// use auth_runtime::{GuardedRouter, ObserveLayer, Observed, require_user, routing::get};
///
/// #[require_user]
/// async fn whoami() {}
///
/// fn access_log(seen: &Observed<'_>) {
///     tracing::info!(
///         method = %seen.method(),
///         route = seen.route(),
///         status = seen.status().map(|status| status.as_u16()),
///         outcome = seen.outcome().as_str(),
///         policy = seen.policy().as_deref(),
///         user = seen.user().as_deref(),
///         issuer = seen.issuer().as_deref(),
///         org = seen.org().as_deref(),
///         "request"
///     );
/// }
///
/// let app: GuardedRouter = GuardedRouter::new().route("/whoami", get(whoami)).layer(ObserveLayer::new(access_log));
/// ```
///
/// On a plain `axum::Router`, the layer also adds the cache headers that a [`GuardedRouter`](crate::GuardedRouter) adds
/// itself: see [credentials](crate::guide::credentials).
///
/// The function cannot change the response. It is called when the head of the response is ready, and also if the
/// handler panics or the client disconnects: then there is no [`status`](Observed::status). If the function panics,
/// that is logged, and the response is sent. It runs on the task of the request, so it should not block.
///
/// If a layer between this one and a guard replaces the extensions of the request, the guard's decision does not arrive
/// here. The outcome is then [`Undecided`](super::Outcome::Undecided), or comes from the refusal in the response.
#[derive(Clone)]
pub struct ObserveLayer {
    observer: Observer,
}

#[derive(Clone)]
enum Observer {
    Function(Arc<dyn Fn(&Observed<'_>) + Send + Sync>),
    Audit(AuditSink),
    #[cfg(feature = "metrics")]
    Counters,
}

impl ObserveLayer {
    /// Calls this function after each request.
    pub fn new(observer: impl Fn(&Observed<'_>) + Send + Sync + 'static) -> Self {
        Self { observer: Observer::Function(Arc::new(observer)) }
    }

    /// Records each decision of a policy that says `audit` with this function, admitted as well as refused, before the
    /// handler runs.
    ///
    /// If the function returns an error or panics, the request is refused with 503, so no admission stays unrecorded.
    /// It runs on the task of the request. If writing is slow, put the entry into a bounded queue, and return an error
    /// when the queue is full.
    ///
    /// Without such a layer, each decision of these policies is a `tracing` event `decision`, at level `info` with the
    /// target `auth_runtime::audit`. A field that does not apply is absent.
    ///
    /// | field | value |
    /// |---|---|
    /// | `outcome` | an [`Outcome`](super::Outcome): `anonymous`, `admitted` or `refused` |
    /// | `status` | the status of a refusal |
    /// | `method`, `route` | the method, and the template of the route |
    /// | `policy`, `at` | the name of the policy, or its attributes as written; the file and line |
    /// | `user`, `issuer` | the user, and the issuer of the credential |
    /// | `credential` | the `jti` of the token, or the id of the API key |
    /// | `actor` | the id of the actor who acts as the user |
    /// | `org` | the selected organization |
    /// | `reason` | why it was refused: a [`DenialReason`](crate::DenialReason), such as `condition` |
    ///
    /// ```
    /// use auth_runtime::{GuardedRouter, ObserveLayer, require_user, routing::delete};
    ///
    /// #[require_user(scope("admin"), audit)]
    /// async fn delete_account() {}
    ///
    /// let (queue, entries) = std::sync::mpsc::sync_channel(1024);
    /// let audit = ObserveLayer::audit(move |entry| {
    ///     let decision = entry.decision();
    ///     let user = decision.user().map(String::from);
    ///     queue.try_send((decision.outcome(), decision.policy(), user)).map_err(|_| "the queue is full")
    /// });
    /// let app: GuardedRouter = GuardedRouter::new().route("/account", delete(delete_account)).layer(audit);
    /// # drop(entries);
    /// ```
    pub fn audit<E: fmt::Display>(record: impl Fn(&AuditEntry<'_>) -> Result<(), E> + Send + Sync + 'static) -> Self {
        Self { observer: Observer::Audit(AuditSink::new(record)) }
    }

    /// Counts each decision through the `metrics` facade, as `auth_decisions_total`.
    ///
    /// | label | values |
    /// |---|---|
    /// | `policy` | the [policy](super::Decision::policy): a name or attributes of the source code; `handler` if the handler refused |
    /// | `outcome` | an [`Outcome`](super::Outcome): `public`, `anonymous`, `admitted`, `refused` |
    /// | `reason` | a [`DenialReason`](crate::DenialReason), such as `condition`; empty if admitted |
    ///
    /// So there are never more series than policies times reasons: no label comes from a request. A request that no
    /// guard decided is not counted. If this layer is added to a [`GuardedRouter`](crate::GuardedRouter), two policies
    /// with one name are an error of [`build`](crate::GuardedRouter::build): their counters could not be told apart.
    ///
    /// ```
    /// # use auth_runtime::{GuardedRouter, ObserveLayer};
    /// let app: GuardedRouter = GuardedRouter::new().layer(ObserveLayer::counters());
    /// ```
    #[cfg(feature = "metrics")]
    pub fn counters() -> Self {
        Self { observer: Observer::Counters }
    }

    /// Whether it counts decisions by the names of their policies.
    pub(crate) fn counts(&self) -> bool {
        match &self.observer {
            Observer::Function(_) | Observer::Audit(_) => false,
            #[cfg(feature = "metrics")]
            Observer::Counters => true,
        }
    }
}

impl Observer {
    fn tell(&self, seen: &Observed<'_>) {
        match self {
            Self::Function(function) => function(seen),
            // It was recorded when the guard decided.
            Self::Audit(_) => {}
            #[cfg(feature = "metrics")]
            Self::Counters => super::counters::count(seen),
        }
    }
}

impl fmt::Debug for ObserveLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObserveLayer").field("counts", &self.counts()).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for ObserveLayer {
    type Service = ObserveService<S>;

    fn layer(&self, inner: S) -> ObserveService<S> {
        ObserveService { inner, observer: self.observer.clone() }
    }
}

/// A service whose requests are observed: see [`ObserveLayer`].
#[derive(Clone)]
pub struct ObserveService<S> {
    inner: S,
    observer: Observer,
}

impl<S: fmt::Debug> fmt::Debug for ObserveService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObserveService").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, B, R> Service<Request<B>> for ObserveService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ObserveFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // Several layers share one slot.
        let shared = request.extensions_mut().get_or_insert_default::<Slot>();
        if let Observer::Audit(sink) = &self.observer {
            shared.sinks.push(sink.clone());
        }
        let slot = shared.clone();
        let watch = Watch {
            observer: self.observer.clone(),
            slot,
            method: request.method().clone(),
            route: request.extensions().get::<MatchedPath>().cloned(),
            began: Instant::now(),
            is_told: false,
        };
        ObserveFuture { inner: self.inner.call(request), watch }
    }
}

pin_project! {
    /// The future of an [`ObserveService`].
    pub struct ObserveFuture<F> {
        #[pin]
        inner: F,
        watch: Watch,
    }
}

impl<F> fmt::Debug for ObserveFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObserveFuture").finish_non_exhaustive()
    }
}

impl<F, R, E> Future for ObserveFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut result = ready!(this.inner.poll(context));
        if let Ok(response) = &mut result {
            let marks = this.watch.slot.notes().marks.take();
            if let Some(marks) = marks {
                marks.write(response);
            }
            if let Some(denied) = response.extensions().get::<Denied>() {
                this.watch.slot.note_response(denied);
            }
            this.watch.tell(Some(response.status()));
        }
        Poll::Ready(result)
    }
}

/// Calls the observer once, however the request ends.
struct Watch {
    observer: Observer,
    slot: Slot,
    method: Method,
    route: Option<MatchedPath>,
    began: Instant,
    is_told: bool,
}

impl Watch {
    fn tell(&mut self, status: Option<StatusCode>) {
        self.is_told = true;
        let notes: Notes = self.slot.notes().clone();
        let (route, elapsed) = (self.route.as_ref(), self.began.elapsed());
        let seen = Observed { method: &self.method, route, notes: &notes, status, elapsed };
        // A second panic while a handler's panic unwinds would end the process.
        if catch_unwind(AssertUnwindSafe(|| self.observer.tell(&seen))).is_err() {
            tracing::error!("the function of an `ObserveLayer` panicked");
        }
    }
}

impl Drop for Watch {
    /// The handler panicked, the client disconnected, or the service failed.
    fn drop(&mut self) {
        if !self.is_told {
            self.tell(None);
        }
    }
}
