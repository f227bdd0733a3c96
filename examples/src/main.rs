//! The example API: guarded routes, accounts, its own issuer. It needs no account at a provider and no network.
//!
//! `cargo run` serves it. `cargo run -- token --user ada` prints a token for it; with `--org acme --role Admin`, the
//! user becomes a member first. `cargo run -- rotate-key` makes a new signing key.

mod accounts;
mod answer;
mod app;
mod database;
mod demo;
mod docs;
mod issuers;
mod orgs;
mod posts;
mod revoke;
mod routes;
mod settings;
mod token;

use std::process::ExitCode;
use std::time::Duration;

use tokio::net::TcpListener;

use app::App;
use settings::Settings;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    // Output for the user goes to standard output, and logs go to standard error.
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let settings = Settings::load()?;
    let (command, options) = match arguments.split_first() {
        None => return serve(&settings).await,
        Some((command, options)) => (command.as_str(), options),
    };
    match command {
        "token" => token::print(&settings, options).await,
        "rotate-key" if options.is_empty() => issuers::rotate_key(&settings),
        _ => Err(format!("unknown command `{command}`: there is `token`, `rotate-key`, or none to serve").into()),
    }
}

async fn serve(settings: &Settings) -> Result<(), Failure> {
    let address = format!("127.0.0.1:{}", settings.port);
    let listener =
        TcpListener::bind(&address).await.map_err(|error| format!("PORT: cannot listen on {address}: {error}"))?;
    let address = listener.local_addr()?;
    let app = App::open(settings, address.port()).await?;
    let router = routes::all(app.clone())?;
    let table = router.table();
    let router = router.build()?;
    // The verifier fetches the API's own keys over HTTP, like those of any issuer, so the server starts first. Until
    // there is a verifier, guarded routes refuse every request, and `/health` responds 503.
    tracing::info!(%address, "listening, not ready yet");
    let server = tokio::spawn(async { axum::serve(listener, router).with_graceful_shutdown(interrupted()).await });
    let verifier = issuers::verifier(&app, &settings.external).await?;
    app.remember(&verifier);
    auth_runtime::init(verifier)?;
    println!("{table}\n");
    println!("Serving on http://{address}. Try:");
    println!("  curl -i http://{address}/api/whoami");
    println!("  curl -i -H \"Authorization: Bearer $(cargo run -q -- token --user ada)\" http://{address}/api/whoami");
    println!(
        "  curl -i -H \"Authorization: Bearer $(cargo run -q -- token --user bob)\" http://{address}/api/org/acme/billing"
    );
    let patience = async {
        interrupted().await;
        // Open requests have this long to finish.
        tokio::time::sleep(Duration::from_secs(5)).await;
    };
    tokio::select! {
        served = server => served??,
        () = patience => {}
    }
    app.db.close().await;
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
    // Without a signal handler, the signal itself stops the process.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
