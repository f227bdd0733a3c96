//! Keeps one process in sync with Redis: reads all entries, writes back entries that Redis has lost, and follows new
//! entries.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::rand;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::address::Address;
use super::fault::Fault;
use super::message::Keys;
use super::stream::{Beat, Connection, PAGE, Raw, time_of};
use crate::authority::forgetting::{Forgotten, Listeners};
use crate::authority::marks::Digest;
use crate::authority::reach::{Reach, Recency};
use crate::authority::replica::{Entries, Entry, Replica};
use crate::clock::Clock;

/// The time between two polls.
const BEAT: Duration = Duration::from_millis(200);
const SHORTEST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// A younger stream may lack entries that other processes will still write back. They try this at least once in every
/// [`LONGEST_WAIT`].
const SETTLED_MS: u64 = 2000;
const TIDY: Duration = Duration::from_mins(1);
/// The number of entries in one write.
const BATCH: usize = 500;
/// Messages about answers to forget are kept for this time. After that, all these answers have expired.
const FORGOTTEN_LIFE_MS: u64 = 120_000;

/// The progress of the first read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Progress {
    Begun,
    Failed,
    /// The entries in Redis were made with another secret.
    OtherSecret,
    Read,
}

pub(super) struct Follower {
    pub(super) address: Address,
    pub(super) name: String,
    pub(super) keys: Arc<Keys>,
    pub(super) replica: Arc<Replica>,
    pub(super) reach: Arc<Reach>,
    pub(super) clock: Clock,
    pub(super) listeners: Arc<Listeners>,
    pub(super) messages: mpsc::Receiver<Forgotten>,
    pub(super) progress: watch::Sender<Progress>,
    /// The connection, while it works.
    pub(super) connection: watch::Sender<Option<Connection>>,
    pub(super) log: Log,
}

/// What was logged already, so that no message is repeated while its cause lasts.
#[derive(Default)]
pub(super) struct Log {
    is_out: bool,
    is_stale: bool,
    has_strangers: bool,
}

/// The position in a stream.
struct Position {
    birth: String,
    /// The last entry that was read.
    entry: String,
    /// The last message about answers to forget.
    forgotten: String,
}

impl Follower {
    pub(super) async fn run(mut self) {
        let process = random_hex();
        let mut wait = SHORTEST_WAIT;
        loop {
            let Err(fault) = self.follow(&process).await;
            if self.connection.send_replace(None).is_some() {
                wait = SHORTEST_WAIT;
            }
            self.log_fault(&fault);
            self.progress.send_if_modified(|progress| {
                let is_first = *progress == Progress::Begun;
                if is_first {
                    *progress = Progress::Failed;
                }
                is_first
            });
            sleep(jittered(wait)).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    async fn follow(&mut self, process: &str) -> Result<Infallible, Fault> {
        let (mut redis, _driver) = Connection::open(&self.address, &self.name).await?;
        loop {
            let forgotten = redis.last_forgotten().await?;
            // This process may have missed earlier messages.
            self.listeners.forget_all();
            let birth = self.birth(&mut redis).await?;
            let entry = self.level(&mut redis, &birth).await?;
            self.connection.send_replace(Some(redis.clone()));
            self.beat(&mut redis, process, Position { birth, entry, forgotten }).await?;
            self.connection.send_replace(None);
            tracing::warn!("the revocations in Redis are gone: this process writes its own list back");
        }
    }

    /// The first entry (birth) of the stream. If there is none, a new stream is started.
    async fn birth(&self, redis: &mut Connection) -> Result<String, Fault> {
        // Other processes may do the same at the same time. All of them use the first birth in the stream.
        for _ in 0..10 {
            let birth = || self.keys.write_birth().ok_or_else(|| Fault::new("no random bytes"));
            match redis.first().await? {
                None => redis.begin(&birth()?).await?,
                Some(first) if first.is_birth() && self.keys.is_birth(&first.value) => return Ok(first.id),
                Some(first) if !first.is_birth() && self.keys.read_entry(&first.value).is_some() => {
                    // The beginning of the stream was removed. The remaining entries still apply.
                    self.read(redis, "0-0".to_owned(), &mut Entries::default()).await?;
                    redis.begin_anew(&birth()?).await?;
                }
                Some(_) => {
                    self.progress.send_replace(Progress::OtherSecret);
                    return Err(Fault::new("the entries in Redis were made with another secret"));
                }
            }
        }
        Err(Fault::new("the stream of revocations is removed again and again"))
    }

    /// Reads all entries, and writes those that only this process knows. Returns the id of the last entry that was
    /// read.
    async fn level(&mut self, redis: &mut Connection, birth: &str) -> Result<String, Fault> {
        let mut known = Entries::default();
        let mut last = self.read(redis, birth.to_owned(), &mut known).await?;
        for batch in self.replica.beside(&known, self.now()).chunks(BATCH) {
            // Other processes also write back entries.
            last = self.read(redis, last, &mut known).await?;
            let is_known = |digest: &Digest, entry| known.get(digest).is_some_and(|known| known.covers(entry));
            let missing: Vec<_> = batch.iter().filter(|(digest, entry)| !is_known(digest, entry)).collect();
            if !missing.is_empty() {
                redis.add_all(missing.into_iter().map(|(digest, entry)| self.keys.write_entry(digest, entry))).await?;
            }
        }
        Ok(last)
    }

    /// Reads all entries after this one.
    async fn read(&self, redis: &mut Connection, mut last: String, known: &mut Entries) -> Result<String, Fault> {
        loop {
            let page = redis.page(&last).await?;
            let is_full = page.len() == PAGE;
            for (digest, entry) in self.take(&page) {
                known.entry(digest).or_insert(entry).add(&entry);
            }
            last = page.into_iter().next_back().map_or(last, |raw| raw.id);
            if !is_full {
                return Ok(last);
            }
        }
    }

    /// Adds the entries that were read to the replica.
    fn take(&self, page: &[Raw]) -> Vec<(Digest, Entry)> {
        let entries: Vec<_> = page.iter().filter_map(|raw| self.keys.read_entry(&raw.value)).collect();
        self.replica.add_all(&entries, self.now());
        entries
    }

    /// Polls until the stream has been replaced.
    async fn beat(&mut self, redis: &mut Connection, process: &str, mut place: Position) -> Result<(), Fault> {
        let age = redis.now_ms().await?.saturating_sub(time_of(&place.birth));
        let settled = Instant::now() + Duration::from_millis(SETTLED_MS.saturating_sub(age));
        let mut tidy_ms = tidy_after(self.clock.steady_ms());
        for number in 1.. {
            let began_ms = self.clock.steady_ms();
            let beat = redis.beat(process, number, &place.birth, [&place.entry, &place.forgotten]).await?;
            if !beat.is_same {
                break;
            }
            let is_all = self.take_beat(beat, &mut place);
            if is_all && Instant::now() >= settled {
                self.reach.read(began_ms);
                self.log_in_reach();
                self.progress.send_replace(Progress::Read);
            }
            if began_ms >= tidy_ms {
                self.tidy(redis, &place.birth).await?;
                tidy_ms = tidy_after(began_ms);
            }
            if is_all {
                self.wait(redis, &place.forgotten).await?;
            }
        }
        Ok(())
    }

    /// Whether there is nothing left to read.
    fn take_beat(&mut self, beat: Beat, place: &mut Position) -> bool {
        let Beat { entries, forgotten, is_same: _ } = beat;
        let is_all = entries.len() < PAGE && forgotten.len() < PAGE;
        if self.take(&entries).len() < entries.iter().filter(|raw| !raw.is_birth()).count() {
            self.log_strangers();
        }
        for raw in &forgotten {
            match self.keys.read_forgotten(&raw.value) {
                Some(what) => self.listeners.forget(&what),
                None => self.log_strangers(),
            }
        }
        let last = |raws: Vec<Raw>| raws.into_iter().next_back().map(|raw| raw.id);
        place.entry = last(entries).unwrap_or_else(|| std::mem::take(&mut place.entry));
        place.forgotten = last(forgotten).unwrap_or_else(|| std::mem::take(&mut place.forgotten));
        is_all
    }

    /// Waits for the next poll. Meanwhile, it sends messages about answers to forget.
    async fn wait(&mut self, redis: &mut Connection, last_forgotten: &str) -> Result<(), Fault> {
        let next = Instant::now() + BEAT;
        let mut all = Vec::new();
        loop {
            tokio::select! {
                () = sleep_until(next) => return Ok(()),
                1.. = self.messages.recv_many(&mut all, PAGE) => {
                    let sealed: Vec<_> = all.drain(..).filter_map(|what| self.keys.write_forgotten(&what)).collect();
                    if !sealed.is_empty() {
                        redis.forget(&sealed, time_of(last_forgotten).saturating_sub(FORGOTTEN_LIFE_MS)).await?;
                    }
                }
            }
        }
    }

    /// Removes entries that have expired. The entries are almost in the order of their expiry.
    async fn tidy(&self, redis: &mut Connection, birth: &str) -> Result<(), Fault> {
        let now = self.now();
        self.replica.tidy(now);
        let mut last = birth.to_owned();
        loop {
            let page = redis.page(&last).await?;
            let has_expired =
                |raw: &Raw| self.keys.read_entry(&raw.value).is_some_and(|(_, entry)| entry.expires < now);
            let expired: Vec<_> = page.iter().filter(|raw| has_expired(raw)).map(|raw| raw.id.clone()).collect();
            if expired.is_empty() {
                return Ok(());
            }
            redis.remove(&expired).await?;
            last = page.into_iter().next_back().map_or(last, |raw| raw.id);
        }
    }

    fn now(&self) -> u64 {
        self.clock.now_ms() / 1000
    }

    fn log_fault(&mut self, cause: &Fault) {
        if !self.log.is_out {
            self.log.is_out = true;
            tracing::warn!(%cause, "the revocations in Redis cannot be read");
        }
        if !self.log.is_stale && self.reach.recency(self.clock.steady_ms()) == Recency::Out {
            self.log.is_stale = true;
            tracing::error!(%cause, "the revocations in Redis were not read for `max_stale`: guarded requests get 503");
        }
    }

    fn log_in_reach(&mut self) {
        if self.log.is_out {
            tracing::info!("the revocations in Redis can be read again");
        }
        (self.log.is_out, self.log.is_stale) = (false, false);
    }

    fn log_strangers(&mut self) {
        if !self.log.has_strangers {
            self.log.has_strangers = true;
            tracing::error!("an entry in Redis was not made with the `secret` of this process: it is ignored");
        }
    }
}

/// A random time from half of this time to all of it, so that processes do not act at the same moment.
fn jittered(time: Duration) -> Duration {
    let mut random = [0];
    // Without random bytes, use the shortest time.
    let _ = rand::fill(&mut random);
    time / 2 + (time / 2) * u32::from(random[0]) / 255
}

fn random_hex() -> String {
    let mut random = [0; 16];
    let _ = rand::fill(&mut random);
    format!("{:032x}", u128::from_be_bytes(random))
}

/// The next time to remove expired entries.
fn tidy_after(now_ms: u64) -> u64 {
    now_ms.saturating_add(u64::try_from(jittered(TIDY).as_millis()).unwrap_or(u64::MAX))
}
