//! Requests that are canceled while they wait for a key: at every await, no work is left half done.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use auth_runtime::Issuer;
use auth_runtime::testing::TestClock;
use tokio::task::JoinSet;

use crate::support::{AUDIENCE, Answer, App, Idp, Signer, set, verifier, wait_for};

const METADATA: &str = "/.well-known/openid-configuration";

/// How far a request gets before it is canceled.
#[derive(Clone, Copy, Debug)]
enum At {
    /// It was never polled.
    Start,
    /// It has asked for a fetch, and no fetch has begun.
    Asked,
    /// The server has received the request for the keys, and does not respond.
    Hanging,
    /// The keys have arrived, and it was not polled since.
    Ended,
    /// A fetch had begun before it asked, and did not bring its key. It waits for the next fetch.
    Second,
}

struct Case {
    clock: TestClock,
    idp: Idp,
    app: App,
    old: Signer,
    new: Signer,
    metadata: Answer,
}

impl Case {
    async fn new() -> Self {
        let clock = TestClock::now();
        let idp = Idp::start(&clock).await;
        let (old, new) = (Signer::new("old"), Signer::new("new"));
        idp.publishes(set([&old]));
        let metadata = Answer::Json(serde_json::json!({ "issuer": idp.url, "jwks_uri": idp.jwks_url() }));
        let app = verifier(&clock, Issuer::oidc(&idp.url, AUDIENCE)).await;
        Self { clock, idp, app, old, new, metadata }
    }

    /// Publishes the new key too, at the URL that did not respond.
    fn rotates(&self) {
        self.idp.answers("/jwks", Answer::Json(set([&self.old, &self.new])));
        self.idp.answers(METADATA, self.metadata.clone());
    }

    /// Cancels a request for the new key while `place` does not respond.
    async fn give_up(&self, at: At, place: &str) {
        self.idp.answers(place, Answer::Hang);
        let token = self.new.token(&self.idp.url);
        let mut request = pin!(self.app.ask(&token));
        let mut poll = async || std::future::poll_fn(|context| Poll::Ready(request.as_mut().poll(context))).await;
        let asked = self.idp.count(place);
        match at {
            At::Start => {}
            At::Asked => assert!(poll().await.is_pending()),
            At::Hanging => {
                assert!(poll().await.is_pending());
                self.idp.asked(place, asked + 1).await;
                assert!(poll().await.is_pending());
            }
            At::Ended => {
                assert!(poll().await.is_pending());
                self.idp.asked(place, asked + 1).await;
                self.rotates();
                wait_for(&self.idp.url, &["keys changed", "added=1"], 2).await;
            }
            At::Second => {
                let (app, other) = (self.app.clone(), Signer::new("other").token(&self.idp.url));
                let other = tokio::spawn(async move { app.status(&other).await });
                self.idp.asked(place, asked + 1).await;
                assert!(poll().await.is_pending());
                // This fetch brings the old keys. The next one does not respond.
                let once = if place == METADATA { self.metadata.clone() } else { Answer::Json(set([&self.old])) };
                self.idp.answers_once(place, once);
                assert_eq!(other.await.unwrap(), 401);
                assert!(poll().await.is_pending());
                self.idp.asked(place, asked + 2).await;
                assert!(poll().await.is_pending());
            }
        }
    }
}

#[tokio::test]
async fn a_canceled_request_does_not_affect_later_requests() {
    for place in [METADATA, "/jwks"] {
        for at in [At::Start, At::Asked, At::Hanging, At::Ended, At::Second] {
            let case = Case::new().await;
            case.give_up(at, place).await;
            // Ten more requests for the same key at the same time. The current keys stay usable.
            let mut waiting = JoinSet::new();
            for _ in 0..10 {
                let (app, token) = (case.app.clone(), case.new.token(&case.idp.url));
                waiting.spawn(async move { app.status(&token).await });
            }
            assert_eq!(case.app.status(&case.old.token(&case.idp.url)).await, 200, "{at:?} {place}");
            case.rotates();
            assert_eq!(waiting.join_all().await, [200; 10], "{at:?} {place}");
            let (fetches, expected) =
                (case.app.verifier.health().issuers()[0].fetches, 2 + u64::from(matches!(at, At::Second)));
            assert_eq!(fetches, expected, "{at:?} {place}");
            println!("given up at {at:?} of {place}: 10 of 10 answered 200 after {fetches} fetches in all");
        }
    }
}

#[tokio::test]
async fn a_key_source_that_never_answers_ends_in_401() {
    for at in [At::Start, At::Asked, At::Hanging] {
        let case = Case::new().await;
        case.give_up(at, "/jwks").await;
        let (app, token) = (case.app.clone(), case.new.token(&case.idp.url));
        let mut waiting = tokio::spawn(async move { app.status(&token).await });
        // If a fetch began before the request asked, the request also waits for the next fetch.
        let mut fetches = 2;
        let status = loop {
            tokio::select! {
                status = &mut waiting => break status.unwrap(),
                () = case.idp.asked("/jwks", fetches) => case.clock.advance(Duration::from_secs(5)),
            }
            fetches += 1;
        };
        assert!(status == 401 && fetches <= 4, "{at:?} {status} {fetches}");
        case.rotates();
        case.clock.advance(Duration::from_secs(31));
        assert_eq!(case.app.status(&case.new.token(&case.idp.url)).await, 200, "{at:?}");
    }
}
