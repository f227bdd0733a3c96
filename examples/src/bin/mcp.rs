//! A guarded MCP server: the official SDK as a service behind a policy. Each tool has a policy of its own.
//!
//! Who calls whom for one request: the guard of the router, `answers` (the refusal of a tool becomes the HTTP
//! response), `sessions` (a session belongs to the caller who began it), the SDK, and then the tool in `tools`.

#[path = "mcp/answers.rs"]
mod answers;
#[path = "mcp/sessions.rs"]
mod sessions;
#[path = "mcp/tools.rs"]
mod tools;

use std::sync::Arc;

use auth_runtime::{GuardedRouter, Issuer, Verifier, require_user};
use axum::http::Uri;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, any_service};
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;

use answers::WaitingSessions;
use sessions::Seals;
use tools::Notes;

/// Every user may open a session. The policies of the tools decide what a user may call in it.
#[require_user]
pub struct Caller;

/// The SDK's service, behind its layers, for clients that address it as this resource.
fn service(resource: &str) -> Result<MethodRouter, Box<dyn std::error::Error>> {
    let uri: Uri = resource.parse()?;
    let (Some(authority), Some(scheme)) = (uri.authority(), uri.scheme_str()) else {
        return Err("no absolute URL".into());
    };
    let port = authority.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
    // A request to another host is DNS rebinding. One from another origin comes from a page of another site.
    let config = StreamableHttpServerConfig::default()
        .with_json_response(true)
        .with_allowed_hosts([authority.as_str()])
        .with_allowed_origins([format!("{scheme}://{}:{port}", authority.host())])
        .enforce_origin_validation();
    let notes = Notes::default();
    let sdk = StreamableHttpService::new(move || Ok(notes.clone()), Arc::<WaitingSessions>::default(), config);
    Ok(any_service(sdk).layer(from_fn_with_state(Seals::new()?, sessions::owned)).layer(from_fn(answers::refusals)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let level = std::env::var("LOG").map_or(Ok(tracing::Level::INFO), |level| level.parse())?;
    tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_ansi(false).init();
    let port = std::env::var("PORT").map_or(Ok(3007), |port| port.parse())?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    // What clients ask tokens for. Behind a proxy it is the public URL, such as `https://notes.example.com/mcp`.
    let resource = std::env::var("RESOURCE")
        .or_else(|_| Ok::<_, std::io::Error>(format!("http://{}/mcp", listener.local_addr()?)))?;
    let issuer = Issuer::oidc(&std::env::var("ISSUER")?, resource.as_str());
    let verifier = Verifier::builder().issuer(issuer).build().await?;
    let app = GuardedRouter::new()
        .guarded_service::<Caller>("/mcp", service(&resource)?)
        .protected_resource(&resource)
        // A client asks for these scopes at first. The tools ask for more.
        .advertise_scopes(["notes:read"])
        .guarded_by(verifier);
    println!("Serving on {}", listener.local_addr()?);
    Ok(axum::serve(listener, app.build()?).await?)
}
