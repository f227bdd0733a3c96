//! Policies with `audit`: each decision is recorded, or the request is refused.

use std::sync::{Arc, Mutex};

use auth_runtime::routing::Table;
use auth_runtime::testing::TestIssuer;
use auth_runtime::{
    AuditEntry, GuardedRouter, Identity, Limit, ObserveLayer, Require, Verifier, optional_user, require_org,
    require_user, routing,
};
use axum::Router;
use axum::extract::Path;

use super::Seen;
use crate::support::{Entered, Recorded, Secrets, get_with, get_without};

#[require_org(role == "Admin", from = path("org"), audit)]
struct Audited;

#[require_user(scope("erase"), audit)]
async fn erase(axum::extract::State(entered): axum::extract::State<Entered>) {
    entered.enter();
}

#[require_org(from = org)]
#[require_user(!impersonated, audit)]
async fn stacked(Path(org): Path<String>) -> String {
    org
}

#[optional_user(audit)]
async fn maybe() {}

#[require_user]
async fn quiet() {}

fn routes() -> GuardedRouter<Entered> {
    GuardedRouter::new()
        .route("/erase", routing::delete(erase).get(erase))
        .route("/stacked/{org}", routing::get(stacked))
        .route("/maybe", routing::get(maybe))
        .route("/quiet", routing::get(quiet))
        .route("/require/{org}", routing::get(|_: Require<Audited>| async {}))
        .nest("/group/{org}", GuardedRouter::new().route("/", routing::get(quiet)).require::<Audited>())
}

async fn app(issuer: &TestIssuer, layer: Option<ObserveLayer>) -> (Router, Entered) {
    let entered = Entered::default();
    let routes = routes().with_state(entered.clone()).guarded_by(issuer.verifier().await);
    let routes = match layer {
        Some(layer) => routes.layer(layer),
        None => routes,
    };
    (routes.into_router(), entered)
}

fn line(entry: &AuditEntry<'_>) -> String {
    let decision = entry.decision();
    let text = |value: Option<std::borrow::Cow<'_, str>>| value.unwrap_or("-".into()).into_owned();
    format!(
        "{} {} {} [{}] {} by {} with {} in {}: {}",
        entry.method(),
        entry.route().unwrap_or("-"),
        decision.outcome().as_str(),
        text(decision.policy()),
        text(decision.user()),
        text(entry.actor()),
        text(entry.credential()),
        text(decision.org()),
        decision.denied().map_or("-", |denied| denied.reason().as_str()),
    )
}

#[tokio::test]
async fn decisions_of_audited_policies_are_recorded_admitted_and_refused() {
    let issuer = TestIssuer::new();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    let layer = ObserveLayer::audit(move |entry| {
        kept.lock().unwrap().push(line(entry));
        Ok::<_, String>(())
    });
    let (app, _) = app(&issuer, Some(layer)).await;
    let token = issuer.token().user("ada").org("acme", "Admin").org("beta", "Member").scope("erase").claim("jti", "t1");
    let token = token.claim("impersonator_user_id", "support").build();
    let plain = issuer.token().user("ada").build();
    for (path, token, expected) in [
        (
            "/erase",
            Some(&token),
            vec![r#"GET /erase admitted [require_user(scope("erase"), audit)] ada by support with t1 in -: -"#],
        ),
        (
            "/erase",
            Some(&plain),
            vec![r#"GET /erase refused [require_user(scope("erase"), audit)] ada by - with - in -: condition"#],
        ),
        (
            "/erase",
            None,
            vec![r#"GET /erase refused [require_user(scope("erase"), audit)] - by - with - in -: no_credentials"#],
        ),
        (
            "/stacked/acme",
            Some(&token),
            vec![
                "GET /stacked/{org} refused [require_org(from = org) + require_user(!impersonated, audit)] ada by support with t1 in acme: condition",
            ],
        ),
        ("/maybe", None, vec!["GET /maybe anonymous [optional_user(audit)] - by - with - in -: -"]),
        (
            "/require/acme",
            Some(&token),
            vec!["GET /require/{org} admitted [Audited] ada by support with t1 in acme: -"],
        ),
        (
            "/require/beta",
            Some(&token),
            vec!["GET /require/{org} refused [Audited] ada by support with t1 in beta: condition"],
        ),
        ("/group/acme", Some(&token), vec!["GET /group/{org} admitted [Audited] ada by support with t1 in acme: -"]),
        (
            "/group/beta",
            Some(&token),
            vec!["GET /group/{org} refused [Audited] ada by support with t1 in beta: condition"],
        ),
        ("/quiet", Some(&token), vec![]),
        ("/quiet", None, vec![]),
    ] {
        match token {
            Some(token) => get_with(&app, path, token).await,
            None => get_without(&app, path).await,
        };
        assert_eq!(std::mem::take(&mut *lines.lock().unwrap()), expected, "{path}");
    }
}

#[tokio::test]
async fn a_decision_that_cannot_be_recorded_admits_no_request() {
    let issuer = TestIssuer::new();
    let token = issuer.token().user("ada").org("acme", "Admin").scope("erase").build();
    let fails = ObserveLayer::audit(|_| Err("the disk is full"));
    let panics = ObserveLayer::audit(|_| -> Result<(), String> { panic!("on purpose") });
    for layer in [fails, panics] {
        let (app, entered) = app(&issuer, Some(layer)).await;
        let seen = Seen::default();
        let app = app.layer(seen.layer());
        for path in ["/erase", "/maybe", "/require/acme", "/group/acme"] {
            let answer = get_with(&app, path, &token).await;
            assert_eq!(answer.status, 503, "{path}");
            assert!(!answer.body.contains("disk"), "{}", answer.body);
            let line = seen.one();
            assert!(line.contains(" 503 refused ") && line.ends_with(": not_recorded"), "{line}");
        }
        // A refusal stays a refusal, and policies without `audit` are not affected.
        assert_eq!(get_without(&app, "/erase").await.status, 401);
        assert_eq!(get_with(&app, "/quiet", &token).await.status, 200);
        assert_eq!(entered.count(), 0);
    }
    let (app, entered) = app(&issuer, Some(ObserveLayer::audit(|_| Ok::<_, String>(())))).await;
    assert_eq!((get_with(&app, "/erase", &token).await.status.as_u16(), entered.count()), (200, 1));
}

#[tokio::test]
async fn without_a_layer_each_decision_is_one_event() {
    let issuer = TestIssuer::new();
    let (app, _) = app(&issuer, None).await;
    let token = issuer.token().user("ada").org("acme", "Admin").scope("erase").claim("jti", "t1").build();
    let mut secrets = Secrets::default();
    secrets.text(&token);
    let events = async |path: &str, token: Option<&str>| {
        let recorded = Recorded::default();
        {
            let _log = tracing::subscriber::set_default(recorded.subscriber());
            match token {
                Some(token) => get_with(&app, path, token).await,
                None => get_without(&app, path).await,
            };
        }
        let all = recorded.entries();
        assert!(all.iter().all(|entry| secrets.found_in(entry).is_none()));
        all.into_iter().filter(|entry| entry.starts_with("event auth_runtime::audit")).collect::<Vec<_>>()
    };
    let [event] = &events("/require/acme", Some(&token)).await[..] else { panic!("one event") };
    for part in [
        " INFO message=decision outcome=\"admitted\" method=\"GET\" route=\"/require/{org}\" policy=\"Audited\" at=\"",
        " user=\"ada\" issuer=\"https://issuer.test\" credential=\"t1\" org=\"acme\"",
    ] {
        assert!(event.contains(part), "{event}\nlacks {part}");
    }
    let [event] = &events("/erase", None).await[..] else { panic!("one event") };
    for part in [" outcome=\"refused\" status=401 method=\"GET\"", " reason=\"no_credentials\""] {
        assert!(event.contains(part), "{event}\nlacks {part}");
    }
    assert!(events("/quiet", Some(&token)).await.is_empty());
}

#[test]
fn the_table_shows_audited_policies() {
    let table = routes().table();
    let text = table.text();
    assert!(text.contains("require_user(scope(\"erase\"), audit)"), "{text}");
    assert!(text.contains("Audited: require_org(role == \"Admin\", audit, from = path(\"org\"))"), "{text}");
    assert_eq!(text.parse::<Table>().unwrap().text(), text);
    let silenced = text.replace(", audit", "");
    assert!(table.compare(&silenced).is_err(), "a change");
}

#[tokio::test]
async fn credentials_of_authenticators_are_named_too() {
    struct Keys;

    impl auth_runtime::Authenticator for Keys {
        async fn authenticate(
            &self,
            request: &axum::http::request::Parts,
        ) -> Result<Option<Identity>, auth_runtime::AuthenticationError> {
            let key = request.headers.get("x-key").map(|_| Identity::new("robot").credential_id("key-7"));
            Ok(key.map(|identity| identity.limit(Limit::none())))
        }

        fn is_explicit(&self) -> bool {
            true
        }
    }

    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    let layer = ObserveLayer::audit(move |entry| {
        kept.lock().unwrap().push(line(entry));
        Ok::<_, String>(())
    });
    let verifier = Verifier::builder().authenticator("keys", Keys).build().await.unwrap();
    let app = routes().with_state(Entered::default()).guarded_by(verifier).layer(layer).into_router();
    let request = axum::http::Request::get("/maybe").header("x-key", "1").body(axum::body::Body::empty()).unwrap();
    assert_eq!(crate::support::send(&app, request).await.status, 200);
    assert_eq!(*lines.lock().unwrap(), ["GET /maybe admitted [optional_user(audit)] robot by - with key-7 in -: -"]);
}
