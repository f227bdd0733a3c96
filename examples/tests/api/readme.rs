//! Runs the commands in the documents. For README.md, the output is compared too.

use std::process::{Command, Output};

use crate::server::Server;

const README: &str = include_str!("../../../README.md");

/// A line after `$ `, and its documented output.
struct Shown {
    command: String,
    output: Vec<String>,
}

/// The commands in all blocks marked `console`.
fn shown(text: &str) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    for block in text.split("```console\n").skip(1) {
        for line in block.split("\n```").next().unwrap().lines() {
            match line.strip_prefix("$ ") {
                Some(command) => all.push(Shown { command: command.to_owned(), output: Vec::new() }),
                None => all.last_mut().expect("a block starts with a command").output.push(line.to_owned()),
            }
        }
    }
    for Shown { output, .. } in &mut all {
        // Blank lines keep commands apart.
        while output.last().is_some_and(String::is_empty) {
            output.pop();
        }
    }
    all
}

/// Runs a command line in a shell, where `cargo run` is replaced by the program and port 3001 by the server's port.
fn run(server: &Server, command: &str) -> Output {
    let api = format!("'{}'", env!("CARGO_BIN_EXE_api"));
    let line =
        command.replace("cargo run -q --", &api).replace("127.0.0.1:3001", &format!("127.0.0.1:{}", server.port));
    assert!(!line.contains("cargo "), "a command that nothing here stands for: {command}");
    let mut shell = Command::new("sh");
    shell.args(["-c", &line]).current_dir(server.directory.file("")).env_clear();
    shell.env("PORT", server.port.to_string()).env("PATH", std::env::var_os("PATH").unwrap()).output().unwrap()
}

/// The output of a command, line by line, without the header that differs each time.
fn lines(output: &Output) -> Vec<String> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(str::trim_end).filter(|line| !line.starts_with("date: ")).map(str::to_owned).collect()
}

#[test]
#[cfg_attr(not(has_curl), ignore = "needs curl, which was not found when this was built")]
fn every_command_of_the_readme_prints_the_documented_output() {
    let server = Server::start();
    let all = shown(README);
    assert!(all.len() >= 2, "the blocks are not found");
    for Shown { command, output } in all {
        let printed = run(&server, &command);
        assert!(printed.status.success(), "{command}: {printed:?}");
        assert_eq!(lines(&printed), output, "README.md: {command}");
    }
}

#[test]
#[cfg_attr(not(has_curl), ignore = "needs curl, which was not found when this was built")]
fn the_commands_that_the_server_prints_work() {
    let server = Server::start();
    // They are printed after the address, and read after the end of the output.
    let talker = Server::start();
    let address = format!("127.0.0.1:{}", talker.port);
    let printed = talker.interrupt().1.replace(&address, "127.0.0.1:3001");
    let commands = printed.lines().filter_map(|line| line.strip_prefix("  ").filter(|line| line.starts_with("curl ")));
    let statuses: Vec<_> = commands.map(|command| lines(&run(&server, command)).swap_remove(0)).collect();
    assert_eq!(statuses, ["HTTP/1.1 401 Unauthorized", "HTTP/1.1 200 OK", "HTTP/1.1 403 Forbidden"]);
}
