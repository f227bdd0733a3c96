//! `explain`: the check that refuses a token, those before and those after it, and nothing that must not be printed.

use std::net::TcpListener;
use std::time::{SystemTime, UNIX_EPOCH};

use auth_runtime::testing::{CheckState, TestIssuer, TokenBuilder};
use auth_runtime::{Algorithm, TokenType, Verifier};
use auth_test_support::Signer;
use serde_json::{Value, json};

use crate::doctor::with_keys;
use crate::support::{Run, file, folder, run, run_unread, run_with};

const USER: &str = "user-4711";

type Change = fn(TokenBuilder<'_>) -> TokenBuilder<'_>;

// A method of a type with a lifetime cannot be used as such a function.
#[allow(clippy::redundant_closure_for_method_calls)]
/// An error in a token, in the order of the checks: the check that refuses it, and what it found.
const FAULTS: &[(&str, &str, Change)] = &[
    ("header", "crit", |token| token.header("crit", json!(["exp"]))),
    ("header", "alg \"none\"", |token| token.header("alg", "none")),
    ("header", "typ \"logout+jwt\"", |token| token.header("typ", "logout+jwt")),
    ("key", "kid \"other\"", |token| token.header("kid", "other")),
    ("signature", "", |token| token.signed_by_stranger()),
    ("claims", "", |token| token.claim("nbf", "soon")),
    ("user id", "", |token| token.without("sub").without("user_id")),
    ("iss", "\"https://other.test\"", |token| token.claim("iss", "https://other.test")),
    ("exp, nbf, iat", "s ago", |token| token.expired()),
    ("aud", "[\"other\", \"another\"]", |token| token.claim("aud", json!(["other", "another"]))),
    ("events", "`events`", |token| token.claim("events", json!({}))),
    ("ID token", "`nonce`", |token| token.claim("nonce", "n")),
    ("cnf", "`cnf`", |token| token.claim("cnf", json!({}))),
];

/// More errors, each the only one in its check.
const MORE: &[(&str, &str, Change)] = &[
    ("key", "alg \"RS256\"", |token| token.header("alg", "RS256")),
    ("exp, nbf, iat", "no `exp`", |token| token.without("exp")),
    ("exp, nbf, iat", "nbf 99999999999", |token| token.claim("nbf", 99_999_999_999_u64)),
    ("aud", "no `aud`", |token| token.without("aud")),
    ("iss", "no `iss`", |token| token.without("iss")),
];

struct Fixture {
    issuer: TestIssuer,
    jwks: String,
}

impl Fixture {
    fn new(name: &str) -> Self {
        let issuer = TestIssuer::with_algorithm(Algorithm::ES256);
        let jwks = file(&folder(name), "jwks.json", issuer.jwks().to_string());
        Self { issuer, jwks }
    }

    fn token(&self) -> TokenBuilder<'_> {
        self.issuer.token().user(USER)
    }

    fn explain(&self, token: &str, more: &[&str]) -> Run {
        let settings = ["explain", "--issuer", "https://issuer.test", "--audience", "https://api.test", "--jwks"];
        let run = run(&[&settings[..], &[self.jwks.as_str()], more].concat(), token);
        check_nothing_leaks(&run, token);
        run
    }
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let fixture = Fixture::new("explain_unread");
    let settings = ["explain", "--issuer", "https://issuer.test", "--audience", "https://api.test", "--jwks"];
    for (token, status) in [(fixture.token().build(), 0), (fixture.token().expired().build(), 1)] {
        let run = run_unread(&[&settings[..], &[fixture.jwks.as_str()]].concat(), &token);
        assert_eq!((run.status, run.err.as_str()), (status, ""));
    }
}

fn check_nothing_leaks(run: &Run, token: &str) {
    for part in token.trim().split('.').filter(|part| part.len() > 8) {
        assert!(!run.all().contains(part), "a part of the token: {run:?}");
    }
}

fn states(document: &Value) -> Vec<(&str, &str)> {
    let checks = document["checks"].as_array().unwrap();
    checks.iter().map(|check| (check["name"].as_str().unwrap(), check["state"].as_str().unwrap())).collect()
}

#[test]
fn a_good_token_passes_every_check_and_claims_are_shown_on_demand() {
    let fixture = Fixture::new("explain-good");
    let private = ["invoices", "ada@private.test", "org-4711", "Auditor", "may-pay", "chief", "may-read", "+43-1-4711"];
    let token = fixture.token().scope(private[0]).email(private[1]).org(private[2], private[3]);
    let token = token.org_permission(private[2], private[4]).role(private[5]).permission(private[6]);
    let token = token.claim("phone_number", private[7]).build();
    for (input, more) in [
        (token.clone(), &[][..]),
        (format!("Bearer {token}\n"), &["--algorithm", "ES256"]),
        (token.clone(), &["--provider", "oidc", "--audience", "other"]),
        (token.clone(), &["--json"]),
    ] {
        let run = fixture.explain(&input, more);
        assert_eq!(run.status, 0, "{run:?}");
        for value in [USER].iter().chain(&private) {
            assert!(!run.all().contains(value), "{run:?}");
        }
    }
    let hidden = fixture.explain(&token, &["--json"]).json();
    assert_eq!(hidden["accepted"], true);
    assert!(states(&hidden).iter().all(|(_, state)| *state == "passed"), "{hidden}");
    assert_eq!(hidden["identity"]["id"], json!({ "count": 1 }));
    assert_eq!(hidden["identity"]["active organization"], Value::Null);
    let shown = fixture.explain(&token, &["--json", "--show-claims"]).json();
    assert_eq!(shown["identity"]["id"], json!({ "values": [USER] }));
    assert_eq!(shown["identity"]["scopes"], json!({ "values": ["invoices"] }));
    let text = fixture.explain(&token, &["--show-claims"]).out;
    assert!(text.contains(USER) && text.starts_with("accepted"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colors without a terminal");
}

#[test]
fn each_error_is_shown_at_its_check_with_the_value() {
    let fixture = Fixture::new("explain-faults");
    for (check, found, change) in FAULTS.iter().chain(MORE) {
        let token = change(fixture.token()).build();
        let run = fixture.explain(&token, &["--json"]);
        assert_eq!(run.status, 1, "{check}: {run:?}");
        assert!(!run.all().contains(USER), "{run:?}");
        let document = run.json();
        let states = states(&document);
        let at = states.iter().position(|(_, state)| *state == "failed").unwrap();
        assert_eq!(states[at].0, *check, "{document:#}");
        assert!(states[..at].iter().all(|(_, state)| *state == "passed"), "{document:#}");
        assert!(states[at + 1..].iter().all(|(_, state)| *state == "not_reached"), "{document:#}");
        let failed = &document["checks"][at];
        assert!(failed["expected"].as_str().is_some_and(|text| !text.is_empty()), "{failed}");
        if *found == "crit" {
            assert!(failed["expected"].as_str().unwrap().contains("`crit`"), "{failed}");
        } else {
            assert!(failed["found"].as_str().unwrap_or_default().contains(found), "{failed}");
        }
        assert!(document["checks"].as_array().unwrap()[at + 1..].iter().all(|later| later["found"].is_null()));
        // The identity is shown only after the signature was verified and the claims were read.
        let is_mapped = states.iter().position(|(name, _)| *name == "iss").unwrap() <= at;
        assert_eq!(document["identity"].is_object(), is_mapped, "{document:#}");
    }
    for text in ["", "garbage", "a.b", "a.b.c.d.e", "a b c", "\u{1b}[31m.x.y"] {
        let run = fixture.explain(text, &[]);
        assert!([1, 2].contains(&run.status) && !run.all().contains('\u{1b}'), "{run:?}");
    }
}

/// So the checks that are shown as passed were passed, and those shown as not reached were not reached.
#[tokio::test]
async fn of_two_errors_the_first_in_the_order_of_checks_is_shown() {
    let issuer = TestIssuer::with_algorithm(Algorithm::ES256);
    let verifier = issuer.verifier().await;
    let failed = async |token: String| {
        let diagnosis = verifier.diagnose(&token).await;
        assert_eq!(diagnosis.result(), verifier.verify(&token).await.map(drop), "the verdict is that of the verifier");
        let checks = diagnosis.checks().to_vec();
        checks.into_iter().find(|check| check.state == CheckState::Failed).map(|check| check.name).unwrap_or_default()
    };
    for (at, (first, _, change)) in FAULTS.iter().enumerate() {
        for (_, _, other) in &FAULTS[at..] {
            assert_eq!(failed(other(change(issuer.token())).build()).await, *first);
        }
    }
}

#[tokio::test]
async fn the_rules_of_rfc_9068_and_of_several_issuers_are_shown() {
    let issuer = TestIssuer::with_algorithm(Algorithm::ES256);
    let second = TestIssuer::with_algorithm(Algorithm::ES256);
    let strict = issuer.issuer().token_type(TokenType::AccessJwt).require_claim("azp", ["web"]);
    let builder = Verifier::builder().issuer(strict);
    let verifier = builder.issuer(second.issuer().issuer_claim("https://second.test")).build().await.unwrap();
    let strict =
        || issuer.token().header("typ", "at+jwt").claim("azp", "web").claim("client_id", "c").claim("jti", "j");
    for (token, expected) in [
        (strict(), ""),
        (strict().claim("iss", "https://other.test"), "issuer"),
        (strict().header("typ", "JWT"), "typ"),
        (strict().without("azp"), "required claims"),
        (strict().claim("azp", "mobile"), "required claims"),
        (strict().without("client_id"), "required claims"),
        (strict().without("iat"), "RFC 9068"),
    ] {
        let diagnosis = verifier.diagnose(&token.build()).await;
        let failed = diagnosis.checks().iter().find(|check| check.state == CheckState::Failed);
        assert_eq!(failed.map_or("", |check| check.name), expected, "{failed:?}");
    }
}

#[test]
fn only_the_keys_of_the_named_issuer_are_fetched() {
    let named_by_token = TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = format!("http://{}/keys", named_by_token.local_addr().unwrap());
    let issuer = TestIssuer::with_algorithm(Algorithm::ES256);
    let own = with_keys(200, "", issuer.jwks().to_string());
    let good = issuer.token().claim("iss", own.as_str()).header("jku", elsewhere.as_str());
    let foreign = issuer.token().claim("iss", elsewhere.as_str()).header("x5u", elsewhere.as_str());
    for (token, kid, status) in [(good, "test", 0), (foreign, "unknown", 1)] {
        let token = token.header("kid", kid).build();
        let run = run(&["explain", "--issuer", &own, "--audience", "https://api.test"], &token);
        assert_eq!(run.status, status, "{run:?}");
        check_nothing_leaks(&run, &token);
    }
    named_by_token.set_nonblocking(true).unwrap();
    let visit = named_by_token.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(visit, Err(std::io::ErrorKind::WouldBlock));
}

#[test]
fn a_shared_secret_is_read_from_a_file_and_never_printed() {
    let issuer = TestIssuer::new();
    let secret = "0123456789abcdef0123456789abcdef-hunter2";
    let path = file(&folder("explain-secret"), "secret", format!("{secret}\n"));
    let arguments = ["explain", "--issuer", "https://issuer.test", "--audience", "https://api.test"];
    let token = issuer.token().build();
    let run = run(&[&arguments[..], &["--secret-file", &path]].concat(), &token);
    assert_eq!(run.status, 1);
    assert!(run.out.contains("HS256 without `kid`") && !run.all().contains("hunter2"), "{run:?}");
    check_nothing_leaks(&run, &token);
}

#[test]
fn a_token_as_an_argument_is_refused_and_not_repeated() {
    let issuer = TestIssuer::with_algorithm(Algorithm::ES256);
    let token = issuer.token().build();
    let settings = ["--issuer", "https://issuer.test", "--audience", "https://api.test"];
    let assigned = format!("--token={token}");
    for arguments in [
        &["explain", &token][..],
        &["explain", "--token", &token],
        &["explain", &assigned],
        &["explain", "--token-file", &token],
        &["explain", "Bearer", &token],
        &["doctor", &token],
        &["diff", &token, &token],
        &[&token],
    ] {
        let with_settings =
            if arguments[0] == "explain" { [arguments, &settings].concat() } else { arguments.to_vec() };
        let run = run(&with_settings, &token);
        assert_eq!(run.status, 2, "{run:?}");
        check_nothing_leaks(&run, &token);
        assert!(run.out.is_empty(), "{run:?}");
    }
}

/// Every constructor for a provider, with the arguments that it takes.
const PROVIDERS: &[(&str, &str, &str)] = &[
    ("oidc", "https://issuer.test", "api"),
    ("auth0", "acme.eu.auth0.com", "api"),
    ("clerk", "clerk.example.com", "https://app.example.com"),
    ("cloudflare-access", "team", "tag"),
    ("cognito", "us-east-1_Example", "client"),
    ("entra", "11111111-1111-4111-8111-111111111111", "api"),
    ("entra-multi-tenant", "11111111-1111-4111-8111-111111111111", "api"),
    ("firebase", "shop-1234", ""),
    ("google", "", "client"),
    ("google-iap", "", "/projects/1/apps/shop"),
    ("keycloak", "https://sso.example.com/realms/shop", "api"),
    ("kinde", "acme.kinde.com", "api"),
    ("okta", "https://example.okta.com/oauth2/default", "api"),
    ("propelauth", "https://auth.example.com", ""),
    ("supabase", "https://abcdefgh.supabase.co", ""),
    ("workos", "client_1", ""),
    ("zitadel", "acme.zitadel.cloud", "1234"),
];

#[test]
fn every_provider_has_its_constructor_and_says_what_it_needs() {
    let issuer = TestIssuer::with_algorithm(Algorithm::RS256);
    let keys = file(&folder("explain-providers"), "jwks.json", issuer.jwks().to_string());
    let token = issuer.token().build();
    for (provider, iss, audience) in PROVIDERS {
        let given = |name: &'static str, value: &'static str| if value.is_empty() { vec![] } else { vec![name, value] };
        let explain = |iss: Vec<&str>, audience: Vec<&str>| {
            let of_provider = ["explain", "--provider", provider, "--jwks", &keys];
            run(&[&of_provider[..], &iss, &audience].concat(), &token)
        };
        let (issuer, audience) = (given("--issuer", iss), given("--audience", audience));
        // The token is another issuer's, and Google IAP and Cloudflare Access have other algorithms: it is refused, not
        // an error.
        let run = explain(issuer.clone(), audience.clone());
        let is_other = run.err.contains("no usable key");
        assert!(run.status == 1 || is_other, "{provider}: {run:?}");
        if !issuer.is_empty() {
            let run = explain(vec![], audience.clone());
            let named = format!("--provider {provider} needs --issuer");
            assert!(run.status == 2 && run.err.contains(&named), "{provider}: {run:?}");
        }
        if !audience.is_empty() {
            let run = explain(issuer, vec![]);
            let named = format!("--provider {provider} needs --audience");
            assert!(run.status == 2 && run.err.contains(&named), "{provider}: {run:?}");
        }
    }
    let help = run(&["explain", "--help"], "").out;
    for (provider, ..) in PROVIDERS {
        assert!(help.contains(provider), "{provider}: {help}");
    }
}

#[test]
fn a_token_of_fastapi_users_is_explained_with_its_secret() {
    let secret = "0123456789abcdef0123456789abcdef";
    let signer = Signer::with_secret(secret.as_bytes(), "");
    let path = file(&folder("explain-fastapi-users"), "secret", format!("{secret}\r\n"));
    let exp = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() + 600;
    for (audience, status) in [("fastapi-users:auth", 0), ("fastapi-users:reset", 1)] {
        let claims = json!({ "sub": "4711", "aud": [audience], "exp": exp });
        let token = signer.sign(r#"{"alg":"HS256","typ":"JWT"}"#, &claims.to_string());
        let explain = ["explain", "--provider", "fastapi-users", "--secret-file", &path];
        let run = run(&explain, &token);
        assert_eq!(run.status, status, "{run:?}");
    }
    let run = run(&["explain", "--provider", "fastapi-users"], "a.b.c");
    assert!(run.status == 2 && run.err.contains("needs --secret-file"), "{run:?}");
}

#[test]
fn the_help_is_as_wide_as_the_terminal() {
    for (columns, width) in [("60", 60), ("200", 100)] {
        let help = run_with(&["explain", "--help"], "", &[("COLUMNS", columns)]).out;
        let longest = help.lines().map(|line| line.chars().count()).max().unwrap_or_default();
        assert!(longest <= width && longest > width - 15, "{longest} of {width}: {help}");
    }
}
