//! A proxy on loopback between a process and its Redis, which can drop or delay all data.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixStream};

const FORWARD: u8 = 0;
const SWALLOW: u8 = 1;
const SLOW: u8 = 2;

pub struct Proxy {
    port: u16,
    mode: Arc<Mode>,
}

struct Mode {
    mode: AtomicU8,
    /// How many pieces are being forwarded.
    forwarding: AtomicUsize,
}

impl Proxy {
    pub async fn start(redis: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mode = Arc::new(Mode { mode: AtomicU8::new(FORWARD), forwarding: AtomicUsize::new(0) });
        tokio::spawn(accept(listener, redis, Arc::clone(&mode)));
        Self { port, mode }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// From now on, nothing arrives in either direction, but no connection is closed.
    pub async fn swallow(&self) {
        self.mode.mode.store(SWALLOW, Ordering::SeqCst);
        while self.mode.forwarding.load(Ordering::SeqCst) > 0 {
            tokio::task::yield_now().await;
        }
    }

    /// Each piece waits for a third of a second.
    pub fn slow_down(&self) {
        self.mode.mode.store(SLOW, Ordering::SeqCst);
    }

    /// Forwards normally. Dropped data stays lost.
    pub fn heal(&self) {
        self.mode.mode.store(FORWARD, Ordering::SeqCst);
    }
}

async fn accept(listener: TcpListener, redis: PathBuf, mode: Arc<Mode>) {
    while let Ok((client, _)) = listener.accept().await {
        let (redis, mode) = (redis.clone(), Arc::clone(&mode));
        tokio::spawn(async move {
            // While it drops data, connections are accepted, but nothing else happens.
            let Ok(server) = connect(&redis).await else { return };
            let ((client_in, client_out), (server_in, server_out)) = (client.into_split(), server.into_split());
            tokio::select! {
                () = pass(client_in, server_out, &mode) => {}
                () = pass(server_in, client_out, &mode) => {}
            }
        });
    }
}

async fn connect(redis: &Path) -> std::io::Result<UnixStream> {
    UnixStream::connect(redis).await
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, mode: &Mode) {
    let mut buffer = vec![0; 64 * 1024];
    let mut has_lost = false;
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if mode.mode.load(Ordering::SeqCst) == SLOW {
            // This does not wait for an event: it simulates a slow network.
            tokio::time::sleep(Duration::from_millis(333)).await;
        }
        mode.forwarding.fetch_add(1, Ordering::SeqCst);
        // A connection that has lost data stays silent, because its replies would not match its requests.
        has_lost |= mode.mode.load(Ordering::SeqCst) == SWALLOW;
        let sent = if has_lost { Ok(()) } else { to.write_all(&buffer[..length]).await };
        mode.forwarding.fetch_sub(1, Ordering::SeqCst);
        if sent.is_err() {
            return;
        }
    }
}
