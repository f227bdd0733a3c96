//! The routes with a guard and the same without, on loopback, for `benches/load`: prints the address of each route and
//! a token, and serves until it is killed.
#![allow(clippy::unwrap_used)]

use auth_benches::{ISS, Keys, ORG, guarded_by_the_process, open_route, verifier};
use auth_runtime::{Algorithm, TokenCache};
use axum::Router;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() {
    let keys = Keys::new(Algorithm::RS256);
    auth_runtime::init(verifier([keys.issuer(ISS, 0)], TokenCache::default())).unwrap();
    let open = serve(open_route()).await;
    let guarded = serve(guarded_by_the_process()).await;
    println!("{}", keys.token(2, 0));
    tokio::try_join!(open, guarded).unwrap();
}

/// Serves on a port of its own, so that both have the same path.
async fn serve(routes: Router) -> tokio::task::JoinHandle<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("http://{}{ORG}", listener.local_addr().unwrap());
    tokio::spawn(async { axum::serve(listener, routes).await.unwrap() })
}
