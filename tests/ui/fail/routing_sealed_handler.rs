// No type of an application can be a guarded handler.
use auth_runtime::__private::{DenyAll, Need, Policy};
use auth_runtime::routing::GuardedHandler;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;

#[derive(Clone)]
struct Open;

struct Mine;

impl Handler<Mine, ()> for Open {
    type Future = std::future::Ready<Response>;

    fn call(self, _: Request, _: ()) -> Self::Future {
        std::future::ready(Response::default())
    }
}

impl GuardedHandler<Mine, ()> for Open {
    const NEED: &'static Need = <DenyAll as Policy<()>>::NEED;
}

fn main() {}
