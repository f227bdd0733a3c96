//! Microsoft Entra ID for several tenants: each can make statements only about its own organization.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use auth_runtime::InvalidTokenReason::{Claim, Issuer as Iss, Tenant, UnknownKey};
use auth_runtime::testing::TestClock;
use auth_runtime::{
    DenialReason, Directory, DirectoryError, Grants, GuardedRouter, Identity, InvalidTokenReason, Issuer, Membership,
    OrgMember, Revocations, User, Verifier, require_org, require_permission, require_user, routing,
};
use axum::Router;
use serde_json::{Value, json};

use super::{Server, claims, describe};
use crate::support::{Signer, get_with};

const ADA: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const TENANT: &str = "11111111-1111-4111-8111-111111111111";
const OTHER: &str = "22222222-2222-4222-8222-222222222222";
const UNNAMED: &str = "33333333-3333-4333-8333-333333333333";
const PERSONAL: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";
const API: &str = "55555555-5555-4555-8555-555555555555";

fn v2(tenant: &str) -> String {
    format!("https://login.microsoftonline.com/{tenant}/v2.0")
}

fn v1(tenant: &str) -> String {
    format!("https://sts.windows.net/{tenant}/")
}

#[require_user]
async fn me(user: User) -> String {
    format!("{} {}", user.issuer(), describe(&user))
}

#[require_user(role == "Admin")]
async fn own_role() {}

#[require_user(role >= "Admin")]
async fn at_least_own_role() {}

#[require_user(!(role == "Banned"))]
async fn not_banned() {}

#[require_permission("manage")]
async fn permission() {}

#[require_user(scope("access"))]
async fn scope() {}

#[require_user(email_verified)]
async fn verified() {}

#[require_org(from = org_id)]
async fn member(axum::extract::Path(org_id): axum::extract::Path<String>) -> String {
    org_id
}

#[require_org(role == "Admin" && scope("access"), from = path("org_id"))]
async fn admin(org: OrgMember) -> String {
    org.id().to_owned()
}

#[require_org(role == "Admin", from = active())]
async fn active(org: OrgMember) -> String {
    org.id().to_owned()
}

fn routes() -> GuardedRouter {
    GuardedRouter::new()
        .route("/me", routing::get(me))
        .route("/role", routing::get(own_role))
        .route("/at-least", routing::get(at_least_own_role))
        .route("/not-banned", routing::get(not_banned))
        .route("/permission", routing::get(permission))
        .route("/scope", routing::get(scope))
        .route("/verified", routing::get(verified))
        .route("/orgs/{org_id}", routing::get(member))
        .route("/orgs/{org_id}/admin", routing::get(admin))
        .route("/active", routing::get(active))
}

/// Microsoft's server: one set of keys for all tenants, some of which name a tenant or a cloud.
struct Microsoft {
    server: Server,
    shared: Signer,
    of_other: Signer,
    of_government: Signer,
    of_nobody: Signer,
}

impl Microsoft {
    async fn start() -> Self {
        let host = "login.microsoftonline.com";
        let server = Server::start(&[host]).await;
        let keys = format!("{host}/organizations/discovery/v2.0/keys");
        let metadata = format!("{host}/organizations/v2.0/.well-known/openid-configuration");
        server.metadata(&metadata, &v2("{tenantid}"), &keys);
        let [shared, of_other, of_government, of_nobody] =
            ["shared", "other", "government", "nobody"].map(|kid| Signer::new("RS256", kid));
        let with = |signer: &Signer, name: &str, value: Value| {
            let mut jwk = signer.jwk();
            jwk[name] = value;
            jwk
        };
        server.keys(
            &keys,
            &[
                with(&shared, "issuer", json!(v2("{tenantid}"))),
                with(&of_other, "issuer", json!(v2(OTHER))),
                with(&of_government, "cloud_instance_name", json!("microsoftonline.us")),
                with(&of_nobody, "issuer", json!(7)),
            ],
        );
        Self { server, shared, of_other, of_government, of_nobody }
    }

    fn issuer(&self) -> Issuer {
        self.server.reached_by(Issuer::entra_multi_tenant(API))
    }

    /// The token of a user of this tenant, with everything that the tenant's administrator can write into it.
    fn token(&self, tenant: &str, changes: &Value) -> String {
        self.shared.token(&Self::claims(tenant, changes))
    }

    fn claims(tenant: &str, changes: &Value) -> Value {
        let all = json!({
            "aud": API, "iss": v2(tenant), "tid": tenant, "oid": ADA, "sub": "pairwise", "ver": "2.0", "scp": "access",
            "azp": API, "roles": ["Admin"], "email": "ceo@example.com", "email_verified": true, "xms_edov": true,
            "permissions": ["manage"], "org_id": OTHER, "groups": [OTHER],
            "org_id_to_org_member_info": { OTHER: { "org_id": OTHER, "user_role": "Admin" } },
        });
        claims(&all, changes)
    }
}

async fn app(issuer: Issuer) -> Router {
    routes().guarded_by(Verifier::new(issuer).await.unwrap_or_else(|error| panic!("{error}"))).into_router()
}

#[require_user(auth_age <= "5m")]
async fn recent() {}

#[require_user(acr("gold"))]
async fn strong() {}

#[require_user(amr("mfa") || claim("plan") == "paid")]
async fn methods() {}

/// A tenant's statements about a login are unknown, and an application never logs in. So no response asks them to log
/// in again.
#[tokio::test]
async fn a_tenants_users_and_applications_are_not_asked_to_log_in_again() {
    let microsoft = Microsoft::start().await;
    let routes = || {
        GuardedRouter::new()
            .route("/recent", routing::get(recent))
            .route("/strong", routing::get(strong))
            .route("/methods", routing::get(methods))
    };
    let several = microsoft.issuer().tenants([TENANT]).applications();
    let one = microsoft.server.reached_by(Issuer::entra(TENANT, API).applications());
    let keys = "login.microsoftonline.com/organizations/discovery/v2.0/keys";
    let metadata = format!("login.microsoftonline.com/{TENANT}/v2.0/.well-known/openid-configuration");
    microsoft.server.metadata(&metadata, &v2(TENANT), keys);
    let user = microsoft.token(TENANT, &json!({ "acr": "bronze", "amr": ["pwd"], "auth_time": 1, "plan": "free" }));
    let application = microsoft.token(TENANT, &json!({ "scp": null, "sub": ADA, "idtyp": "app" }));
    for (issuer, token, status) in [(&several, &user, 403), (&one, &user, 401), (&one, &application, 403)] {
        let app = routes().guarded_by(Verifier::new(issuer.clone()).await.unwrap()).into_router();
        for uri in ["/recent", "/strong", "/methods"] {
            let answer = get_with(&app, uri, token).await;
            assert_eq!(answer.status, status, "{uri} {answer:?}");
            assert_eq!(answer.denied == Some(DenialReason::StepUp), status == 401, "{uri} {answer:?}");
        }
    }
}

/// The status of every route.
async fn statuses(app: &Router, token: &str) -> Vec<(String, u16)> {
    let mut statuses = Vec::new();
    for path in [
        "/me".to_owned(),
        "/role".to_owned(),
        "/at-least".to_owned(),
        "/not-banned".to_owned(),
        "/permission".to_owned(),
        "/scope".to_owned(),
        "/verified".to_owned(),
        format!("/orgs/{TENANT}"),
        format!("/orgs/{TENANT}/admin"),
        format!("/orgs/{OTHER}"),
        format!("/orgs/{OTHER}/admin"),
        "/active".to_owned(),
    ] {
        let answer = get_with(app, &path, token).await;
        statuses.push((path, answer.status.as_u16()));
    }
    statuses
}

/// The routes that admit the request.
async fn admitted(app: &Router, token: &str) -> Vec<String> {
    statuses(app, token).await.into_iter().filter(|(_, status)| *status == 200).map(|(path, _)| path).collect()
}

async fn check(app: &Router, rows: &[(&str, String, Result<String, InvalidTokenReason>)]) {
    let mut faults = String::new();
    for (about, token, expected) in rows {
        let answer = get_with(app, "/me", token).await;
        let found = match answer.denied {
            Some(DenialReason::InvalidToken(reason)) if answer.status == 401 => Err(reason),
            _ => Ok(answer.body),
        };
        if found != *expected {
            writeln!(faults, "{about}:\n  expected {expected:?}\n  found    {found:?}").unwrap();
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

/// What a handler gets about the user of this tenant.
#[allow(clippy::unnecessary_wraps)] // beside reasons of refusals in tables
fn seen(tenant: &str) -> Result<String, InvalidTokenReason> {
    Ok(format!("{} {ADA} email=ceo@example.com active={tenant} org={tenant}//Admin/?", v2(tenant)))
}

#[tokio::test]
async fn tenants_have_one_set_of_keys_and_an_issuer_each() {
    let microsoft = Microsoft::start().await;
    let Microsoft { shared, of_other, of_government, of_nobody, .. } = &microsoft;
    let by = |signer: &Signer, tenant: &str| signer.token(&Microsoft::claims(tenant, &json!({})));
    let token = |tenant: &str, changes: Value| microsoft.token(tenant, &changes);
    let app = app(microsoft.issuer().tenants([TENANT, OTHER])).await;
    check(
        &app,
        &[
            ("one tenant", by(shared, TENANT), seen(TENANT)),
            ("the other", by(shared, OTHER), seen(OTHER)),
            ("version 1", token(TENANT, json!({ "iss": v1(TENANT), "ver": "1.0" })), seen(TENANT)),
            ("a tenant that is not named", by(shared, UNNAMED), Err(Tenant)),
            ("a key of the other tenant, for it", by(of_other, OTHER), seen(OTHER)),
            ("a key of the other tenant", by(of_other, TENANT), Err(UnknownKey)),
            ("a key of another cloud", by(of_government, TENANT), Err(UnknownKey)),
            ("a key of nobody", by(of_nobody, TENANT), Err(UnknownKey)),
            ("another tenant's `tid`", token(TENANT, json!({ "tid": OTHER })), Err(Claim("tid"))),
            ("another tenant's `iss`", token(TENANT, json!({ "iss": v2(OTHER) })), Err(Claim("tid"))),
            ("another tenant's `iss` of version 1", token(TENANT, json!({ "iss": v1(OTHER) })), Err(Claim("tid"))),
            ("no `tid`", token(TENANT, json!({ "tid": null })), Err(Claim("tid"))),
            ("no `iss`", token(TENANT, json!({ "iss": null })), Err(Iss)),
            ("the template", token(TENANT, json!({ "iss": v2("{tenantid}"), "tid": "{tenantid}" })), Err(Iss)),
            ("of all", token(TENANT, json!({ "iss": v2("common"), "tid": "common" })), Err(Iss)),
            ("an ID token", token(TENANT, json!({ "scp": null })), Err(Claim("scp"))),
        ],
    )
    .await;
}

#[tokio::test]
async fn any_tenant_leaves_personal_accounts_out() {
    let microsoft = Microsoft::start().await;
    let token = |tenant: &str| microsoft.token(tenant, &json!({}));
    let any = app(microsoft.issuer().danger_any_tenant()).await;
    check(&any, &[("any", token(UNNAMED), seen(UNNAMED)), ("a private person", token(PERSONAL), Err(Tenant))]).await;
    let named = app(microsoft.issuer().tenants([PERSONAL])).await;
    check(&named, &[("named", token(PERSONAL), seen(PERSONAL)), ("any", token(TENANT), Err(Tenant))]).await;
}

/// The values that a tenant's administrator writes into a token apply only in that tenant's organization.
#[tokio::test]
async fn a_tenant_makes_statements_only_about_its_own_organization() {
    let microsoft = Microsoft::start().await;
    let app = app(microsoft.issuer().tenants([TENANT, OTHER])).await;
    let own = ["/me".to_owned(), format!("/orgs/{TENANT}"), format!("/orgs/{TENANT}/admin"), "/active".to_owned()];
    assert_eq!(admitted(&app, &microsoft.token(TENANT, &json!({}))).await, own);
    let answer = get_with(&app, "/active", &microsoft.token(TENANT, &json!({}))).await;
    assert_eq!(answer.body, TENANT);
    // Without a role, the user has only membership, even in the tenant's own organization.
    let member = ["/me".to_owned(), format!("/orgs/{TENANT}")];
    assert_eq!(admitted(&app, &microsoft.token(TENANT, &json!({ "roles": null }))).await, member);
    // The same for an application's token.
    let of_applications = self::app(microsoft.issuer().tenants([TENANT]).applications()).await;
    let application = microsoft.token(TENANT, &json!({ "scp": null, "sub": ADA, "idtyp": "app" }));
    assert_eq!(
        admitted(&of_applications, &application).await,
        ["/me".to_owned(), format!("/orgs/{TENANT}"), "/active".to_owned()]
    );
}

/// Settings that read a tenant's statements about other organizations give no access.
#[tokio::test]
async fn no_setting_lets_a_tenant_speak_for_another() {
    let microsoft = Microsoft::start().await;
    let issuer = || microsoft.issuer().tenants([TENANT, OTHER]);
    let token = microsoft.token(TENANT, &json!({}));
    let own = ["/me".to_owned(), format!("/orgs/{TENANT}"), format!("/orgs/{TENANT}/admin"), "/active".to_owned()];
    let read: [(&str, Issuer); 4] = [
        ("org_from", issuer().org_from("org_id")),
        ("groups", issuer().org_from("groups")),
        ("permissions_from", issuer().permissions_from("permissions")),
        (
            "another mapping",
            issuer()
                .claim_mapping(auth_runtime::ClaimMapping::propelauth())
                .user_id_from("oid")
                .roles_from("roles")
                .scopes_from("scp"),
        ),
    ];
    for (about, issuer) in read {
        assert_eq!(admitted(&app(issuer).await, &token).await, own, "{about}");
    }
    let another: [(&str, fn(Identity) -> Identity); 3] = [
        ("the organization", |identity| identity.org(Membership::new(OTHER, "Admin"))),
        ("an organization, of a new user", |_| Identity::new("x").org(Membership::new(OTHER, "Admin"))),
        ("the active organization", |identity| identity.active_org(OTHER)),
    ];
    for (about, map) in another {
        let app = app(issuer().map_identity(move |_, identity| Some(map(identity)))).await;
        assert_eq!(admitted(&app, &token).await, [""; 0], "{about}");
    }
    // Values of a mapping outside any organization are unknown too.
    let app = app(issuer().map_identity(|_, identity| {
        Some(identity.roles(["Admin"]).permissions(["manage"]).scopes(["access"]).email("ada@example.com", true))
    }));
    assert_eq!(admitted(&app.await, &token).await, own);
}

/// A directory of the application: everyone is an Admin of one organization, and of no other.
struct AdminsOf(&'static str);

impl Directory for AdminsOf {
    async fn membership(&self, _: &User, org: &str) -> Result<Option<Membership>, DirectoryError> {
        Ok((org == self.0).then(|| Membership::new(org, "Admin")))
    }

    async fn grants(&self, _: &User) -> Result<Grants, DirectoryError> {
        Ok(Grants::of_credentials())
    }
}

/// A directory may make statements about every organization. The tenant's own statements still apply only in its own
/// organization.
#[tokio::test]
async fn a_directory_lets_no_tenant_speak_for_another() {
    let microsoft = Microsoft::start().await;
    let token = microsoft.token(TENANT, &json!({}));
    let with = async |org| {
        let issuer = microsoft.issuer().tenants([TENANT]);
        let verifier = Verifier::builder().issuer(issuer).directory(AdminsOf(org)).build().await.unwrap();
        routes().guarded_by(verifier).into_router()
    };
    // The scope comes from the tenant.
    assert_eq!(admitted(&with(OTHER).await, &token).await, ["/me".to_owned(), format!("/orgs/{OTHER}")]);
    let own = ["/me".to_owned(), format!("/orgs/{TENANT}"), format!("/orgs/{TENANT}/admin")];
    assert_eq!(admitted(&with(TENANT).await, &token).await, own);
}

/// Members of `acme` by `User::key`, as an application stores them.
#[derive(Clone, Default)]
struct Members {
    keys: Arc<Mutex<BTreeSet<(String, String)>>>,
    lookups: Arc<AtomicUsize>,
}

impl Members {
    fn add(&self, (issuer, id): (&str, &str)) {
        self.keys.lock().unwrap().insert((issuer.to_owned(), id.to_owned()));
    }

    fn remove(&self, (issuer, id): (&str, &str)) {
        self.keys.lock().unwrap().remove(&(issuer.to_owned(), id.to_owned()));
    }
}

impl Directory for Members {
    async fn membership(&self, user: &User, org: &str) -> Result<Option<Membership>, DirectoryError> {
        self.lookups.fetch_add(1, Ordering::SeqCst);
        let (issuer, id) = user.key();
        let is_member = org == "acme" && self.keys.lock().unwrap().contains(&(issuer.to_owned(), id.to_owned()));
        Ok(is_member.then(|| Membership::new(org, "Member")))
    }

    async fn grants(&self, _: &User) -> Result<Grants, DirectoryError> {
        Ok(Grants::none())
    }
}

#[require_org(from = org_id)]
async fn key(axum::extract::Path(org_id): axum::extract::Path<String>, user: User) -> String {
    assert_eq!(org_id, "acme");
    let (issuer, id) = user.key();
    assert_eq!((issuer, issuer), (user.issuer(), user.issuer_name()));
    format!("{issuer} {id}")
}

#[require_user(issuer("customers"))]
async fn of_customers() {}

/// Users of two tenants with the same id are two users: in the application's rows, in cached answers of the directory,
/// and for revocations. This is true even if the issuer has a name, which both tenants share.
#[tokio::test]
async fn users_of_two_tenants_never_have_one_key() {
    let microsoft = Microsoft::start().await;
    let keys: Vec<_> = [TENANT, OTHER].map(|tenant| (v2(tenant), ADA.to_owned())).into();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let [ada, other_ada] =
        [TENANT, OTHER].map(|tenant| microsoft.token(tenant, &json!({ "iat": now, "exp": now + 600 })));
    let first_version = json!({ "iss": v1(TENANT), "ver": "1.0", "iat": now, "exp": now + 600 });
    let first_version = microsoft.token(TENANT, &first_version);
    for name in [None, Some("customers")] {
        let issuer = microsoft.issuer().tenants([TENANT, OTHER]);
        let issuer = name.map_or_else(|| issuer.clone(), |name| issuer.clone().named(name));
        let (members, revocations) = (Members::default(), Revocations::local());
        let builder = Verifier::builder().issuer(issuer).clock(TestClock::now());
        let builder = builder.directory(members.clone()).revocations(revocations.clone());
        let verifier = builder.build().await.unwrap();
        let app = GuardedRouter::new()
            .route("/orgs/{org_id}", routing::get(key))
            .route("/customers", routing::get(of_customers))
            .guarded_by(verifier.clone())
            .into_router();
        let status = async |token: &str| get_with(&app, "/orgs/acme", token).await.status.as_u16();
        members.add((&keys[0].0, ADA));
        // The answer about one user is cached, and is not used for the other.
        for _ in 0..2 {
            assert_eq!((status(&ada).await, status(&other_ada).await), (200, 403), "{name:?}");
        }
        assert_eq!(members.lookups.load(Ordering::SeqCst), 2);
        // The same user in tokens of both versions.
        assert_eq!(get_with(&app, "/orgs/acme", &first_version).await.body, format!("{} {ADA}", keys[0].0));
        assert_eq!(members.lookups.load(Ordering::SeqCst), 2);
        // In a condition, the name matches both.
        for token in [&ada, &other_ada] {
            assert_eq!(get_with(&app, "/customers", token).await.status == 200, name.is_some());
        }
        // `forget_user` by the key, by the other spelling of the `iss`, and by the shared name.
        let forgets = [Some(v2(TENANT)), Some(v1(TENANT)), name.map(str::to_owned)];
        for issuer in forgets.into_iter().flatten() {
            members.remove((&keys[0].0, ADA));
            verifier.forget_user(&v2(OTHER), ADA);
            assert_eq!(status(&ada).await, 200, "cached: {issuer}");
            verifier.forget_user(&issuer, ADA);
            assert_eq!(status(&ada).await, 403, "{issuer}");
            members.add((&keys[0].0, ADA));
            verifier.forget_user(&issuer, ADA);
            assert_eq!(status(&ada).await, 200, "{issuer}");
        }
        // A revocation by the key ends the tokens of one user.
        members.add((&keys[1].0, ADA));
        verifier.forget_user(&keys[1].0, ADA);
        assert_eq!((status(&ada).await, status(&other_ada).await), (200, 200));
        revocations.revoke_user(&keys[0].0, ADA).await.unwrap();
        assert_eq!((status(&ada).await, status(&other_ada).await), (401, 200), "{name:?}");
        // By the shared name, it ends the tokens of both users.
        if let Some(name) = name {
            revocations.revoke_user(name, ADA).await.unwrap();
            assert_eq!((status(&ada).await, status(&other_ada).await), (401, 401));
        }
    }
}
