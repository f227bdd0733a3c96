//! gRPC: a layer guards one service of a tonic server; health checks stay open.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use auth_runtime::{RequireLayer, User, Verifier, require_user};
use axum::http;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::service::{LayerExt as _, Routes};
use tonic::{Request, Response, Status};
use tonic_health::server::health_reporter;
use tonic_prost::ProstCodec;

#[require_user(scope("greet"))]
pub struct Caller;

pub async fn services(verifier: Verifier) -> Routes {
    let guard = RequireLayer::<Caller>::new().verifier(verifier);
    let (health, health_server) = health_reporter();
    health.set_serving::<GreeterServer>().await;
    Routes::new(guard.named_layer(GreeterServer)).add_service(health_server)
}

/// The method of the service: the guard has put the user into the extensions.
fn greet(request: &Request<Hello>) -> Result<Response<Hello>, Status> {
    let user: &User =
        request.extensions().get().ok_or_else(|| Status::internal("the service is mounted without its guard"))?;
    Ok(Response::new(Hello { name: format!("{} greets {}", user.id(), request.get_ref().name) }))
}

// From here on: code that `tonic-prost-build` would generate from a `.proto` file.

#[derive(Clone, PartialEq, prost::Message)]
pub struct Hello {
    #[prost(string, tag = "1")]
    pub name: String,
}

#[derive(Clone, Copy, Debug)]
pub struct GreeterServer;

impl NamedService for GreeterServer {
    const NAME: &'static str = "greeter.Greeter";
}

struct Greet;

impl UnaryService<Hello> for Greet {
    type Response = Hello;
    type Future = Ready<Result<Response<Hello>, Status>>;

    fn call(&mut self, request: Request<Hello>) -> Self::Future {
        ready(greet(&request))
    }
}

impl tower::Service<http::Request<Body>> for GreeterServer {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            Ok(match request.uri().path() {
                "/greeter.Greeter/Greet" => Grpc::new(ProstCodec::default()).unary(Greet, request).await,
                _ => Status::unimplemented("").into_http(),
            })
        })
    }
}
