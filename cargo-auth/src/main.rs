//! `cargo auth`: explains why a token is refused, checks a key source, makes development tokens, and compares route
//! texts. `auth-runtime` makes all decisions.

mod diff;
mod doctor;
mod explain;
mod input;
mod markdown;
mod output;
mod provider;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use output::Output;

/// The answer is "no": the token is refused, the key source does not work, or a route is looser.
const NO: u8 = 1;
/// The question could not be answered. `clap` uses the same status for wrong arguments.
const FAILED: u8 = 2;

/// Explains tokens, checks key sources, makes development tokens, and compares route texts.
#[derive(Parser)]
#[command(name = "cargo auth", bin_name = "cargo auth", version, max_term_width = 100)]
struct Arguments {
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Lists every check of a token, with what was expected and what the token has. Exit status 1 if it is refused.
    Explain(explain::Arguments),
    /// Fetches the metadata and keys of an issuer once, as a verifier does. Exit status 1 if it would not start.
    Doctor(doctor::Arguments),
    /// Prints a development token of this checkout, for `Issuer::development`. It is valid for one hour.
    Token(token::Arguments),
    /// Prints what became looser between two committed route texts, as Markdown. Exit status 1 if anything did.
    Diff(diff::Arguments),
}

fn main() -> ExitCode {
    // Cargo runs `cargo-auth auth ..`.
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "auth") {
        arguments.remove(1);
    }
    let Arguments { json, command } = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return refused_arguments(&error),
    };
    let mut output = Output::new(json);
    let done = match command {
        Command::Explain(arguments) => arguments.run(&mut output),
        Command::Doctor(arguments) => arguments.run(&mut output),
        Command::Token(arguments) => arguments.run(&mut output),
        Command::Diff(arguments) => arguments.run(&mut output),
    };
    match done.and_then(|is_yes| output.finish().map(|()| is_yes)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(NO),
        Err(fault) => {
            anstream::eprintln!("error: {fault}");
            ExitCode::from(FAILED)
        }
    }
}

/// An unexpected argument may be a token by mistake, so it is not repeated.
fn refused_arguments(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    if matches!(error.kind(), DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand | DisplayVersion) {
        error.exit();
    }
    let text = error.to_string();
    if input::seems_to_contain_token(&text) {
        anstream::eprintln!("error: {}", input::AS_ARGUMENT);
    } else {
        anstream::eprint!("{text}");
    }
    ExitCode::from(FAILED)
}

/// Runs the library's asynchronous code.
fn block_on<T>(future: impl Future<Output = T>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    Ok(runtime.block_on(future))
}
