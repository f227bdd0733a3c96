//! A guarded WebSocket. A browser cannot set headers for it, so the token may be in a query parameter or a subprotocol.
//! The connection is closed when the token expires.
use std::time::Duration;

use auth_runtime::{GuardedRouter, Issuer, TokenLocation, User, Verified, Verifier, require_user, routing::get};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::time::timeout;

#[require_user]
async fn echo(upgrade: WebSocketUpgrade, user: User, verified: Verified) -> Response {
    // The server never selects the subprotocol that contains the token.
    let upgrade = upgrade.protocols(["echo"]).max_message_size(64 * 1024);
    upgrade.on_upgrade(async move |mut socket| {
        let greeting = Message::text(format!("hello {}", user.id()));
        let conversation = async {
            if socket.send(greeting).await.is_ok() {
                answer(&mut socket).await;
            }
        };
        let time_left = verified.expires_in().unwrap_or(Duration::MAX);
        if timeout(time_left, conversation).await.is_err() {
            let frame = CloseFrame { code: close_code::POLICY, reason: "the access token has expired".into() };
            // The client may be gone already.
            let _ = socket.send(Message::Close(Some(frame))).await;
        }
    })
}

/// Sends every text back, until the client disconnects.
async fn answer(socket: &mut WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(message, Message::Text(_)) && socket.send(message).await.is_err() {
            return;
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let verifier = Verifier::builder()
        .issuer(Issuer::fastapi_users(std::env::var("APP_SECRET")?))
        .token_location(TokenLocation::authorization())
        .token_location(TokenLocation::websocket_query("access_token"))
        .token_location(TokenLocation::websocket_subprotocol("bearer."));
    auth_runtime::init(verifier.build().await?)?;
    let app = GuardedRouter::new().route("/echo", get(echo));
    let port = std::env::var("PORT").map_or(Ok(3003), |port| port.parse())?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("Serving on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app.into_router()).await?)
}
