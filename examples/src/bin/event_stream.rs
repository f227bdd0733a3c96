//! A guarded event stream. A browser's `EventSource` cannot set headers, so a token that lives for at most five minutes
//! may be in a query parameter. The stream ends when the token expires, and when its user logs out. `EventSource` then
//! connects again, gets 401, and stops.
use std::{convert::Infallible, time::Duration};

use auth_runtime::routing::{get, post};
use auth_runtime::{GuardedRouter, Issuer, Revocations, TokenLocation, Verified, Verifier, require_user};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::{extract::State, http::StatusCode};
use futures_util::{Stream, StreamExt as _, stream};
use tokio::{net::TcpListener, time::interval};

#[require_user]
async fn ticks(verified: Verified) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let ticks = stream::unfold((interval(Duration::from_secs(1)), 1), async |(mut timer, tick)| {
        timer.tick().await;
        Some((Ok(Event::default().data(format!("tick {tick}"))), (timer, tick + 1)))
    });
    Sse::new(ticks.take_until(Box::pin(verified.ended()))).keep_alive(KeepAlive::default())
}

#[require_user]
async fn log_out(State(revocations): State<Revocations>, verified: Verified) -> StatusCode {
    revocations.revoke(&verified).await.map_or(StatusCode::SERVICE_UNAVAILABLE, |()| StatusCode::NO_CONTENT)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let revocations = Revocations::local();
    let verifier = Verifier::builder()
        .issuer(Issuer::fastapi_users(std::env::var("APP_SECRET")?))
        .token_location(TokenLocation::authorization())
        .token_location(TokenLocation::event_stream_query("access_token"))
        .revocations(revocations.clone());
    auth_runtime::init(verifier.build().await?)?;
    let app = GuardedRouter::new().route("/ticks", get(ticks)).route("/log-out", post(log_out)).with_state(revocations);
    let port = std::env::var("PORT").map_or(Ok(3004), |port| port.parse())?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("Serving on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app.into_router()).await?)
}
