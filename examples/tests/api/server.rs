//! The program under test, in its own directory.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, SqliteConnection};

use crate::http::{Answer, Request};

pub const ADA: &str = "0b7e5a52-6f0e-4f4b-9d2b-1f1d6f3c0a01";
pub const GRACE: &str = "0b7e5a52-6f0e-4f4b-9d2b-1f1d6f3c0a02";
pub const BOB: &str = "0b7e5a52-6f0e-4f4b-9d2b-1f1d6f3c0a03";

/// A part of every password in the tests: no log may contain it.
pub const SECRET: &str = "hush-hush";

/// A directory that is removed after its test.
#[derive(Clone)]
pub struct Directory(Arc<Removed>);

struct Removed(PathBuf);

impl Directory {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("api").join(name);
        fs::create_dir_all(&path).unwrap();
        Self(Arc::new(Removed(path)))
    }

    /// A directory in which the program has run before. Creating the key and demo data takes a while, so it is done
    /// once.
    pub fn used() -> Self {
        const FILES: [&str; 2] = ["example.db", "example-key.pem"];
        static MADE: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
            let directory = Directory::new();
            assert!(directory.command(&["token", "--user", "ada"]).output().unwrap().status.success());
            FILES.map(|name| fs::read(directory.file(name)).unwrap())
        });
        let directory = Self::new();
        for (name, content) in FILES.iter().zip(MADE.iter()) {
            fs::write(directory.file(name), content).unwrap();
        }
        directory
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.0.join(name)
    }

    /// The program, ready to run here, without the variables of this process's environment that it would use.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_api"));
        command.current_dir(&self.0.0).env_clear().args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs SQL on the database from outside the program.
    pub fn sql(&self, sql: &'static str) -> Vec<Value> {
        block_on(async {
            let mut connection = connect(&self.file("example.db")).await;
            let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
            connection.close().await.unwrap();
            rows.iter().map(|row| json!(sqlx::Row::get::<String, _>(row, 0))).collect()
        })
    }
}

impl Drop for Removed {
    fn drop(&mut self) {
        // The files of a failed test are kept.
        if !std::thread::panicking() {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }
}

pub async fn connect(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}

pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A running server; it is stopped at the end of the test.
pub struct Server {
    process: Child,
    stdout: BufReader<std::process::ChildStdout>,
    /// Its output until it was ready.
    pub printed: String,
    pub port: u16,
    pub directory: Directory,
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(Directory::used(), &[])
    }

    pub fn start_with(directory: Directory, environment: &[(&str, &str)]) -> Self {
        let mut server = Self::spawn(directory, environment);
        while server.port == 0 {
            let start = server.printed.len();
            assert_ne!(server.stdout.read_line(&mut server.printed).unwrap(), 0, "not started: {}", server.log());
            if let Some(rest) = server.printed[start..].strip_prefix("Serving on http://127.0.0.1:") {
                server.port = rest.split('.').next().unwrap().parse().unwrap();
            }
        }
        server
    }

    /// A server that listens but may not be ready yet.
    pub fn start_without_waiting(directory: Directory, environment: &[(&str, &str)]) -> Self {
        const LISTENING: &str = "listening, not ready yet address=127.0.0.1:";
        let mut server = Self::spawn(directory, environment);
        server.await_log(LISTENING);
        let log = server.log();
        let (_, rest) = log.split_once(LISTENING).unwrap();
        server.port = rest.lines().next().unwrap().trim().parse().unwrap();
        server
    }

    fn spawn(directory: Directory, environment: &[(&str, &str)]) -> Self {
        let log = File::options().create(true).append(true).open(directory.file("log")).unwrap();
        let mut command = directory.command(&[]);
        command.env("PORT", "0").envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(log);
        let mut process = command.spawn().unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        Self { process, stdout, printed: String::new(), port: 0, directory }
    }

    /// Kills the process immediately.
    pub fn kill(mut self) -> Directory {
        self.end();
        self.directory.clone()
    }

    fn end(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Asks the process to stop, like Ctrl-C, and waits for it.
    pub fn interrupt(mut self) -> (Directory, String) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.stdout, &mut rest).unwrap();
        assert!(self.process.wait().unwrap().success());
        (self.directory.clone(), rest)
    }

    pub fn is_running(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.file("log")).unwrap()
    }

    /// Waits until the log contains this text: a response may arrive before its log entry.
    pub fn await_log(&self, text: &str) {
        let patience = Instant::now() + Duration::from_secs(10);
        while !self.log().contains(text) {
            assert!(Instant::now() < patience, "the log never said {text:?}");
            std::thread::yield_now();
        }
    }

    pub fn request(&self, method: &'static str, path: &str) -> Request {
        Request::new(self.port, method, path)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send()
    }

    pub fn get_as(&self, token: &str, path: &str) -> Answer {
        self.request("GET", path).bearer(token).send()
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.request("POST", path).json(body).send()
    }

    /// Runs `cargo run -- ..` for this server.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.directory.command(arguments);
        command.env("PORT", self.port.to_string()).output().unwrap()
    }

    /// `cargo run -- token --user ..`.
    pub fn token(&self, arguments: &[&str]) -> String {
        let all: Vec<&str> = ["token", "--user"].iter().chain(arguments).copied().collect();
        let output = self.run(&all);
        assert!(output.status.success(), "{output:?}");
        let printed = String::from_utf8(output.stdout).unwrap();
        let token = printed.strip_suffix('\n').unwrap();
        assert!(!token.contains(char::is_whitespace), "a token, alone: {printed:?}");
        token.to_owned()
    }

    pub fn login(&self, email: &str, password: &str) -> Answer {
        self.request("POST", "/auth/jwt/login").form(&[("username", email), ("password", password)]).send()
    }

    pub fn logged_in(&self, email: &str, password: &str) -> String {
        self.login(email, password).expect(200).json()["access_token"].as_str().unwrap().to_owned()
    }

    /// The claims of a token that this server would accept.
    pub fn claims(&self, user: &str) -> Value {
        json!({
            "iss": format!("http://127.0.0.1:{}", self.port),
            "aud": "example-api",
            "user_id": user,
            "exp": now() + 600,
        })
    }

    /// Signs any claims with the server's own key.
    pub fn sign(&self, claims: &Value) -> String {
        let pem = fs::read(self.directory.file("example-key.pem")).unwrap();
        let jwks = self.get("/.well-known/jwks.json").json();
        let kid = jwks["keys"][0]["kid"].as_str().unwrap().to_owned();
        sign_with(&EncodingKey::from_rsa_pem(&pem).unwrap(), &kid, claims)
    }

    /// The token in the first unknown mail to an address. Mail is written in the background, so it may still arrive.
    pub fn mailed_token(&self, to: &str, known: usize) -> String {
        let patience = Instant::now() + Duration::from_secs(10);
        while Instant::now() < patience {
            let mails = self.mails(to);
            if mails.len() > known {
                return mails.last().unwrap().lines().last().unwrap().to_owned();
            }
            std::thread::yield_now();
        }
        panic!("no mail to {to}");
    }

    /// The complete mails to an address, oldest first.
    pub fn mails(&self, to: &str) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.directory.file("outbox")) else { return Vec::new() };
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        let texts = files.iter().map(|file| fs::read_to_string(file).unwrap());
        texts.filter(|text| text.starts_with(&format!("To: {to}\n")) && text.ends_with('\n')).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if !std::thread::panicking()
            && let Ok(log) = fs::read_to_string(self.directory.file("log"))
        {
            assert!(!log.contains(SECRET), "a password was logged");
            assert!(!log.contains("eyJ"), "a token was logged");
        }
    }
}

pub fn sign_with(key: &EncodingKey, kid: &str, claims: &Value) -> String {
    let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::RS256) };
    jsonwebtoken::encode(&header, claims, key).unwrap()
}

pub fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}
