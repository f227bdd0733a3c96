//! A directory under load: 1,000 changes, none of them late; callers who wait only for their own lookup; and a flood of
//! pairs of users and organizations.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use allocation_counter::measure;
use auth_runtime::testing::{TestClock, TestIssuer};
use auth_runtime::{
    Algorithm, Directory, DirectoryError, Grants, GuardedRouter, Membership, OrgMember, User, Verifier, require_org,
    routing,
};
use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{Request, header};
use futures_util::future::join_all;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use crate::support::get_with;

/// What a request has seen: the number of the change, which the directory writes into the name of the organization.
fn seen(org: &OrgMember) -> String {
    format!("{} {}", org.name().unwrap_or_default(), org.role().unwrap_or_default())
}

#[require_org(from = org_id)]
async fn any_role(Path(org_id): Path<String>, org: OrgMember) -> String {
    seen(&org)
}

#[require_org(role == "Admin", from = org_id)]
async fn admins(Path(org_id): Path<String>, org: OrgMember) -> String {
    seen(&org)
}

#[require_org(role == "Admin", from = org_id, fresh = "0s")]
async fn admins_now(Path(org_id): Path<String>, org: OrgMember) -> String {
    seen(&org)
}

fn routes() -> GuardedRouter {
    GuardedRouter::new()
        .route("/any/{org_id}", routing::get(any_role))
        .route("/admins/{org_id}", routing::get(admins))
        .route("/now/{org_id}", routing::get(admins_now))
}

async fn app(issuer: &TestIssuer, directory: impl Directory) -> (Router, Verifier, TestClock) {
    let clock = TestClock::now();
    let builder = Verifier::builder().issuer(issuer.issuer()).clock(clock.clone()).directory(directory);
    let verifier = builder.build().await.unwrap();
    (routes().guarded_by(verifier.clone()).into_router(), verifier, clock)
}

/// The role after each change: promoted, demoted, promoted again, removed, and so on.
pub fn role_after(change: u64) -> Option<&'static str> {
    [None, Some("Admin"), Some("Member"), Some("Admin")][(change % 4) as usize]
}

/// The progress of the changes of one membership.
#[derive(Clone, Default)]
pub struct Progress {
    /// The last change that was begun.
    begun: Arc<AtomicU64>,
    /// The last change that is written: a route with `fresh = "0s"` must see it.
    written: Arc<AtomicU64>,
    /// The last change that every route must see: answers were forgotten, or are too old by now.
    settled: Arc<AtomicU64>,
}

impl Progress {
    /// Whether an answer shows a change that was replaced before its request began. `from` is the last change at that
    /// time, and `to` the last one now.
    fn is_late(path: &str, status: u16, body: &str, from: u64, to: u64) -> bool {
        let admits = |change: u64| match role_after(change) {
            Some("Admin") => true,
            role => role.is_some() && path == "/any/acme",
        };
        match status {
            200 => {
                let shown: u64 = body.split(' ').next().unwrap().parse().unwrap();
                shown < from || !admits(shown)
            }
            403 => (from..=to).all(admits),
            // The clock moved on while it waited for the directory.
            503 => false,
            other => panic!("{path}: {other} {body}"),
        }
    }

    async fn is_late_at(&self, app: &Router, path: &str, token: &str) -> bool {
        let must_see = if path.starts_with("/now") { &self.written } else { &self.settled };
        let from = must_see.load(Ordering::SeqCst);
        let answer = get_with(app, path, token).await;
        Self::is_late(path, answer.status.as_u16(), &answer.body, from, self.begun.load(Ordering::SeqCst))
    }
}

/// Makes this number of changes of Ada's membership in `acme` while six callers ask with the same token, and counts
/// late answers. `write` makes one change: the role after it, and its number as the organization's name.
pub async fn no_change_is_late(directory: impl Directory, write: impl AsyncFn(u64), changes: u64) {
    const PATHS: [&str; 3] = ["/any/acme", "/admins/acme", "/now/acme"];
    let issuer = TestIssuer::new();
    let (app, verifier, clock) = app(&issuer, directory).await;
    let progress = Progress::default();
    let token: Arc<str> = issuer.token().user("ada").expires_in(Duration::from_secs(86_400)).build().into();
    let is_done = Arc::new(AtomicBool::new(false));
    let callers: Vec<_> = (0..6)
        .map(|caller| {
            let (app, token, progress, is_done) =
                (app.clone(), Arc::clone(&token), progress.clone(), Arc::clone(&is_done));
            tokio::spawn(async move {
                let (mut late, mut asked) = (0, 0);
                for path in PATHS.iter().cycle().skip(caller) {
                    if is_done.load(Ordering::SeqCst) {
                        break;
                    }
                    late += usize::from(progress.is_late_at(&app, path, &token).await);
                    asked += 1;
                    tokio::task::yield_now().await;
                }
                (late, asked)
            })
        })
        .collect();
    let mut late = 0;
    for change in 1..=changes {
        progress.begun.store(change, Ordering::SeqCst);
        write(change).await;
        progress.written.store(change, Ordering::SeqCst);
        late += usize::from(progress.is_late_at(&app, "/now/acme", &token).await);
        match change % 3 {
            0 => verifier.forget_user("https://issuer.test", "ada"),
            1 => verifier.forget_org("acme"),
            _ => clock.advance(Duration::from_secs(5)),
        }
        progress.settled.store(change, Ordering::SeqCst);
        for path in PATHS {
            late += usize::from(progress.is_late_at(&app, path, &token).await);
        }
    }
    is_done.store(true, Ordering::SeqCst);
    let mut meanwhile = 0;
    for caller in callers {
        let (late_ones, asked) = caller.await.unwrap();
        late += late_ones;
        meanwhile += asked;
    }
    println!("{changes} changes, {meanwhile} requests of others meanwhile, {late} late");
    assert_eq!(late, 0);
    assert!(meanwhile > changes / 4, "{meanwhile}");
}

/// One membership in memory. Each lookup lets others run before it reads, and after.
#[derive(Clone, Default)]
struct History(Arc<AtomicU64>);

impl Directory for History {
    async fn membership(&self, _: &User, org: &str) -> Result<Option<Membership>, DirectoryError> {
        tokio::task::yield_now().await;
        let change = self.0.load(Ordering::SeqCst);
        for _ in 0..change % 5 {
            tokio::task::yield_now().await;
        }
        Ok(role_after(change).map(|role| Membership::new(org, role).name(change.to_string())))
    }

    async fn grants(&self, _: &User) -> Result<Grants, DirectoryError> {
        Ok(Grants::none())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_change_of_1000_under_load_is_late() {
    let history = History::default();
    no_change_is_late(history.clone(), async |change| history.0.store(change, Ordering::SeqCst), 1000).await;
}

#[test]
fn a_late_answer_would_be_found() {
    for (path, status, body, from, to, is_late) in [
        ("/any/acme", 200, "5 Admin", 6, 6, true),
        ("/any/acme", 200, "6 Member", 6, 6, false),
        ("/admins/acme", 200, "6 Member", 6, 6, true),
        ("/admins/acme", 200, "7 Admin", 6, 7, false),
        ("/any/acme", 403, "", 5, 7, true),
        ("/any/acme", 403, "", 5, 8, false),
        ("/admins/acme", 403, "", 6, 7, false),
        ("/admins/acme", 403, "", 7, 7, true),
    ] {
        assert_eq!(Progress::is_late(path, status, body, from, to), is_late, "{path} {status} {body}");
    }
}

/// A directory that answers about some users only when the test allows it.
#[derive(Clone)]
struct Slow {
    gate: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    lookups: Arc<AtomicUsize>,
}

impl Slow {
    fn new() -> Self {
        Self {
            gate: Arc::new(Semaphore::new(0)),
            waiting: Arc::default(),
            most: Arc::default(),
            lookups: Arc::default(),
        }
    }
}

impl Directory for Slow {
    async fn membership(&self, user: &User, org: &str) -> Result<Option<Membership>, DirectoryError> {
        self.lookups.fetch_add(1, Ordering::SeqCst);
        if user.id().starts_with("slow") {
            let waiting = self.waiting.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(waiting, Ordering::SeqCst);
            let _permit = self.gate.acquire().await?;
            self.waiting.fetch_sub(1, Ordering::SeqCst);
        }
        Ok(Some(Membership::new(org, "Admin")))
    }

    async fn grants(&self, _: &User) -> Result<Grants, DirectoryError> {
        Ok(Grants::none())
    }
}

#[tokio::test]
async fn slow_lookups_of_some_callers_delay_no_other() {
    let issuer = TestIssuer::new();
    let directory = Slow::new();
    let (app, _, clock) = app(&issuer, directory.clone()).await;
    let slow: Vec<_> = (0..20).map(|n| issuer.token().user(&format!("slow-{n}")).build()).collect();
    // 20 callers with 50 organizations each, and none of their lookups ends.
    let waiting: Vec<_> = slow
        .iter()
        .flat_map(|token| (0..50).map(move |org| (token.clone(), format!("/admins/org-{org}"))))
        .map(|(token, path)| {
            let app = app.clone();
            tokio::spawn(async move { get_with(&app, &path, &token).await })
        })
        .collect();
    while directory.waiting.load(Ordering::SeqCst) < 80 {
        tokio::task::yield_now().await;
    }
    // Others get their answers meanwhile, each by one lookup.
    let before = directory.lookups.load(Ordering::SeqCst);
    for n in 0..200 {
        let token = issuer.token().user(&format!("quick-{n}")).build();
        assert_eq!(get_with(&app, "/admins/acme", &token).await.status, 200, "{n}");
    }
    assert_eq!(directory.lookups.load(Ordering::SeqCst), before + 200);
    assert!(waiting.iter().all(|request| !request.is_finished()));
    // Four lookups about one caller run at a time, whatever the number of requests.
    assert_eq!(directory.most.load(Ordering::SeqCst), 80);
    // The timeout has passed: 503, and none of their lookups is left.
    clock.advance(Duration::from_secs(2));
    for request in waiting {
        let answer = request.await.unwrap();
        assert_eq!((answer.status.as_u16(), &answer.headers[header::RETRY_AFTER]), (503, &"1".parse().unwrap()));
    }
    directory.gate.add_permits(Semaphore::MAX_PERMITS);
    for token in &slow {
        assert_eq!(get_with(&app, "/admins/org-0", token).await.status, 200);
    }
}

/// A directory in which only one user is a member. It counts its lookups by user.
#[derive(Clone, Default)]
struct Counting {
    hot: Arc<AtomicUsize>,
    cold: Arc<AtomicUsize>,
}

impl Directory for Counting {
    async fn membership(&self, user: &User, org: &str) -> Result<Option<Membership>, DirectoryError> {
        let is_hot = user.id() == "hot";
        let count = if is_hot { &self.hot } else { &self.cold };
        count.fetch_add(1, Ordering::SeqCst);
        Ok((is_hot || org.ends_with('7')).then(|| Membership::new(org, "Admin")))
    }

    async fn grants(&self, _: &User) -> Result<Grants, DirectoryError> {
        Ok(Grants::none())
    }
}

#[test]
fn a_flood_of_100_000_pairs_takes_flat_memory_and_one_lookup_each() {
    const USERS: usize = 100;
    const ORGS: usize = 1000;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let issuer = TestIssuer::with_algorithm(Algorithm::ES256);
    let directory = Counting::default();
    let verifier = runtime.block_on(async {
        let builder = Verifier::builder().issuer(issuer.issuer()).clock(TestClock::now());
        builder.directory(directory.clone()).directory_cache_bytes(1024 * 1024).build().await.unwrap()
    });
    let app = routes().guarded_by(verifier).into_router();
    let tokens: HashMap<usize, String> =
        (0..USERS).map(|user| (user, issuer.token().user(&format!("user-{user}")).build())).collect();
    let hot = issuer.token().user("hot").build();
    let ask = async |path: &str, token: &str| {
        let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status().as_u16()
    };
    let flood = |orgs: std::ops::Range<usize>| {
        runtime.block_on(async {
            for org in orgs {
                let path = format!("/admins/org-{org}");
                let answers = join_all(tokens.values().map(|token| ask(&path, token))).await;
                let expected = if org % 10 == 7 { 200 } else { 403 };
                assert!(answers.iter().all(|status| *status == expected), "{org}");
                assert_eq!(ask("/admins/hot", &hot).await, 200);
            }
        });
    };
    // The cache is full after this.
    flood(0..ORGS / 5);
    let rest = measure(|| flood(ORGS / 5..ORGS));
    println!("80,000 pairs: {} bytes more than before", rest.bytes_current);
    assert!(rest.bytes_current < 256 * 1024, "{rest:?}");
    assert!(rest.bytes_max < 2 * 1024 * 1024, "{rest:?}");
    // One lookup for each pair, and one for the caller whose answer stays cached.
    assert_eq!(directory.cold.load(Ordering::SeqCst), USERS * ORGS);
    assert_eq!(directory.hot.load(Ordering::SeqCst), 1);
}
