//! The commands that Redis gets, and its replies.
//!
//! `NAME` is a stream. Its first entry, its birth, distinguishes it from another stream with the same name: if the
//! birth is gone, any entry may be gone. Every other entry is a revocation. `NAME:forgotten` is a stream of answers to
//! forget, and `NAME:beat:..` is the heartbeat of one process.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, RedisResult, Value, cmd, pipe};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::address::Address;
use super::fault::Fault;
use super::tls;

/// A connection or a reply that takes longer counts as failed.
const PATIENCE: Duration = Duration::from_secs(2);
/// The number of entries in one read.
pub(super) const PAGE: usize = 2000;
/// How long a heartbeat stays in Redis.
const BEAT_LIFE_MS: u64 = 60_000;

/// An entry of a stream, as it was read.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Raw {
    pub(super) id: String,
    pub(super) field: Vec<u8>,
    pub(super) value: Vec<u8>,
}

impl Raw {
    pub(super) fn is_birth(&self) -> bool {
        self.field == BORN
    }
}

const BORN: &[u8] = b"born";
const REVOKED: &[u8] = b"revoked";
const FORGOTTEN: &[u8] = b"forgotten";

/// The result of one poll.
pub(super) struct Beat {
    /// Whether it is still the same stream.
    pub(super) is_same: bool,
    pub(super) entries: Vec<Raw>,
    pub(super) forgotten: Vec<Raw>,
}

/// A connection that can be cloned: all clones share one.
#[derive(Clone)]
pub(super) struct Connection {
    redis: MultiplexedConnection,
    name: String,
}

/// Ends the task of a connection when the connection is dropped.
pub(super) struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Connection {
    pub(super) async fn open(address: &Address, name: &str) -> Result<(Self, Driver), Fault> {
        let open = async {
            match address.info.addr() {
                redis::ConnectionAddr::Tcp(host, port) => {
                    let stream = TcpStream::connect((host.as_str(), *port)).await?;
                    stream.set_nodelay(true)?;
                    if address.is_tls {
                        return Self::over(tls::connect(host, stream).await?, address, name).await;
                    }
                    Self::over(stream, address, name).await
                }
                #[cfg(unix)]
                redis::ConnectionAddr::Unix(path) => Self::over(UnixStream::connect(path).await?, address, name).await,
                _ => Err(Fault::new("this kind of address is not supported")),
            }
        };
        timeout(PATIENCE, open).await.unwrap_or_else(|_| Err(Fault::new("no connection within the time limit")))
    }

    async fn over<S>(stream: S, address: &Address, name: &str) -> Result<(Self, Driver), Fault>
    where
        S: Unpin + tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + 'static,
    {
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(PATIENCE));
        let settings = address.info.redis_settings();
        let (redis, driver) = MultiplexedConnection::new_with_config(settings, stream, config).await?;
        Ok((Self { redis, name: name.to_owned() }, Driver(tokio::spawn(driver))))
    }

    /// The first entry of the stream.
    pub(super) async fn first(&mut self) -> Result<Option<Raw>, Fault> {
        let mut range = cmd("XRANGE");
        range.arg(&self.name).arg("-").arg("+").arg("COUNT").arg(1);
        Ok(raws(range.query_async(&mut self.redis).await?)?.into_iter().next())
    }

    /// Starts a stream, unless there is one.
    pub(super) async fn begin(&mut self, birth: &[u8]) -> RedisResult<()> {
        cmd("XADD").arg(&self.name).arg("*").arg(BORN).arg(birth).query_async(&mut self.redis).await
    }

    /// Starts a stream in place of one that has lost its birth.
    pub(super) async fn begin_anew(&mut self, birth: &[u8]) -> RedisResult<()> {
        let mut all = pipe();
        all.atomic().cmd("DEL").arg(&self.name).ignore();
        all.cmd("XADD").arg(&self.name).arg("*").arg(BORN).arg(birth).ignore();
        all.query_async(&mut self.redis).await
    }

    /// The entries after this one, at most [`PAGE`].
    pub(super) async fn page(&mut self, after: &str) -> Result<Vec<Raw>, Fault> {
        let mut range = cmd("XRANGE");
        range.arg(&self.name).arg(format!("({after}")).arg("+").arg("COUNT").arg(PAGE);
        raws(range.query_async(&mut self.redis).await?)
    }

    /// Adds a revocation. `false` if there is no stream.
    pub(super) async fn add(&mut self, entry: &[u8]) -> RedisResult<bool> {
        let mut add = cmd("XADD");
        add.arg(&self.name).arg("NOMKSTREAM").arg("*").arg(REVOKED).arg(entry);
        Ok(add.query_async::<Value>(&mut self.redis).await? != Value::Nil)
    }

    /// Adds many revocations.
    pub(super) async fn add_all(&mut self, entries: impl Iterator<Item = Vec<u8>>) -> RedisResult<()> {
        let mut all = pipe();
        for entry in entries {
            all.cmd("XADD").arg(&self.name).arg("NOMKSTREAM").arg("*").arg(REVOKED).arg(entry).ignore();
        }
        all.query_async(&mut self.redis).await
    }

    pub(super) async fn remove(&mut self, ids: &[String]) -> RedisResult<()> {
        cmd("XDEL").arg(&self.name).arg(ids).query_async(&mut self.redis).await
    }

    /// In one transaction: looks for the birth, writes a heartbeat, reads the entries after these two ids, and reads
    /// the heartbeat back. So the result is from one moment, and from a Redis that accepts writes.
    pub(super) async fn beat(
        &mut self,
        process: &str,
        number: u64,
        birth: &str,
        after: [&str; 2],
    ) -> Result<Beat, Fault> {
        let (forgotten, heart) = (format!("{}:forgotten", self.name), format!("{}:beat:{process}", self.name));
        let [entries_after, forgotten_after] = after.map(|id| format!("({id}"));
        let mut all = pipe();
        all.atomic().cmd("XRANGE").arg(&self.name).arg(birth).arg(birth);
        all.cmd("SET").arg(&heart).arg(number).arg("PX").arg(BEAT_LIFE_MS).ignore();
        all.cmd("XRANGE").arg(&self.name).arg(entries_after).arg("+").arg("COUNT").arg(PAGE);
        all.cmd("XRANGE").arg(forgotten).arg(forgotten_after).arg("+").arg("COUNT").arg(PAGE);
        all.cmd("GET").arg(&heart);
        let reply: [Value; 4] = all
            .query_async::<Vec<Value>>(&mut self.redis)
            .await?
            .try_into()
            .map_err(|_| Fault::new("an unexpected reply"))?;
        let [births, entries, forgotten, heart] = reply;
        if !matches!(heart, Value::BulkString(heart) if heart == number.to_string().as_bytes()) {
            return Err(Fault::new("another heartbeat came back"));
        }
        let is_same = raws(births)?.first().is_some_and(Raw::is_birth);
        Ok(Beat { is_same, entries: raws(entries)?, forgotten: raws(forgotten)? })
    }

    /// The id of the last message about answers to forget.
    pub(super) async fn last_forgotten(&mut self) -> Result<String, Fault> {
        let mut range = cmd("XREVRANGE");
        range.arg(format!("{}:forgotten", self.name)).arg("+").arg("-").arg("COUNT").arg(1);
        let last = raws(range.query_async(&mut self.redis).await?)?.pop();
        Ok(last.map_or_else(|| "0-0".to_owned(), |last| last.id))
    }

    /// Sends a message about answers to forget to other processes. Messages from before this time, in milliseconds, are
    /// removed.
    pub(super) async fn forget(&mut self, messages: &[Vec<u8>], remove_before_ms: u64) -> RedisResult<()> {
        let name = format!("{}:forgotten", self.name);
        let mut all = pipe();
        for message in messages {
            all.cmd("XADD").arg(&name).arg("MINID").arg("~").arg(remove_before_ms);
            all.arg("*").arg(FORGOTTEN).arg(message).ignore();
        }
        all.query_async(&mut self.redis).await
    }

    /// The clock of Redis, in milliseconds, which is also used in ids of entries.
    pub(super) async fn now_ms(&mut self) -> Result<u64, Fault> {
        let (seconds, micros): (u64, u64) = cmd("TIME").query_async(&mut self.redis).await?;
        Ok(seconds.saturating_mul(1000).saturating_add(micros / 1000))
    }
}

/// The time of an id, in milliseconds.
pub(super) fn time_of(id: &str) -> u64 {
    id.split('-').next().and_then(|ms| ms.parse().ok()).unwrap_or(0)
}

/// The reply to `XRANGE`: entries with an id and pairs of a field and a value. Our entries have one pair.
fn raws(reply: Value) -> Result<Vec<Raw>, Fault> {
    let odd = || Fault::new("an unexpected reply");
    let entries = match reply {
        Value::Array(entries) => entries,
        Value::Nil => Vec::new(),
        _ => return Err(odd()),
    };
    let raw = |entry| {
        let Value::Array(entry) = entry else { return None };
        let [Value::BulkString(id), Value::Array(pairs)] = <[Value; 2]>::try_from(entry).ok()? else { return None };
        let mut pairs = pairs.into_iter();
        let (field, value) = match (pairs.next(), pairs.next(), pairs.next()) {
            (Some(Value::BulkString(field)), Some(Value::BulkString(value)), None) => (field, value),
            // This entry has another form.
            _ => (Vec::new(), Vec::new()),
        };
        Some(Raw { id: String::from_utf8(id).ok()?, field, value })
    };
    entries.into_iter().map(raw).collect::<Option<_>>().ok_or_else(odd)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, clippy::unwrap_used)]

    use super::*;

    fn text(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    #[test]
    fn replies_of_odd_shapes_are_faults() {
        let entry = |parts: &[&str]| {
            let pairs = parts.iter().skip(1).map(|part| text(part)).collect();
            Value::Array(vec![text(parts[0]), Value::Array(pairs)])
        };
        let read = raws(Value::Array(vec![entry(&["5-0", "born", "x"]), entry(&["6-0", "a", "b", "c", "d"])])).unwrap();
        assert!(read[0].is_birth() && !read[1].is_birth());
        assert_eq!(raws(Value::Nil).unwrap(), []);
        for odd in [
            Value::Okay,
            Value::Array(vec![Value::Nil]),
            Value::Array(vec![Value::Array(vec![text("5-0")])]),
            Value::Array(vec![Value::Array(vec![text("5-0"), Value::Nil])]),
        ] {
            assert!(raws(odd).is_err());
        }
        for (id, ms) in [("17-3", 17), ("17", 17), ("", 0), ("x-1", 0), ("99999999999999999999-1", 0)] {
            assert_eq!(time_of(id), ms);
        }
    }
}
