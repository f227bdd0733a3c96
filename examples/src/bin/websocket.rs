//! A guarded WebSocket. A browser cannot set headers for it, so the token may be in a query parameter or a subprotocol.
//! The connection is closed when the token expires, and when its user logs out.
use auth_runtime::routing::{get, post};
use auth_runtime::{GuardedRouter, Issuer, Revocations, TokenLocation, User, Verified, Verifier, require_user};
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::{http::StatusCode, response::Response};
use tokio::net::TcpListener;

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
        tokio::select! {
            () = conversation => return,
            () = verified.ended() => {}
        }
        let frame = CloseFrame { code: close_code::POLICY, reason: "the access token has ended".into() };
        // The client may have disconnected already.
        let _ = socket.send(Message::Close(Some(frame))).await;
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
        .token_location(TokenLocation::websocket_query("access_token"))
        .token_location(TokenLocation::websocket_subprotocol("bearer."))
        .revocations(revocations.clone());
    auth_runtime::init(verifier.build().await?)?;
    let app = GuardedRouter::new().route("/echo", get(echo)).route("/log-out", post(log_out)).with_state(revocations);
    let port = std::env::var("PORT").map_or(Ok(3003), |port| port.parse())?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("Serving on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app.into_router()).await?)
}
