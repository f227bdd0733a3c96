//! Revoked credentials, with real tokens and a real router.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use auth_runtime::testing::{TestClock, TestIssuer};
use auth_runtime::{
    AuthenticationError, Authenticator, DenialReason, GuardedRouter, Identity, InvalidTokenReason, RevocationError,
    Revocations, User, Verifier, require_user, routing,
};
use axum::Router;
use axum::http::request::Parts;
use tokio::sync::Notify;

use crate::support::{get_with, get_without};

#[require_user]
async fn whoami(user: User) -> String {
    user.id().to_owned()
}

async fn app(issuer: &TestIssuer, revocations: Revocations, clock: &TestClock) -> (Router, Verifier) {
    let issuer = issuer.issuer().named("main").map_identity(|claims, identity| {
        let mapped = claims.get("mapped").and_then(|id| id.as_str());
        Some(if let Some(id) = mapped { identity.id(id) } else { identity })
    });
    let builder = Verifier::builder().issuer(issuer).clock(clock.clone()).revocations(revocations);
    let verifier = builder.build().await.unwrap();
    let routes = GuardedRouter::new().route("/whoami", routing::get(whoami));
    (routes.guarded_by(verifier.clone()).into_router(), verifier)
}

const REVOKED: Option<DenialReason> = Some(DenialReason::InvalidToken(InvalidTokenReason::Revoked));

#[tokio::test]
async fn revoked_credentials_are_refused_even_if_they_were_cached() {
    let issuer = TestIssuer::new();
    let clock = TestClock::now();
    let revocations = Revocations::local();
    let (app, verifier) = app(&issuer, revocations.clone(), &clock).await;
    let now = clock.now_ms() / 1000;
    let with_id = issuer.token().user("ada").claim("jti", "1").claim("sid", "s1").build();
    let same_session = issuer.token().user("ada").claim("jti", "2").claim("sid", "s1").build();
    let without_id = issuer.token().user("ada").build();
    let mapped = issuer.token().user("auth0|7").claim("mapped", "grace").build();
    let acting = issuer.token().user("linus").claim("impersonator_user_id", "grace").build();
    let undated = issuer.token().user("grace").without("iat").build();
    let later = issuer.token().user("grace").claim("iat", now + 400).claim("exp", now + 800).build();
    let all = [&with_id, &same_session, &without_id, &mapped, &acting, &undated];
    let refused = async || {
        let mut refused = Vec::new();
        for token in all {
            let answer = get_with(&app, "/whoami", token).await;
            assert!(answer.status == 200 || answer.denied == REVOKED, "{answer:?}");
            if answer.status != 200 {
                assert_eq!(answer.status, 401);
                assert!(answer.challenge().unwrap().contains("invalid_token"));
            }
            refused.push(u8::from(answer.status == 401));
        }
        refused
    };
    assert_eq!(refused().await, [0, 0, 0, 0, 0, 0]);
    // An issuer cannot revoke credentials of another issuer.
    revocations.revoke_token("https://another.test", "1").await.unwrap();
    revocations.revoke_session("https://another.test", "s1").await.unwrap();
    revocations.revoke_user("another", "ada").await.unwrap();
    assert_eq!(refused().await, [0, 0, 0, 0, 0, 0]);
    // By name, and by `iss`.
    revocations.revoke_token("main", "1").await.unwrap();
    assert_eq!(refused().await, [1, 0, 0, 0, 0, 0]);
    revocations.revoke_session("https://issuer.test", "s1").await.unwrap();
    assert_eq!(refused().await, [1, 1, 0, 0, 0, 0]);
    revocations.revoke(&verifier.verify(&without_id).await.unwrap()).await.unwrap();
    assert_eq!(refused().await, [1, 1, 1, 0, 0, 0]);
    // Only the `sub`, not the actor.
    revocations.revoke_user("main", "auth0|7").await.unwrap();
    assert_eq!(refused().await, [1, 1, 1, 1, 0, 0]);
    // The mapped id; also if the user acts as another user; also if the time of issue is unknown.
    revocations.revoke_user("main", "grace").await.unwrap();
    assert_eq!(refused().await, [1, 1, 1, 1, 1, 1]);
    // A user who logs in again is admitted.
    clock.advance(Duration::from_secs(450));
    assert_eq!(get_with(&app, "/whoami", &later).await.status, 200);
    // A stolen key: all tokens that it signed until then.
    revocations.revoke_issued_before("main", SystemTime::UNIX_EPOCH + Duration::from_secs(now + 399)).await.unwrap();
    assert_eq!(get_with(&app, "/whoami", &later).await.status, 200);
    revocations.revoke_issued_before("main", SystemTime::UNIX_EPOCH + Duration::from_secs(now + 400)).await.unwrap();
    assert_eq!(get_with(&app, "/whoami", &later).await.denied, REVOKED);
}

/// An authenticator that has a session, and waits before it returns it.
#[derive(Clone, Default)]
struct Waiting {
    begun: Arc<Notify>,
    go_on: Arc<Notify>,
}

impl Authenticator for Waiting {
    async fn authenticate(&self, _: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        self.begun.notify_one();
        self.go_on.notified().await;
        Ok(Some(Identity::new("ada").credential_id("session")))
    }

    fn is_explicit(&self) -> bool {
        true
    }
}

/// Every order of a request's two steps and a revocation: before it began, while its credential is verified, after it.
#[tokio::test]
async fn a_token_revoked_while_it_is_verified_is_refused() {
    for (revoked_at, statuses) in [(0, [401, 401]), (1, [401, 401]), (2, [200, 401])] {
        let (waiting, revocations) = (Waiting::default(), Revocations::local());
        let builder = Verifier::builder().authenticator("sessions", waiting.clone()).revocations(revocations.clone());
        let routes = GuardedRouter::new().route("/whoami", routing::get(whoami));
        let app = routes.guarded_by(builder.build().await.unwrap()).into_router();
        let revoke = async |step: usize| {
            if step == revoked_at {
                revocations.revoke_token("sessions", "session").await.unwrap();
            }
        };
        revoke(0).await;
        let request = tokio::spawn({
            let app = app.clone();
            async move { get_without(&app, "/whoami").await.status }
        });
        waiting.begun.notified().await;
        revoke(1).await;
        waiting.go_on.notify_one();
        let first = request.await.unwrap();
        revoke(2).await;
        waiting.go_on.notify_one();
        let second = get_without(&app, "/whoami").await.status;
        assert_eq!([first, second].map(|status| status.as_u16()), statuses, "revoked at step {revoked_at}");
    }
}

#[tokio::test]
async fn a_token_that_would_outlive_its_revocation_is_refused() {
    let issuer = TestIssuer::new();
    let clock = TestClock::now();
    let (app, _) = app(&issuer, Revocations::local().max_token_life(Duration::from_secs(600)), &clock).await;
    for (token, status) in [
        (issuer.token().expires_in(Duration::from_secs(590)), 200),
        (issuer.token().expires_in(Duration::from_secs(660)), 401),
        (issuer.token().without("iat").expires_in(Duration::from_secs(590)), 200),
        (issuer.token().without("iat").expires_in(Duration::from_secs(660)), 401),
    ] {
        assert_eq!(get_with(&app, "/whoami", &token.build()).await.status, status);
    }
    for life in [Duration::from_secs(59), Duration::from_secs(31 * 86_400)] {
        let revocations = Revocations::local().max_token_life(life);
        let built = Verifier::builder().issuer(issuer.issuer()).revocations(revocations).build().await;
        assert_eq!(built.unwrap_err().setting(), "max_token_life");
    }
    let built = Verifier::builder().issuer(issuer.issuer()).revocations(Revocations::local().max_entries(0)).build();
    assert_eq!(built.await.unwrap_err().setting(), "max_entries");
}

#[tokio::test]
async fn a_revocation_that_cannot_be_stored_is_an_error_and_no_other_is_dropped() {
    let issuer = TestIssuer::new();
    let clock = TestClock::now();
    let life = Duration::from_secs(600);
    let revocations = Revocations::local().max_entries(3).max_token_life(life);
    let (app, _) = app(&issuer, revocations.clone(), &clock).await;
    let token = issuer.token().claim("jti", "0").build();
    for jti in ["0", "1", "2", "0"] {
        revocations.revoke_token("main", jti).await.unwrap();
    }
    assert_eq!(revocations.revoke_token("main", "3").await, Err(RevocationError::Full(3)));
    assert_eq!(get_with(&app, "/whoami", &token).await.denied, REVOKED);
    // Entries are kept as long as the tokens that they revoke, and are then removed.
    clock.advance(life + Duration::from_secs(599));
    assert!(revocations.revoke_token("main", "3").await.is_err());
    clock.advance(Duration::from_secs(3));
    revocations.revoke_token("main", "3").await.unwrap();
    assert_eq!(revocations.len(), 1);
}

#[tokio::test]
async fn streams_are_notified_when_their_credential_ends() {
    let issuer = TestIssuer::new();
    let clock = TestClock::now();
    let revocations = Revocations::local();
    let (_, verifier) = app(&issuer, revocations.clone(), &clock).await;
    let ada = verifier.verify(&issuer.token().user("ada").claim("jti", "1").build()).await.unwrap();
    let grace = verifier.verify(&issuer.token().user("grace").build()).await.unwrap();
    let (ada, grace) = (tokio::spawn(ada.ended()), tokio::spawn(grace.ended()));
    tokio::task::yield_now().await;
    assert!(!ada.is_finished() && !grace.is_finished());
    revocations.revoke_token("main", "1").await.unwrap();
    ada.await.unwrap();
    assert!(!grace.is_finished());
    clock.advance(Duration::from_secs(361));
    grace.await.unwrap();
}
