//! Every order of requests, changes, lookups and answers: an answer whose lookup began before a `forget` is never given
//! to a request that arrived after it.

#![allow(clippy::unwrap_used)]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::{JoinHandle, yield_now};

use super::{Asks, Directory, DirectoryError, DirectorySettings, Grants, Lookups, Recent, Unavailable};
use crate::clock::{Clock, TestClock};
use crate::id::{Identity, Membership, Subject};
use crate::user::User;

/// A directory whose answers arrive when the test allows it. It reads its table when a lookup begins, which is the
/// worst case.
#[derive(Clone, Default)]
struct Held {
    is_member: Arc<Mutex<bool>>,
    open: Arc<Mutex<VecDeque<oneshot::Sender<()>>>>,
}

impl Directory for Held {
    async fn membership(&self, _: &User, org: &str) -> Result<Option<Membership>, DirectoryError> {
        Ok(self.read().await.then(|| Membership::new(org, "Admin")))
    }

    async fn grants(&self, _: &User) -> Result<Grants, DirectoryError> {
        let roles = if self.read().await { &["staff"][..] } else { &[] };
        Ok(Grants::none().roles(roles.iter().copied()))
    }
}

impl Held {
    async fn read(&self) -> bool {
        let is_member = *self.is_member.lock().unwrap();
        let (sender, receiver) = oneshot::channel();
        self.open.lock().unwrap().push_back(sender);
        let _ = receiver.await;
        is_member
    }
}

/// A token, as far as a directory is concerned.
struct Token {
    subject: Arc<Subject>,
    recent: Recent,
}

fn token(user: &str) -> Arc<Token> {
    let mut subject = Subject::from(Identity::new(user));
    subject.overrule();
    Arc::new(Token { subject: Arc::new(subject), recent: Recent::default() })
}

fn lookups(directory: impl Directory, settings: &DirectorySettings) -> (Arc<Lookups>, TestClock) {
    let clock = TestClock::now();
    (Arc::new(Lookups::new(Arc::new(directory), settings, Clock::Set(clock.clone()))), clock)
}

fn asks(org: &str, max_age_ms: u64) -> Asks<'_> {
    Asks { org: Some(org), grants: false, max_age_ms, permissions: &[] }
}

async fn ask(lookups: &Arc<Lookups>, token: &Token, org: &str, max_age_ms: u64) -> Result<bool, Unavailable> {
    ask_for(lookups, token, asks(org, max_age_ms)).await
}

fn known(lookups: &Lookups, token: &Token, asks: &Asks<'_>) -> Option<Arc<Subject>> {
    lookups.known(&token.subject, &token.recent, asks, lookups.clock.moment())
}

/// Whether the user has a membership or a role.
async fn ask_for(lookups: &Arc<Lookups>, token: &Token, asks: Asks<'_>) -> Result<bool, Unavailable> {
    let subject = match known(lookups, token, &asks) {
        Some(subject) => subject,
        None => lookups.ask(&token.subject, asks).await?,
    };
    let is_member = asks.org.is_some_and(|org| subject.position(org).is_some());
    Ok(is_member || subject.is_own_role("staff") == Some(true))
}

async fn settle() {
    for _ in 0..12 {
        yield_now().await;
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Event {
    Request(u64),
    /// The member is removed, and the answers are forgotten.
    Forget,
    AnswerOldest,
    AnswerNewest,
}

/// All orders of some events.
fn orders(events: &[Event]) -> Vec<Vec<Event>> {
    let Some((first, rest)) = events.split_first() else { return vec![Vec::new()] };
    let mut all: Vec<Vec<Event>> = Vec::new();
    for order in orders(rest) {
        for place in 0..=order.len() {
            let mut order = order.clone();
            order.insert(place, *first);
            all.push(order);
        }
    }
    all.sort_by_key(|order| format!("{order:?}"));
    all.dedup();
    all
}

#[tokio::test]
async fn no_answer_from_before_a_forget_is_used_after_it() {
    use Event::{AnswerNewest, AnswerOldest, Forget, Request};
    const KEPT: u64 = 5000;
    let mut count = 0;
    // The requested data: a membership, roles outside organizations, and both. `forget_org` does not affect roles
    // outside organizations.
    let membership = asks("acme", KEPT);
    let roles = Asks { org: None, grants: true, ..membership };
    let both = Asks { grants: true, ..membership };
    for (asked, forget_by_org) in [(membership, false), (membership, true), (roles, false), (both, false)] {
        for events in [
            vec![Request(KEPT), Request(KEPT), Request(0), Forget, AnswerOldest, AnswerNewest],
            vec![Request(KEPT), Request(0), Request(0), Forget, AnswerNewest, AnswerOldest],
            vec![Request(KEPT), Request(KEPT), Forget, AnswerOldest, AnswerNewest, AnswerOldest],
        ] {
            for order in orders(&events) {
                count += 1;
                let held = Held::default();
                *held.is_member.lock().unwrap() = true;
                let (lookups, _clock) = lookups(held.clone(), &DirectorySettings::default());
                let ada = token("ada");
                let mut requests: Vec<(bool, JoinHandle<_>)> = Vec::new();
                let mut is_forgotten = false;
                for event in &order {
                    match *event {
                        Request(max_age_ms) => {
                            let (lookups, ada) = (Arc::clone(&lookups), Arc::clone(&ada));
                            let asks = Asks { max_age_ms, ..asked };
                            let request = tokio::spawn(async move { ask_for(&lookups, &ada, asks).await });
                            requests.push((is_forgotten, request));
                        }
                        Forget => {
                            *held.is_member.lock().unwrap() = false;
                            if forget_by_org {
                                lookups.forget_org("acme");
                            } else {
                                lookups.forget_user(str::is_empty, "ada");
                            }
                            is_forgotten = true;
                        }
                        AnswerOldest => drop(held.open.lock().unwrap().pop_front()),
                        AnswerNewest => drop(held.open.lock().unwrap().pop_back()),
                    }
                    settle().await;
                }
                // Repeat until every request has its answer.
                while requests.iter().any(|(_, request)| !request.is_finished()) {
                    drop(held.open.lock().unwrap().pop_front());
                    settle().await;
                }
                for (came_after, request) in requests {
                    let is_member = request.await.unwrap().unwrap();
                    assert!(!(came_after && is_member), "{order:?}");
                }
                let last = tokio::spawn({
                    let (lookups, ada) = (Arc::clone(&lookups), Arc::clone(&ada));
                    async move { ask_for(&lookups, &ada, asked).await }
                });
                while !last.is_finished() {
                    drop(held.open.lock().unwrap().pop_front());
                    settle().await;
                }
                assert_eq!(last.await.unwrap(), Ok(false), "{order:?}");
                assert_eq!(lookups.questions.open(), (0, 0), "{order:?}");
            }
        }
    }
    assert!(count > 1200, "{count}");
}

#[tokio::test]
async fn waiting_requests_share_a_lookup_and_a_user_has_at_most_four() {
    let held = Held::default();
    *held.is_member.lock().unwrap() = true;
    let (lookups, _clock) = lookups(held.clone(), &DirectorySettings::default());
    let ada = token("ada");
    let begin = |token: &Arc<Token>, org: String, max_age_ms| {
        let (lookups, token) = (Arc::clone(&lookups), Arc::clone(token));
        tokio::spawn(async move { ask(&lookups, &token, &org, max_age_ms).await })
    };
    let same: Vec<_> = (0..20).map(|_| begin(&ada, "acme".to_owned(), 5000)).collect();
    settle().await;
    assert_eq!(held.open.lock().unwrap().len(), 1);
    // Requests that accept no older lookup. They wait for a permit, and then share one lookup.
    let anew: Vec<_> = (0..20).map(|_| begin(&ada, "acme".to_owned(), 0)).collect();
    settle().await;
    let others: Vec<_> = (0..50).map(|n| begin(&ada, format!("org-{n}"), 5000)).collect();
    settle().await;
    assert_eq!(held.open.lock().unwrap().len(), 4);
    // Another user does not wait.
    let grace = token("grace");
    let hot = begin(&grace, "acme".to_owned(), 5000);
    settle().await;
    let newest = held.open.lock().unwrap().pop_back();
    drop(newest);
    settle().await;
    assert!(hot.is_finished());
    let mut rounds = 0;
    while same.iter().chain(&anew).chain(&others).any(|request| !request.is_finished()) {
        assert!(held.open.lock().unwrap().len() <= 4);
        drop(held.open.lock().unwrap().pop_front());
        settle().await;
        rounds += 1;
        assert!(rounds < 80, "one question each is enough");
    }
    assert_eq!(lookups.questions.open(), (0, 0));
}

#[tokio::test]
async fn a_flood_of_ids_stays_within_its_bytes_and_evicts_no_member() {
    #[derive(Clone)]
    struct One;
    impl Directory for One {
        async fn membership(&self, user: &User, org: &str) -> Result<Option<Membership>, DirectoryError> {
            Ok((user.id() == "hot").then(|| Membership::new(org, "Admin")))
        }
        async fn grants(&self, _: &User) -> Result<Grants, DirectoryError> {
            Ok(Grants::none())
        }
    }
    let settings = DirectorySettings { bytes: 256 * 1024, ..DirectorySettings::default() };
    let (lookups, _clock) = lookups(One, &settings);
    let hot = token("hot");
    assert_eq!(ask(&lookups, &hot, "acme", 5000).await, Ok(true));
    for n in 0..100_000 {
        let user = token(&format!("user-{}", n % 1000));
        assert_eq!(ask(&lookups, &user, &format!("org-{n}"), 5000).await, Ok(false));
        assert!(known(&lookups, &hot, &asks("acme", 5000)).is_some(), "{n}");
    }
    let (yes, no) = lookups.answers.weights();
    assert!(yes + no <= 256 * 1024, "{yes} {no}");
    assert!(no > 16 * 1024, "{no}");
    // The directory is not asked about an id that no organization can have.
    assert_eq!(ask(&lookups, &hot, "", 5000).await, Ok(false));
    assert_eq!(ask(&lookups, &hot, &"a".repeat(1025), 5000).await, Ok(false));
}

#[tokio::test]
async fn the_age_of_an_answer_counts_from_the_start_of_its_lookup() {
    let held = Held::default();
    *held.is_member.lock().unwrap() = true;
    let settings = DirectorySettings { timeout: Duration::from_secs(30), ..DirectorySettings::default() };
    let (lookups, clock) = lookups(held.clone(), &settings);
    let ada = token("ada");
    let first = tokio::spawn({
        let (lookups, ada) = (Arc::clone(&lookups), Arc::clone(&ada));
        async move { ask(&lookups, &ada, "acme", u64::MAX).await }
    });
    settle().await;
    clock.advance(Duration::from_secs(4));
    drop(held.open.lock().unwrap().pop_front());
    assert_eq!(first.await.unwrap(), Ok(true));
    assert!(known(&lookups, &ada, &asks("acme", u64::MAX)).is_some());
    assert!(known(&lookups, &ada, &asks("acme", 4000)).is_none());
    clock.advance(Duration::from_millis(999));
    assert!(known(&lookups, &ada, &asks("acme", u64::MAX)).is_some());
    clock.advance(Duration::from_millis(1));
    assert!(known(&lookups, &ada, &asks("acme", u64::MAX)).is_none());
}

#[tokio::test]
async fn an_answer_does_not_replace_one_whose_lookup_began_later() {
    let held = Held::default();
    *held.is_member.lock().unwrap() = true;
    let (lookups, _clock) = lookups(held.clone(), &DirectorySettings::default());
    let ada = token("ada");
    let request = || {
        let (lookups, ada) = (Arc::clone(&lookups), Arc::clone(&ada));
        tokio::spawn(async move { ask(&lookups, &ada, "acme", 0).await })
    };
    let early = request();
    settle().await;
    // The member is removed, and the next request starts a new lookup. The answer of that lookup arrives first.
    *held.is_member.lock().unwrap() = false;
    let late = request();
    settle().await;
    held.open.lock().unwrap().pop_back().unwrap().send(()).unwrap();
    assert_eq!(late.await.unwrap(), Ok(false));
    held.open.lock().unwrap().pop_front().unwrap().send(()).unwrap();
    assert_eq!(early.await.unwrap(), Ok(true));
    assert_eq!(ask(&lookups, &ada, "acme", 5000).await, Ok(false));
}
