//! A real Redis of one test: on a socket in its own directory, and without a file, so that it comes back empty.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A running `redis-server`. It is killed at the end of the test.
pub struct RedisServer {
    directory: PathBuf,
    options: Vec<String>,
    process: Option<Child>,
}

impl RedisServer {
    /// Starts a server, and waits until it listens.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with these options of `redis-server`.
    pub fn start_with(options: &[&str]) -> Self {
        let mut server = Self::stopped(options);
        server.restart();
        server
    }

    /// Starts one that listens also over TLS, at the port of 127.0.0.1 that is returned. Certificate and key are PEM.
    pub fn start_with_tls(certificate: &str, key: &str, options: &[&str]) -> (Self, u16) {
        let mut server = Self::stopped(options);
        let file = |name: &str, content: &str| {
            let path = server.directory.join(name);
            fs::write(&path, content).unwrap();
            path.display().to_string()
        };
        let files = [("--tls-cert-file", file("certificate", certificate)), ("--tls-key-file", file("key", key))];
        let fixed = [("--bind", "127.0.0.1"), ("--tls-auth-clients", "no")];
        let all = fixed.map(|(name, value)| (name, value.to_owned())).into_iter().chain(files);
        server.options.extend(all.flat_map(|(name, value)| [name.to_owned(), value]));
        // Redis does not choose a free port itself, and another program may take the one that was free.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let without_port = server.options.len();
            server.options.extend(["--tls-port".to_owned(), port.to_string()]);
            if server.begin() && TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return (server, port);
            }
            server.options.truncate(without_port);
        }
        panic!("Redis does not start: {}", server.log());
    }

    /// A server that is not running yet.
    pub fn stopped(options: &[&str]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("redis-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(&directory).unwrap();
        let options = options.iter().map(|&option| option.to_owned()).collect();
        Self { directory, options, process: None }
    }

    /// The path of its socket.
    pub fn socket(&self) -> PathBuf {
        self.directory.join("socket")
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Kills it.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Starts it again, empty.
    pub fn restart(&mut self) {
        assert!(self.begin(), "Redis does not start: {}", self.log());
    }

    /// Starts it, and tells whether it listens. Otherwise it has ended.
    fn begin(&mut self) -> bool {
        self.kill();
        let _ = fs::remove_file(self.socket());
        let log = fs::File::create(self.directory.join("log")).unwrap();
        let process = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(self.socket())
            .arg("--dir")
            .arg(&self.directory)
            .args(&self.options)
            .stdin(Stdio::null())
            .stdout(log)
            .spawn();
        let process = self.process.insert(process.expect("`redis-server` can be started"));
        let patience = Instant::now() + Duration::from_secs(20);
        while UnixStream::connect(self.directory.join("socket")).is_err() {
            if process.try_wait().unwrap().is_some() {
                return false;
            }
            assert!(Instant::now() < patience, "Redis does not listen");
            std::thread::yield_now();
        }
        true
    }

    /// Runs a command whose reply is one line, such as a number.
    pub fn command(&self, parts: &[&[u8]]) -> String {
        let mut stream = UnixStream::connect(self.socket()).unwrap();
        let mut request = format!("*{}\r\n", parts.len()).into_bytes();
        for part in parts {
            request.extend(format!("${}\r\n", part.len()).bytes());
            request.extend(*part);
            request.extend(b"\r\n");
        }
        stream.write_all(&request).unwrap();
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end();
        let Some(length) = line.strip_prefix('$').and_then(|length| length.parse().ok()) else {
            return line.trim_start_matches(['+', ':']).to_owned();
        };
        let mut text = vec![0; length];
        reader.read_exact(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }

    /// The file for its output.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.directory);
    }
}
