//! The example API: guarded routes, its own issuer, no account and no network.
//!
//! `cargo run` serves it; `cargo run -- token --user ada --org acme --role Admin` prints a token for it.

mod demo;
mod issuer;
mod orgs;
mod routes;
mod settings;
mod token;

use std::process::ExitCode;

use auth_runtime::Verifier;
use tokio::net::TcpListener;

use issuer::OwnIssuer;
use settings::Settings;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let run = async {
        let settings = Settings::from_env()?;
        match arguments.split_first() {
            None => serve(&settings).await,
            Some((command, options)) if command == "token" => token::print(&settings, options),
            Some((command, _)) => {
                Err(format!("unknown command `{command}`: there is `token`, or none to serve").into())
            }
        }
    };
    match run.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(settings: &Settings) -> Result<(), Failure> {
    let own = OwnIssuer::load_or_create(settings)?;
    auth_runtime::init(Verifier::new(own.as_issuer()).await?)?;
    let router = routes::all();
    let address = format!("127.0.0.1:{}", settings.port);
    let listener =
        TcpListener::bind(&address).await.map_err(|error| format!("PORT: cannot listen on {address}: {error}"))?;
    println!("{}\n", router.table());
    println!("Serving on http://{address}. Try:");
    println!("  curl -i http://{address}/api/whoami");
    println!("  curl -i -H \"Authorization: Bearer $(cargo run -q -- token --user ada)\" http://{address}/api/whoami");
    println!(
        "  curl -i -H \"Authorization: Bearer $(cargo run -q -- token --user bob)\" http://{address}/api/org/acme/billing"
    );
    axum::serve(listener, router.into_router()).with_graceful_shutdown(interrupted()).await?;
    println!("Stopped.");
    Ok(())
}

/// Waits for Ctrl-C, or for the signal that stops a service.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a handler there is nothing to wait for; the process then stops by the signal itself.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
