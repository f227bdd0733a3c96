//! The cost of a hostile request: its memory is bounded, and valid tokens are accepted in the meantime.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use allocation_counter::{AllocationInfo, measure};
use auth_runtime::testing::TestIssuer;
use auth_runtime::{
    Algorithm, GuardedRouter, Issuer, Loaded, OrgMember, User, Verifier, require_org, require_user, routing,
};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Request, StatusCode, header};
use serde_json::json;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

use crate::support::{NOW, Signer, clock, encode};

const ISS: &str = "https://issuer.test";
const KIB: usize = 1024;

#[require_user]
async fn whoami(user: User) -> String {
    user.id().to_owned()
}

#[require_org(role >= "Admin", from = org_id)]
async fn guarded(Path(org_id): Path<String>, user: User, org: OrgMember) -> StatusCode {
    let asked = measure(|| {
        let again = user.org(&org_id).unwrap();
        assert!(again.id() == org.id() && again.is_role("Admin") && again.lacks_permission("x"));
        assert_eq!(user.known_orgs().map(|org| org.id().len()).sum::<usize>(), "acme".len() + "globex".len());
        assert!(user.active_org().is_none());
    });
    assert_eq!(asked.count_total, 0, "an answer is read from the token");
    StatusCode::OK
}

async fn open(Path(org_id): Path<String>) -> StatusCode {
    drop(org_id);
    StatusCode::OK
}

#[test]
fn a_cached_token_costs_three_allocations() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let issuer = TestIssuer::with_algorithm(Algorithm::EdDSA);
    let token = issuer.token().org("acme", "Admin").org_permission("acme", "y").org("globex", "Member").build();
    let verifier = runtime.block_on(issuer.verifier());
    let guarded = GuardedRouter::new().route("/orgs/{org_id}", routing::get(guarded)).guarded_by(verifier);
    let open = Router::new().route("/orgs/{org_id}", axum::routing::get(open));
    let [guarded, open] = [guarded.into_router(), open].map(|app| {
        let ask =
            || Request::get("/orgs/acme").header(header::AUTHORIZATION, bearer(&token)).body(Body::empty()).unwrap();
        let send = |app: Router, request: Request<Body>| {
            assert_eq!(runtime.block_on(app.oneshot(request)).unwrap().status(), 200);
        };
        send(app.clone(), ask());
        let (app, request) = (app.clone(), ask());
        measure(|| send(app, request)).count_total
    });
    assert!(guarded <= open + 3, "{guarded} with a guard, {open} without");
}

/// The state of the handlers below.
#[derive(Clone)]
struct Store(std::sync::Arc<AtomicUsize>);

impl Store {
    fn has(&self, org: &str, id: u64) -> Option<u64> {
        self.0.fetch_add(1, Ordering::SeqCst);
        (org == "acme").then_some(id)
    }
}

async fn open_item(State(store): State<Store>, Path((org_id, id)): Path<(String, u64)>) -> StatusCode {
    drop((store, org_id, id));
    StatusCode::OK
}

#[require_org(from = org_id)]
async fn guarded_item(
    State(store): State<Store>,
    Path((org_id, id)): Path<(String, u64)>,
    user: User,
    org: OrgMember,
) -> StatusCode {
    drop((store, org_id, id, user, org));
    StatusCode::OK
}

#[require_org(from = org_id, check = store.has(org.id(), id).is_some())]
async fn checked_item(
    State(store): State<Store>,
    Path((org_id, id)): Path<(String, u64)>,
    user: User,
    org: OrgMember,
) -> StatusCode {
    drop((store, org_id, id, user, org));
    StatusCode::OK
}

#[require_org(from = org_id, load = store.has(org.id(), id))]
async fn loaded_item(
    State(store): State<Store>,
    Path((org_id, id)): Path<(String, u64)>,
    user: User,
    org: OrgMember,
    Loaded(item): Loaded<u64>,
) -> StatusCode {
    drop((store, org_id, id, user, org, item));
    StatusCode::OK
}

/// A value that a guard extracts moves into the handler: it is not extracted again, not boxed, and not stored in the
/// request's extensions. The bound was the same when the guard still extracted its own value.
#[test]
fn an_extracted_argument_costs_no_further_allocation() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let issuer = TestIssuer::with_algorithm(Algorithm::EdDSA);
    let token = issuer.token().org("acme", "Admin").org("globex", "Member").build();
    let verifier = runtime.block_on(issuer.verifier());
    let store = Store(std::sync::Arc::default());
    let guarded = |handler| {
        let routes = GuardedRouter::new().route("/orgs/{org_id}/{id}", handler).guarded_by(verifier.clone());
        routes.with_state(store.clone()).into_router()
    };
    let cost = |app: Router| {
        let ask =
            || Request::get("/orgs/acme/7").header(header::AUTHORIZATION, bearer(&token)).body(Body::empty()).unwrap();
        let send = |app: Router, request: Request<Body>| {
            assert_eq!(runtime.block_on(app.oneshot(request)).unwrap().status(), 200);
        };
        send(app.clone(), ask());
        let request = ask();
        measure(|| send(app, request)).count_total
    };
    let open =
        cost(Router::new().route("/orgs/{org_id}/{id}", axum::routing::get(open_item)).with_state(store.clone()));
    for (name, handler) in [
        ("from", routing::get(guarded_item)),
        ("check", routing::get(checked_item)),
        ("load", routing::get(loaded_item)),
    ] {
        let cost = cost(guarded(handler));
        println!("{name}: {cost} allocations with a guard, {open} without");
        assert!(cost <= open + 3, "{name}: {cost} with a guard, {open} without");
    }
}

/// Two issuers, so that `iss` is read from the claims before any signature is checked.
async fn app(signer: &Signer, max_token_bytes: usize) -> Router {
    let issuer = |iss: &str| Issuer::jwks(iss, "api", json!({ "keys": [signer.jwk()] }).to_string());
    let verifier = Verifier::builder()
        .issuer(issuer(ISS))
        .issuer(issuer("https://other.test"))
        .max_token_bytes(max_token_bytes)
        .clock(clock(NOW))
        .build()
        .await
        .unwrap();
    GuardedRouter::new().route("/", routing::get(whoami)).guarded_by(verifier).into_router()
}

fn bearer(token: &str) -> HeaderValue {
    HeaderValue::from_maybe_shared(Bytes::from(format!("Bearer {token}"))).unwrap()
}

fn request(credentials: HeaderValue) -> Request<Body> {
    Request::get("/").header(header::AUTHORIZATION, credentials).body(Body::empty()).unwrap()
}

/// Sends one request, and measures the memory that it takes.
fn answer(runtime: &Runtime, app: &Router, credentials: &HeaderValue) -> (StatusCode, AllocationInfo) {
    let (app, request) = (app.clone(), request(credentials.clone()));
    let mut status = None;
    let cost = measure(|| status = Some(runtime.block_on(app.oneshot(request)).unwrap().status()));
    (status.unwrap(), cost)
}

fn nested(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

/// Requests that strangers can send. Nothing is signed.
fn hostile(signer: &Signer) -> Vec<(&'static str, String)> {
    let header = signer.header().to_string();
    let with_header = |header: &str| format!("{}.{}.AAAA", encode(header), encode("{}"));
    let with_claims = |claims: &str| format!("{}.{}.{}", encode(&header), encode(claims), "A".repeat(86));
    let in_header = |value: &str| with_header(&format!("{},\"x\":{value}}}", header.trim_end_matches('}')));
    let in_claims = |value: &str| with_claims(&format!("{{\"x\":{value},\"iss\":\"{ISS}\"}}"));
    let names = |many: usize| (0..many).map(|n| format!("\"{n:x}\":0,")).collect::<Vec<_>>().concat();
    let numbers = |bytes: usize| format!("[{}0]", "1,".repeat(bytes / 2));
    vec![
        ("400 KiB of dots", ".".repeat(400 * KIB)),
        ("400 KiB of one part", "a".repeat(400 * KIB)),
        ("16 KiB of dots", ".".repeat(16 * KIB)),
        ("64 KiB of dots", ".".repeat(64 * KIB)),
        ("110,000 levels in the header", in_header(&nested(110_000))),
        ("110,000 levels in the claims", in_claims(&nested(110_000))),
        ("1,500 levels in the header", in_header(&nested(1_500))),
        ("5,000 levels in the claims", in_claims(&nested(5_000))),
        ("20,000 levels in the claims", in_claims(&nested(20_000))),
        ("12 KiB of numbers in the header", in_header(&numbers(12 * KIB))),
        ("3 KiB of numbers in the header", in_header(&numbers(2_900))),
        ("11 KiB of numbers in the claims", in_claims(&numbers(11 * KIB))),
        ("47 KiB of numbers in the claims", in_claims(&numbers(47 * KIB))),
        ("350 names in the header", with_header(&format!("{{{}{}", names(350), &header[1..]))),
        ("1,400 names in the claims", with_claims(&format!("{{{}\"iss\":\"{ISS}\"}}", names(1_400)))),
        ("a kid of 2 KiB", with_header(&json!({ "alg": "EdDSA", "kid": "k".repeat(2 * KIB) }).to_string())),
        ("escapes", in_header(&format!("\"{}\"", "\\u0041".repeat(450)))),
        ("a 3 KiB number", in_header(&"9".repeat(2_900))),
        ("an exponent", in_header("1e999999999999999999999")),
    ]
}

#[test]
fn hostile_tokens_take_a_bounded_amount_of_memory() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let signer = Signer::new(Algorithm::EdDSA, "k");
    for max in [16 * KIB, 64 * KIB] {
        let app = runtime.block_on(app(&signer, max));
        let good = signer.token(&json!({ "iss": ISS, "aud": "api", "sub": "ada", "exp": NOW + 300 }));
        let (status, usual) = answer(&runtime, &app, &bearer("x"));
        assert_eq!(status, 401);
        for (case, token) in hostile(&signer) {
            let (status, cost) = answer(&runtime, &app, &bearer(&token));
            assert_eq!(status, 401, "{case}");
            let beyond = cost.bytes_max.saturating_sub(usual.bytes_max);
            println!(
                "max {} KiB, {case}: {} KiB sent, {beyond} B at once beyond a plain refusal, {} B in all",
                max / KIB,
                token.len() / KIB,
                cost.bytes_total.saturating_sub(usual.bytes_total)
            );
            // Text that is too long is not copied. The rest is decoded once, and its levels or names are recorded.
            let bound = if token.len() > max { 0 } else { 32 * KIB + 2 * token.len() };
            assert!(beyond <= bound as u64, "{case}: {cost:?}");
            assert!(cost.bytes_current <= 0, "{case} leaves something behind: {cost:?}");
            assert_eq!(answer(&runtime, &app, &bearer(&good)).0, 200, "the good token after {case}");
        }
    }
}

/// The same with eight threads in parallel, while other requests have valid tokens.
#[test]
fn good_tokens_are_accepted_during_a_flood_of_hostile_tokens() {
    const HOSTILE: usize = 1_000;
    const THREADS: usize = 8;
    let signer = Signer::new(Algorithm::EdDSA, "k");
    let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
    let app = runtime().block_on(app(&signer, 64 * KIB));
    let hostile: Vec<HeaderValue> = hostile(&signer).iter().map(|(_, token)| bearer(token)).collect();
    let good = bearer(&signer.token(&json!({ "iss": ISS, "aud": "api", "sub": "ada", "exp": NOW + 300 })));
    let (begin, refused, answered) = (Barrier::new(THREADS + 2), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (app, hostile, begin, refused, runtime) = (&app, &hostile, &begin, &refused, runtime());
            scope.spawn(move || {
                begin.wait();
                for index in 0..HOSTILE / THREADS {
                    let (status, cost) = answer(&runtime, app, &hostile[(thread + index) % hostile.len()]);
                    assert_eq!(status, 401);
                    assert!(cost.bytes_max <= 160 * KIB as u64, "{cost:?}");
                    refused.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        for _ in 0..2 {
            let (app, good, begin, refused, answered, runtime) = (&app, &good, &begin, &refused, &answered, runtime());
            scope.spawn(move || {
                begin.wait();
                while refused.load(Ordering::SeqCst) < HOSTILE {
                    assert_eq!(answer(&runtime, app, good).0, 200);
                    answered.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    let answered = answered.into_inner();
    println!("{HOSTILE} hostile requests refused, {answered} good ones answered meanwhile");
    assert!(answered >= 20, "{answered}");
}
