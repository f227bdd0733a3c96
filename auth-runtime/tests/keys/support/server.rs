//! An identity provider on loopback that sends whatever a test tells it to.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_runtime::testing::TestClock;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http_body_util::channel::Channel;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

/// The response for a path.
#[derive(Clone)]
pub(crate) enum Answer {
    Json(Value),
    /// Depends on the number of the request for this path, counted from 0.
    ByNumber(Arc<dyn Fn(usize) -> Value + Send + Sync>),
    Full {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// No response, until the path gets another one.
    Hang,
    /// The head, then one byte at each [`Idp::drip`].
    Drip,
}

impl Answer {
    pub(crate) fn status(status: u16) -> Self {
        Self::Full { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn text(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Full { status, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn redirect(status: u16, location: impl Into<String>) -> Self {
        Self::Full { status, headers: vec![("location", location.into())], body: Vec::new() }
    }
}

/// A received request.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    /// The injected time.
    pub(crate) at_ms: u64,
}

pub(crate) struct Idp {
    pub(crate) url: String,
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: Option<JoinHandle<()>>,
}

struct Shared {
    clock: TestClock,
    answers: Mutex<HashMap<String, Answer>>,
    /// Responses that are sent once, before the others.
    once: Mutex<HashMap<String, Answer>>,
    changed: watch::Sender<()>,
    seen: Mutex<Vec<Seen>>,
    came: watch::Sender<usize>,
    drips: Notify,
}

impl Idp {
    pub(crate) async fn start(clock: &TestClock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            clock: clock.clone(),
            answers: Mutex::default(),
            once: Mutex::default(),
            changed: watch::Sender::new(()),
            seen: Mutex::default(),
            came: watch::Sender::new(0),
            drips: Notify::new(),
        });
        let mut idp = Self { url: format!("http://{address}"), address, shared, serving: None };
        idp.serve(listener);
        idp
    }

    fn serve(&mut self, listener: TcpListener) {
        let router = Router::new().fallback(answer).with_state(Arc::clone(&self.shared));
        self.serving = Some(tokio::spawn(async move { axum::serve(listener, router).await.unwrap() }));
    }

    /// Closes the port.
    pub(crate) async fn down(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            let _ = serving.await;
        }
    }

    /// Opens the same port again.
    pub(crate) async fn up(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.serve(listener);
    }

    pub(crate) fn answers(&self, path: &str, answer: Answer) {
        self.shared.answers.lock().unwrap().insert(path.to_owned(), answer);
        self.shared.changed.send_replace(());
    }

    /// Sends this response to one request, even to one that is waiting. The next request gets the usual one.
    pub(crate) fn answers_once(&self, path: &str, answer: Answer) {
        self.shared.once.lock().unwrap().insert(path.to_owned(), answer);
        self.shared.changed.send_replace(());
    }

    /// Serves a JWK Set at `/jwks`, and a metadata document that links to it.
    pub(crate) fn publishes(&self, set: Value) {
        let metadata = serde_json::json!({ "issuer": self.url, "jwks_uri": self.jwks_url() });
        self.answers("/.well-known/openid-configuration", Answer::Json(metadata));
        self.answers("/jwks", Answer::Json(set));
    }

    pub(crate) fn jwks_url(&self) -> String {
        format!("{}/jwks", self.url)
    }

    pub(crate) fn drip(&self) {
        self.shared.drips.notify_one();
    }

    pub(crate) fn seen(&self, path: &str) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().iter().filter(|seen| seen.path == path).cloned().collect()
    }

    pub(crate) fn count(&self, path: &str) -> usize {
        self.seen(path).len()
    }

    /// The number of requests for all paths.
    pub(crate) fn total(&self) -> usize {
        self.shared.seen.lock().unwrap().len()
    }

    /// Waits until this path was requested `least` times.
    pub(crate) async fn asked(&self, path: &str, least: usize) {
        let mut came = self.shared.came.subscribe();
        let asked = async {
            while self.count(path) < least {
                came.changed().await.unwrap();
            }
        };
        let asked = tokio::time::timeout(Duration::from_secs(20), asked).await;
        assert!(asked.is_ok(), "{path} was asked for {} times of {least}", self.count(path));
    }

    /// The most requests for this path, without the first, that began within any `span` of injected time.
    pub(crate) fn most_within(&self, path: &str, span: Duration) -> usize {
        let times: Vec<u64> = self.seen(path).iter().skip(1).map(|seen| seen.at_ms).collect();
        let span = u64::try_from(span.as_millis()).unwrap();
        times.iter().map(|from| times.iter().filter(|at| (*from..from + span).contains(at)).count()).max().unwrap_or(0)
    }
}

impl Drop for Idp {
    fn drop(&mut self) {
        if let Some(serving) = &self.serving {
            serving.abort();
        }
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
    let seen = Seen { path: path.clone(), headers: headers.collect(), at_ms: shared.clock.now_ms() };
    // Subscribe before this request is announced.
    let mut changed = shared.changed.subscribe();
    let number = {
        let mut all = shared.seen.lock().unwrap();
        all.push(seen);
        all.iter().filter(|seen| seen.path == path).count() - 1
    };
    shared.came.send_modify(|count| *count += 1);
    let answer = loop {
        let once = shared.once.lock().unwrap().remove(&path);
        let told = once.or_else(|| shared.answers.lock().unwrap().get(&path).cloned());
        match told {
            Some(Answer::Hang) => changed.changed().await.unwrap(),
            told => break told.unwrap_or_else(|| Answer::status(404)),
        }
    };
    // Each request has its own connection, so that a closed port is closed for all of them.
    let response = Response::builder().header("connection", "close");
    let json = |value: Value| Body::from(value.to_string());
    match answer {
        Answer::Json(value) => response.header("content-type", "application/json").body(json(value)),
        Answer::ByNumber(value) => response.header("content-type", "application/json").body(json(value(number))),
        Answer::Full { status, headers, body } => {
            let response = headers.into_iter().fold(response.status(status), |response, (k, v)| response.header(k, v));
            response.body(Body::from(body))
        }
        Answer::Drip => {
            let (mut sender, body) = Channel::<Bytes>::new(1);
            tokio::spawn(async move {
                loop {
                    shared.drips.notified().await;
                    if sender.send_data(Bytes::from_static(b" ")).await.is_err() {
                        break;
                    }
                }
            });
            response.body(Body::new(body))
        }
        Answer::Hang => unreachable!("waited for above"),
    }
    .unwrap()
}
