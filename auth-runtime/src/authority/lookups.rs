//! Asks a directory and caches its answers.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::answers::{Answer, Answers, KeyRef, Recent, Said};
use super::directory::{AnyDirectory, DirectoryError};
#[cfg(feature = "redis")]
use super::forgetting::{Forgets, Forgotten};
use super::questions::{Asked, Next, Outcome, Questions};
use crate::bounded::Quoted;
use crate::clock::{Clock, Moment};
use crate::error::ConfigError;
use crate::freshness::Arrival;
use crate::id::{Membership, RolePermissions, Subject};
use crate::user::User;

const DEFAULT_FRESH_FOR: Duration = Duration::from_secs(5);
const LONGEST_FRESH_FOR: Duration = Duration::from_mins(1);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);
const LONGEST_TIMEOUT: Duration = Duration::from_secs(30);
const DEFAULT_BYTES: u64 = 16 * 1024 * 1024;
const LEAST_BYTES: u64 = 64 * 1024;
/// No organization has a longer id. The directory is not asked about a longer id, and no memory is used for it.
const LONGEST_ORG_ID: usize = 1024;
/// The `Retry-After` of a request that could not be answered.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The settings of lookups.
#[derive(Clone, Debug)]
pub(crate) struct DirectorySettings {
    pub(crate) fresh_for: Duration,
    /// Whether `fresh_for` has no maximum.
    pub(crate) may_be_old: bool,
    pub(crate) timeout: Duration,
    pub(crate) bytes: u64,
}

impl Default for DirectorySettings {
    fn default() -> Self {
        Self { fresh_for: DEFAULT_FRESH_FOR, may_be_old: false, timeout: DEFAULT_TIMEOUT, bytes: DEFAULT_BYTES }
    }
}

impl DirectorySettings {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if self.fresh_for > LONGEST_FRESH_FOR && !self.may_be_old {
            let fault = "is longer than 60 s: a removed member would be admitted for that time. \
                         `danger_directory_fresh_for` allows it";
            return Err(ConfigError::new("directory_fresh_for", fault));
        }
        if self.timeout.is_zero() || self.timeout > LONGEST_TIMEOUT {
            return Err(ConfigError::new("directory_timeout", "is not between 1 ms and 30 s"));
        }
        if self.bytes < LEAST_BYTES {
            return Err(ConfigError::new("directory_cache_bytes", "is less than 65536"));
        }
        Ok(())
    }
}

/// What a request needs to know about a user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asks<'a> {
    /// The membership in this organization.
    pub(crate) org: Option<&'a str>,
    /// Roles and permissions outside any organization.
    pub(crate) grants: bool,
    /// The maximum age of an answer, in milliseconds.
    pub(crate) max_age_ms: u64,
    pub(crate) permissions: RolePermissions,
}

impl<'a> Asks<'a> {
    /// The organization, unless the id is too long for any organization.
    fn org(&self) -> Option<&'a str> {
        self.org.filter(|org| !org.is_empty() && org.len() <= LONGEST_ORG_ID)
    }

    fn is_nothing(&self) -> bool {
        self.org().is_none() && (!self.grants || self.org.is_some())
    }
}

/// The directory could not answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Unavailable {
    pub(crate) retry_after: Duration,
}

/// A directory with its cached answers.
pub(crate) struct Lookups {
    directory: Arc<dyn AnyDirectory>,
    fresh_for_ms: u64,
    timeout_ms: u64,
    pub(super) clock: Clock,
    pub(super) answers: Answers,
    pub(super) questions: Questions,
    /// Whether an answer about a wrong organization has been logged.
    has_logged_another: AtomicBool,
}

impl Lookups {
    pub(crate) fn new(directory: Arc<dyn AnyDirectory>, settings: &DirectorySettings, clock: Clock) -> Self {
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            directory,
            fresh_for_ms: ms(settings.fresh_for),
            timeout_ms: ms(settings.timeout),
            clock,
            answers: Answers::new(settings.bytes),
            questions: Questions::default(),
            has_logged_another: AtomicBool::new(false),
        }
    }

    /// The user of a token with the needed answers, if these are cached and fresh enough for a request that arrived at
    /// this moment. `recent` belongs to the token.
    pub(crate) fn known(
        &self,
        base: &Arc<Subject>,
        recent: &Recent,
        asks: &Asks<'_>,
        arrived: Moment,
    ) -> Option<Arc<Subject>> {
        if asks.is_nothing() {
            return Some(overruled(base));
        }
        let max_age_ms = asks.max_age_ms.min(self.fresh_for_ms);
        if max_age_ms == 0 {
            return None;
        }
        let is_fresh = |kept: &Arc<Answer>| arrived.steady_ms.saturating_sub(kept.began.at_ms) < max_age_ms;
        let answer = self.answers.get_recent(KeyRef::of(base, asks.org()), recent).filter(is_fresh)?;
        if asks.org().is_none() {
            return Some(answer.compose(base, None, &[]));
        }
        let grants = if asks.grants { Some(self.answers.get(KeyRef::of(base, None)).filter(is_fresh)?) } else { None };
        Some(answer.compose(base, grants.as_ref(), asks.permissions))
    }

    /// The user of a token with the needed answers.
    pub(crate) async fn ask(
        self: &Arc<Self>,
        base: &Arc<Subject>,
        asks: Asks<'_>,
    ) -> Result<Arc<Subject>, Unavailable> {
        if asks.is_nothing() {
            return Ok(overruled(base));
        }
        // Both lookups use this moment as the arrival of the request.
        let arrival = Arrival {
            sequence: self.questions.step(),
            now_ms: self.clock.steady_ms(),
            max_age_ms: asks.max_age_ms.min(self.fresh_for_ms),
        };
        let Some(org) = asks.org() else { return Ok(self.answer(base, None, arrival).await?.compose(base, None, &[])) };
        let answer = self.answer(base, Some(org), arrival).await?;
        let grants = match answer.said {
            Said::Member(_) if asks.grants => Some(self.answer(base, None, arrival).await?),
            _ => None,
        };
        Ok(answer.compose(base, grants.as_ref(), asks.permissions))
    }

    /// Removes the answers about the users with this id, of all issuers for which `is_issuer` is true.
    pub(crate) fn forget_user(&self, is_issuer: impl Fn(&str) -> bool, id: &str) {
        self.questions.forget(&self.answers, |key| key.user == id && is_issuer(key.issuer));
    }

    /// Removes the answers about an organization.
    pub(crate) fn forget_org(&self, org: &str) {
        self.questions.forget(&self.answers, |key| key.org == Some(org));
    }

    /// One answer, from the cache or from the directory. This returns within the timeout, even if the directory hangs.
    async fn answer(
        self: &Arc<Self>,
        base: &Arc<Subject>,
        org: Option<&str>,
        arrival: Arrival,
    ) -> Result<Arc<Answer>, Unavailable> {
        let key = KeyRef::of(base, org);
        let deadline = self.clock.wait_until(arrival.now_ms.saturating_add(self.timeout_ms));
        tokio::select! {
            biased;
            answer = self.find(base, key, arrival) => answer,
            () = deadline => {
                tracing::warn!("the directory did not answer in time");
                None
            }
        }
        .ok_or(Unavailable { retry_after: RETRY_AFTER })
    }

    async fn find(self: &Arc<Self>, base: &Arc<Subject>, key: KeyRef<'_>, arrival: Arrival) -> Option<Arc<Answer>> {
        let mut permit = None;
        loop {
            match self.questions.next(&self.answers, key, arrival, self.clock.steady_ms(), permit.take()) {
                Next::Kept(answer) => return Some(answer),
                Next::Join(outcome) => return settled(outcome).await,
                Next::Ask(asked) => {
                    let outcome = asked.outcome();
                    self.begin(base, asked);
                    return settled(outcome).await;
                }
                Next::Wait(permits) => permit = self.wait(key, permits).await,
            }
        }
    }

    async fn wait(&self, key: KeyRef<'_>, permits: Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
        /// Tidies up after the wait, even if the request is canceled.
        struct Waiting<'a>(&'a Questions, (Box<str>, Box<str>), Option<Arc<Semaphore>>);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.2 = None;
                self.0.tidy(&self.1);
            }
        }
        let waiting = Waiting(&self.questions, (key.issuer.into(), key.user.into()), Some(Arc::clone(&permits)));
        let permit = permits.acquire_owned().await.ok();
        drop(waiting);
        permit
    }

    /// Asks in a separate task, so that other requests still get the answer if this one is canceled.
    fn begin(self: &Arc<Self>, base: &Arc<Subject>, asked: Asked) {
        let task = Task { lookups: Arc::clone(self), asker: Arc::clone(base), asked: Some(asked) };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(task.run());
        } else {
            // The drop of the task reports the failure.
            tracing::error!("a directory is asked in a task, but there is no tokio runtime");
        }
    }

    async fn said(&self, user: &User, org: Option<&str>) -> Result<Said, DirectoryError> {
        let Some(org) = org else { return self.directory.grants(user).await.map(Said::Grants) };
        Ok(match self.directory.membership(user, org).await? {
            None => Said::NotAMember,
            Some(membership) if membership.id == org => Said::Member(membership),
            Some(membership) => {
                self.log_another(&membership, org);
                Said::NotAMember
            }
        })
    }

    fn log_another(&self, membership: &Membership, org: &str) {
        if !self.has_logged_another.swap(true, Ordering::Relaxed) {
            tracing::error!(
                asked = %Quoted(org),
                answered = %Quoted(&membership.id),
                "the directory answered about another organization than it was asked about: the ids must be equal byte for byte"
            );
        }
    }
}

/// The subject without the values that a directory must provide. Cached tokens have this form already; other subjects
/// are converted here.
fn overruled(base: &Arc<Subject>) -> Arc<Subject> {
    if base.is_overruled() { Arc::clone(base) } else { Arc::new(base.with_authority(None, None)) }
}

async fn settled(mut outcome: watch::Receiver<Outcome>) -> Option<Arc<Answer>> {
    match &*outcome.wait_for(|outcome| !matches!(outcome, Outcome::Open)).await.ok()? {
        Outcome::Answered(answer) => Some(Arc::clone(answer)),
        Outcome::Open | Outcome::Failed => None,
    }
}

/// A running lookup. The waiting requests are informed of its end, even if it fails.
struct Task {
    lookups: Arc<Lookups>,
    asker: Arc<Subject>,
    asked: Option<Asked>,
}

impl Task {
    async fn run(mut self) {
        let Some(asked) = &self.asked else { return };
        let user = User::new(overruled(&self.asker), &[]);
        let began = asked.began;
        let deadline = began.at_ms.saturating_add(self.lookups.timeout_ms);
        let said = tokio::select! {
            biased;
            said = self.lookups.said(&user, asked.key.org.as_deref()) => said,
            () = self.lookups.clock.wait_until(deadline) => return,
        };
        match said {
            Ok(said) => self.settle(Some(Arc::new(Answer::new(said, began, &self.asker)))),
            Err(error) => {
                tracing::error!(%error, "the directory cannot answer");
                self.settle(None);
            }
        }
    }

    fn settle(&mut self, answer: Option<Arc<Answer>>) {
        if let Some(asked) = self.asked.take() {
            self.lookups.questions.settle(&self.lookups.answers, asked, answer);
        }
    }
}

/// Ends a lookup that timed out or panicked, or whose runtime has ended.
impl Drop for Task {
    fn drop(&mut self) {
        self.settle(None);
    }
}

#[cfg(feature = "redis")]
impl Forgets for Lookups {
    fn forget(&self, what: &Forgotten) {
        match what {
            Forgotten::User { id } => self.forget_user(|_| true, id),
            Forgotten::Org { id } => self.forget_org(id),
        }
    }

    fn forget_all(&self) {
        self.questions.forget(&self.answers, |_| true);
    }
}

impl fmt::Debug for Lookups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookups").field("answers", &self.answers).finish_non_exhaustive()
    }
}
