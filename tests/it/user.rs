//! What handlers learn about a user: the three answers, as in attributes, and values that a token does not have.

use std::time::{Duration, SystemTime};

use auth_runtime::testing::TestClock;
use auth_runtime::{
    Algorithm, ClaimMapping, GuardedRouter, Identity, InvalidTokenReason, Issuer, Membership, OrgMember, User,
    Verified, Verifier, require_org, require_user, routing,
};
use axum::Router;
use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::{Map, Value, json};

use crate::support::{NOW, Signer, clock, get, get_with, send};

const ISS: &str = "https://issuer.test";

fn ask(user: &User, question: impl Fn(&User) -> bool) -> bool {
    question(user)
}

fn in_acme(user: &User, question: impl Fn(&OrgMember) -> bool) -> bool {
    user.org("acme").is_some_and(|org| question(&org))
}

/// Four routes for each question: the question and its negation, as an attribute and as a method.
macro_rules! questions {
    ($($name:ident: [$($yes:tt)*] $has:expr, [$($no:tt)*] $lacks:expr;)*) => {
        $(mod $name {
            use super::*;

            #[$($yes)*]
            pub async fn by_attribute() {}
            #[$($no)*]
            pub async fn not_by_attribute() {}
            #[require_user(check = ask(&user, $has))]
            pub async fn by_method(user: User) {
                let _ = user;
            }
            #[require_user(check = ask(&user, $lacks))]
            pub async fn not_by_method(user: User) {
                let _ = user;
            }
        })*

        const QUESTIONS: &[&str] = &[$(stringify!($name)),*];

        fn questions() -> GuardedRouter {
            GuardedRouter::new()
                $(
                    .route(concat!("/", stringify!($name), "/attribute"), routing::get($name::by_attribute))
                    .route(concat!("/", stringify!($name), "/method"), routing::get($name::by_method))
                    .route(concat!("/not/", stringify!($name), "/attribute"), routing::get($name::not_by_attribute))
                    .route(concat!("/not/", stringify!($name), "/method"), routing::get($name::not_by_method))
                )*
        }
    };
}

questions! {
    permission:
        [require_user(permission("x"))] |user| user.has_permission("x"),
        [require_user(!permission("x"))] |user| user.lacks_permission("x");
    scope:
        [require_user(scope("x"))] |user| user.has_scope("x"),
        [require_user(!scope("x"))] |user| user.lacks_scope("x");
    role:
        [require_user(role == "x")] |user| user.is_role("x"),
        [require_user(!(role == "x"))] |user| user.lacks_role("x");
    role_at_least:
        [require_user(role >= "x")] |user| user.is_at_least_role("x"),
        [require_user(!(role >= "x"))] |user| user.is_below_role("x");
    email_verified:
        [require_user(email_verified)] |user| user.email_verified() == Some(true),
        [require_user(!email_verified)] |user| user.email_verified() == Some(false);
    impersonated:
        [require_user(impersonated)] |user| user.is_impersonated() == Some(true),
        [require_user(!impersonated)] |user| user.is_impersonated() == Some(false);
    org_permission:
        [require_org(permission("x"), from = header("x-org"))]
        |user| in_acme(user, |org| org.has_permission("x")),
        [require_org(!permission("x"), from = header("x-org"))]
        |user| in_acme(user, |org| org.lacks_permission("x"));
    org_role_at_least:
        [require_org(role >= "x", from = header("x-org"))]
        |user| in_acme(user, |org| org.is_at_least_role("x")),
        [require_org(!(role >= "x"), from = header("x-org"))]
        |user| in_acme(user, |org| org.is_below_role("x"));
}

/// A user for whom every answer is yes, a user for whom every answer is no, and a user about whom nothing is known.
fn identity(claims: &Map<String, Value>) -> Option<Identity> {
    let user = Identity::new("ada");
    let answer = |user: Identity, names: &[&str]| user.permissions(names.to_vec()).scopes(names.to_vec());
    Some(match claims.get("answer")?.as_str()? {
        "yes" => answer(user, &["x"])
            .roles(["x"])
            .email("ada@example.com", true)
            .impersonated_by(Some("bob".to_owned()))
            .org(Membership::new("acme", "x").permissions(["x"])),
        "no" => answer(user, &["y"])
            .roles(Vec::<String>::new())
            .email("ada@example.com", false)
            .impersonated_by(None)
            .org(Membership::new("acme", "y").inherited_roles(["y"]).permissions(["y"])),
        // The role `y` is known, but not its order relative to `x`.
        _ => user.email("ada@example.com", None).org(Membership::new("acme", "y")),
    })
}

async fn verifier(signer: &Signer, clock: impl Into<TestClock>) -> Verifier {
    let issuer = Issuer::jwks(ISS, "api", json!({ "keys": [signer.jwk()] }).to_string());
    let issuer = issuer.named("own").claim_mapping(ClaimMapping::none()).map_identity(|claims, _| identity(claims));
    Verifier::builder().issuer(issuer).clock(clock).build().await.unwrap()
}

fn claims(answer: &str) -> Value {
    json!({ "iss": ISS, "aud": "api", "exp": NOW + 300, "answer": answer })
}

async fn status(app: &Router, uri: &str, token: &str) -> StatusCode {
    let request = get(uri).header(header::AUTHORIZATION, format!("Bearer {token}")).header("x-org", "acme");
    send(app, request.body(Body::empty()).unwrap()).await.status
}

#[tokio::test]
async fn methods_of_user_answer_as_the_attribute_does() {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let app = questions().guarded_by(verifier(&signer, clock(NOW)).await).into_router();
    for (answer, admitted, admitted_by_not) in [("yes", 200, 403), ("no", 403, 200), ("unknown", 403, 403)] {
        let token = signer.token(&claims(answer));
        for question in QUESTIONS {
            for form in ["attribute", "method"] {
                let statuses = [
                    status(&app, &format!("/{question}/{form}"), &token).await,
                    status(&app, &format!("/not/{question}/{form}"), &token).await,
                ];
                assert_eq!(
                    statuses,
                    [admitted, admitted_by_not],
                    "{question} by {form}, to which the answer is {answer}"
                );
            }
        }
    }
}

#[tokio::test]
async fn claims_absent_from_a_token_are_unknown_and_not_empty() {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let verifier = verifier(&signer, clock(NOW)).await;
    let lists = async |answer: &str| {
        let user = verifier.verify(&signer.token(&claims(answer))).await.unwrap().user();
        let org = user.org("acme").unwrap();
        let known = [
            user.roles().map(<[String]>::len),
            user.scopes().map(<[String]>::len),
            org.permissions().map(<[String]>::len),
            org.inherited_roles().map(<[String]>::len),
        ];
        (known, org.additional_roles().map(<[String]>::len), user.email_verified())
    };
    assert_eq!(lists("no").await, ([Some(0), Some(1), Some(1), Some(1)], Some(0), Some(false)));
    assert_eq!(lists("unknown").await, ([None; 4], Some(0), None));
}

#[require_user]
async fn time_left(verified: Verified, user: User) -> String {
    let exp = user.expires_at().unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(verified.expires_at(), user.expires_at());
    format!("{exp} {:?}", verified.expires_in().unwrap())
}

#[tokio::test]
async fn expires_in_uses_the_verifiers_clock() {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let clock = TestClock::from(clock(NOW));
    let verifier = verifier(&signer, clock.clone()).await;
    let app = GuardedRouter::new().route("/", routing::get(time_left)).guarded_by(verifier).into_router();
    let token = signer.token(&claims("unknown"));
    for (pass, left) in [(0, "300s"), (100, "200s"), (200, "0ns"), (59, "0ns")] {
        clock.advance(Duration::from_secs(pass));
        assert_eq!(get_with(&app, "/", &token).await.body, format!("{} {left}", NOW + 300));
    }
    clock.advance(Duration::from_secs(1));
    assert_eq!(get_with(&app, "/", &token).await.status, 401);
}

#[tokio::test]
async fn id_as_parses_the_id_and_its_error_does_not_repeat_it() {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let issuer = || Issuer::jwks(ISS, "api", json!({ "keys": [signer.jwk()] }).to_string());
    let user = async |issuer: Issuer, sub: &str| {
        let verifier = Verifier::builder().issuer(issuer).clock(clock(NOW)).build().await.unwrap();
        let claims = json!({ "iss": ISS, "aud": "api", "exp": NOW + 300, "sub": sub });
        verifier.verify(&signer.token(&claims)).await.unwrap().user()
    };
    let ada = user(issuer().named("own"), "42").await;
    assert_eq!((ada.id_as::<u64>(), ada.id_as::<String>()), (Ok(42), Ok("42".to_owned())));
    assert_eq!((ada.issuer(), ada.issuer_name()), (ISS, "own"));
    let bob = user(issuer(), "bob-7f").await;
    let error = bob.id_as::<u64>().unwrap_err();
    assert_eq!(error.to_string(), "the user id is not a `u64`");
    assert!(!format!("{error:?}").contains("bob-7f"));
    assert_eq!((bob.issuer(), bob.issuer_name()), (ISS, ISS));
}

#[tokio::test]
async fn credential_id_is_the_jti_and_unknown_if_it_has_another_type() {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let issuer = Issuer::jwks(ISS, "api", json!({ "keys": [signer.jwk()] }).to_string());
    let by_table = Verifier::builder().issuer(issuer).clock(clock(NOW)).build().await.unwrap();
    let by_map = verifier(&signer, clock(NOW)).await;
    for (jti, expected) in [
        (r#""t-1""#, Some("t-1")),
        (r#""t-\u0031""#, Some("t-1")),
        (r#""""#, None),
        ("7", None),
        ("null", None),
        (r#"{"a":[1]}"#, None),
    ] {
        let claims =
            format!(r#"{{"iss":"{ISS}","aud":"api","exp":{},"sub":"ada","answer":"no","jti":{jti}}}"#, NOW + 300);
        let token = signer.sign(&signer.header().to_string(), &claims);
        for verifier in [&by_table, &by_map] {
            let user = verifier.verify(&token).await.unwrap().user();
            assert_eq!((user.id(), user.credential_id()), ("ada", expected), "{claims}");
        }
    }
    let nested = format!(r#"{{"iss":"{ISS}","aud":"api","exp":{},"sub":"ada","jti":{{"a":1,"a":1}}}}"#, NOW + 300);
    let refused = by_table.verify(&signer.sign(&signer.header().to_string(), &nested)).await.unwrap_err();
    assert_eq!(refused, InvalidTokenReason::Claim("jti").into(), "a name that is there twice is refused everywhere");
}

#[tokio::test]
async fn refusals_by_methods_tell_unknown_from_false() {
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let verifier = verifier(&signer, clock(NOW)).await;
    for (answer, role, permission) in [
        ("no", r#"FAIL role >= "x": has "y""#, r#"FAIL permission("x"): has ["y"]"#),
        ("unknown", r#"unknown role >= "x": has "y""#, r#"unknown permission("x"): unknown"#),
    ] {
        let user = verifier.verify(&signer.token(&claims(answer))).await.unwrap().user();
        let denied = [
            user.require_org_at_least("acme", "x").unwrap_err(),
            user.require_org_permission("acme", "x").unwrap_err(),
        ];
        for (denied, finding) in denied.iter().zip([role, permission]) {
            assert_eq!(denied.to_string(), format!("condition not met; {finding}"));
        }
    }
}
