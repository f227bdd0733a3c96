//! Serves the same routes with and without a guard on loopback, for `benches/load`. Prints the URL of each route and a
//! token, and runs until it is killed.
#![allow(clippy::unwrap_used)]

use auth_benches::{ISS, Keys, ORG, guarded_by_the_process, open_route, verifier};
use auth_runtime::{Algorithm, TokenCache};
use axum::Router;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() {
    let keys = Keys::new(Algorithm::RS256);
    auth_runtime::init(verifier([keys.issuer(ISS, 0)], TokenCache::default())).unwrap();
    // One listener, because one of two listeners may be faster, whatever its routes are.
    let app = Router::new().nest("/open", open_route()).nest("/only", guarded_by_the_process());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    println!("http://{address}/open{ORG}\nhttp://{address}/only{ORG}\n{}", keys.token(2, 0));
    axum::serve(listener, app).await.unwrap();
}
