//! A minimal HTTP client for the tests: one request for each connection.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// A request that is being built.
pub struct Request {
    port: u16,
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Request {
    pub fn new(port: u16, method: &'static str, path: &str) -> Self {
        Self { port, method, path: path.to_owned(), headers: Vec::new(), body: String::new() }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn json(self, body: &Value) -> Self {
        self.text("application/json", &body.to_string())
    }

    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.text("application/x-www-form-urlencoded", &body)
    }

    pub fn text(mut self, content_type: &str, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self.header("content-type", content_type)
    }

    /// Sends the request; `Err` if the server does not respond.
    pub fn try_send(self) -> std::io::Result<Answer> {
        let length = self.body.len();
        self.exchange(length)
    }

    pub fn send(self) -> Answer {
        let called = format!("{} {}", self.method, self.path);
        self.try_send().unwrap_or_else(|error| panic!("{called}: {error}"))
    }

    /// Announces a body, sends none of it, and waits for the response.
    pub fn send_without_its_body(self) -> Answer {
        self.exchange(1000).unwrap()
    }

    fn exchange(self, announced: usize) -> std::io::Result<Answer> {
        let Self { port, method, path, headers, body } = self;
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n");
        for (name, value) in headers {
            head.extend([&name, ": ", &value, "\r\n"]);
        }
        stream.write_all(format!("{head}content-length: {announced}\r\n\r\n{body}").as_bytes())?;
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        // A server that does not want the body may close the connection early. Its response counts.
        if answer.is_empty() {
            read?;
        }
        Answer::parse(&answer).ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
    }
}

/// The response.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8(bytes.to_vec()).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers: Vec<_> = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let mut answer = Self { status, headers, body: body.to_owned() };
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.body = dechunked(body)?;
            return Some(answer);
        }
        // Half a response does not count: the test that counts acknowledged writes relies on it.
        let length = answer.header("content-length").map_or(Some(0), |length| length.parse().ok())?;
        (body.len() == length).then_some(answer)
    }

    /// The messages of an event stream that has ended. Events without data are left out.
    pub fn events(&self) -> Vec<Value> {
        let data = self.body.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| !data.is_empty());
        data.map(|data| serde_json::from_str(data).unwrap()).collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn challenge(&self) -> Option<&str> {
        self.header("www-authenticate")
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub fn detail(&self) -> Value {
        self.json()["detail"].clone()
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

/// A chunked body, if its end was sent.
fn dechunked(mut rest: &str) -> Option<String> {
    let mut body = String::new();
    loop {
        let (length, chunks) = rest.split_once("\r\n")?;
        let length = usize::from_str_radix(length, 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.push_str(chunks.get(..length)?);
        rest = chunks.get(length..)?.strip_prefix("\r\n")?;
    }
}
