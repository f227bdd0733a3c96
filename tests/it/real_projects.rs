//! How public servers with roles in a database decide: one small handler for each kind of decision. A decision that a
//! condition cannot express is a `load` or a `check`, with a comment that says why.

use std::collections::HashMap;

use auth_runtime::testing::TestIssuer;
use auth_runtime::{
    ApiKey, ApiKeys, AuthenticationError, Authenticator, GeneratedApiKey, Grants, GuardedRouter, Identity, Limit,
    Loaded, Membership, User, Verifier, optional_user, require_org, require_permission, require_user, routing,
};
use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{Request, StatusCode, header};

use crate::support::send;

/// The rows of an application, and its settings.
#[derive(Clone, Default)]
struct App {
    /// The owner of each post.
    posts: HashMap<u32, &'static str>,
    /// The users and groups that may write into each folder.
    folders: HashMap<&'static str, Vec<&'static str>>,
    groups: HashMap<&'static str, Vec<&'static str>>,
    /// Relations of users to objects, as in a relation service.
    relations: Vec<(&'static str, &'static str, &'static str)>,
    /// The pattern of packages that a key is for.
    patterns: HashMap<&'static str, &'static str>,
    needs_login: bool,
}

/// A flag in the row of the account: `grants` gives a role. One third of a package registry's handlers are like this.
#[require_user(role == "admin")]
async fn admin_flag() {}

/// A policy table, from roles to actions: `grants` gives the actions as permissions.
#[require_permission("add-tag")]
async fn action_of_a_role() {}

/// A ban in the row of the account. Without an answer of the directory, it is unknown who is banned, and no request is
/// admitted.
#[require_user(!(role == "banned"))]
async fn not_banned() {}

/// A workspace in the path, and an order of roles in its members' table.
#[require_org(role >= "Editor", from = workspace)]
async fn workspace_in_the_path(Path((workspace, _file)): Path<(String, String)>) {}

/// The owners of a package: each package is an organization, and the table of owners its members.
#[require_org(role == "owner", from = path("package"))]
async fn owners_of_a_package() {}

/// A feature that was switched on for some customers: a permission of the membership.
#[require_org(permission("feature:webhooks"), from = path("workspace"))]
async fn feature_of_a_customer() {}

/// A project in a header: 400 without it.
#[require_org(from = header("x-project-id"))]
async fn project_in_a_header() {}

/// The same with a default. An attribute has no default organization, so the extractor in `from` chooses it.
#[require_org(from = project)]
async fn project_with_a_default(Project(project): Project) -> String {
    project
}

struct Project(String);

impl<S: Send + Sync> FromRequestParts<S> for Project {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let Some(value) = parts.headers.get("x-project-id") else { return Ok(Self("default".to_owned())) };
        value.to_str().map(|id| Self(id.to_owned())).map_err(|_| StatusCode::BAD_REQUEST)
    }
}

/// The organization of a token, from an issuer that manages memberships itself.
#[require_org(role == "Owner", from = active())]
async fn org_of_the_token() {}

/// The scope of a key's row is an atom. That the key is for packages of this pattern is a `check`: a pattern over the
/// value of a parameter is not a name that a guard could compare.
#[require_user(scope("change-owners"), check = app.fits(&user, &package))]
async fn key_for_a_pattern(State(app): State<App>, user: User, Path(package): Path<String>) {}

/// A page that no API key may access.
#[require_user(issuer("sessions"))]
async fn cookie_alone() {}

/// The owner of a row. Only the query of the application knows it, so it is a `load`: the row, and 404 for others.
#[require_user(load = app.post_of(&user, id))]
async fn own_row(State(app): State<App>, user: User, Path(id): Path<u32>, Loaded(post): Loaded<u32>) -> String {
    post.to_string()
}

/// A folder that lists users and groups. The list belongs to the object, so it is a `check` after the membership.
#[require_org(from = org, check = app.may_write(org.as_str(), user.id(), &folder))]
async fn folder_with_a_list(State(app): State<App>, user: User, Path((org, folder)): Path<(String, String)>) {}

/// A relation service decides for each object, over objects that contain it. It is asked about this object, so it is a
/// `check`; a directory answers about organizations.
#[require_user(check = app.is_related(&user, "can_modify", &table).await)]
async fn relation(State(app): State<App>, user: User, Path(table): Path<String>) {}

/// Reading needs a login only if a setting says so. No setting can disable a guard, so this is a `check` of an open
/// route, and the table shows it.
#[optional_user(check = app.may_read(user.as_ref()))]
async fn login_by_setting(State(app): State<App>, user: Option<User>) {}

impl App {
    fn fits(&self, user: &User, package: &str) -> bool {
        let pattern = user.credential_id().and_then(|key| self.patterns.get(key));
        pattern.is_some_and(|pattern| pattern.strip_suffix('*').is_some_and(|start| package.starts_with(start)))
    }

    fn post_of(&self, user: &User, id: u32) -> Option<u32> {
        (*self.posts.get(&id)? == user.id()).then_some(id)
    }

    fn may_write(&self, org: &str, user: &str, folder: &str) -> bool {
        let listed = self.folders.get(format!("{org}/{folder}").as_str());
        let is_in = |group: &str| self.groups.get(group).is_some_and(|members| members.contains(&user));
        listed.is_some_and(|names| names.iter().any(|name| *name == user || is_in(name)))
    }

    #[allow(clippy::unused_async)] // A service of relations is asked over the network.
    async fn is_related(&self, user: &User, relation: &str, object: &str) -> Result<bool, StatusCode> {
        Ok(self.relations.iter().any(|known| *known == (user.id(), relation, object)))
    }

    fn may_read(&self, user: Option<&User>) -> Result<(), StatusCode> {
        if self.needs_login && user.is_none() { Err(StatusCode::UNAUTHORIZED) } else { Ok(()) }
    }
}

/// A cookie with the id of a row.
struct Sessions;

impl Authenticator for Sessions {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        let cookie = request.headers.get(header::COOKIE).and_then(|value| value.to_str().ok());
        Ok(cookie.and_then(|value| value.strip_prefix("session=")).map(Identity::new))
    }
}

const PROVIDER: &str = "https://provider.test";

async fn app(issuer: &TestIssuer, key: &GeneratedApiKey) -> Router {
    let directory = issuer.directory();
    directory.grant("root", Grants::none().roles(["admin"]).permissions(["add-tag", "delete-tag"]));
    directory.grant("troll", Grants::none().roles(["banned"]));
    let workspace = |role: &str, rest: &[&str]| Membership::new("acme", role).inherited_roles(rest.iter().copied());
    directory.member("ada", workspace("Admin", &["Admin", "Editor", "Viewer"]).permissions(["feature:webhooks"]));
    directory.member("bob", workspace("Viewer", &["Viewer"]).permissions::<String>([]));
    directory.member("ada", Membership::new("left-pad", "owner"));
    directory.member("bob", Membership::new("left-pad", "reviewer"));
    directory.member("ada", Membership::new("default", "member"));
    let digest = key.digest();
    let keys = ApiKeys::header("x-api-key").prefix("key_").find(move |asked| async move {
        let identity = Identity::new("ada").scopes(["change-owners"]);
        Ok::<_, AuthenticationError>((asked == digest).then(|| ApiKey::new("key-1", identity, Limit::none())))
    });
    let provider = issuer.issuer().issuer_claim(PROVIDER).named("provider").memberships_from_tokens();
    let verifier = Verifier::builder()
        .issuer(issuer.issuer())
        .issuer(provider)
        .authenticator("sessions", Sessions)
        .authenticator("api-keys", keys)
        .directory(directory);
    let app = App {
        posts: HashMap::from([(1, "ada"), (2, "bob")]),
        folders: HashMap::from([("acme/reports", vec!["bob", "analysts"])]),
        groups: HashMap::from([("analysts", vec!["ada"])]),
        relations: vec![("ada", "can_modify", "orders")],
        patterns: HashMap::from([("key-1", "serde*")]),
        needs_login: true,
    };
    GuardedRouter::new()
        .route("/admin", routing::get(admin_flag))
        .route("/tags", routing::get(action_of_a_role))
        .route("/comments", routing::get(not_banned))
        .route("/workspaces/{workspace}/files/{file}", routing::get(workspace_in_the_path))
        .route("/packages/{package}/owners", routing::get(owners_of_a_package))
        .route("/webhooks/{workspace}", routing::get(feature_of_a_customer))
        .route("/project", routing::get(project_in_a_header))
        .route("/catalog", routing::get(project_with_a_default))
        .route("/active", routing::get(org_of_the_token))
        .route("/keys/{package}", routing::get(key_for_a_pattern))
        .route("/settings", routing::get(cookie_alone))
        .route("/posts/{id}", routing::get(own_row))
        .route("/folders/{org}/{folder}", routing::get(folder_with_a_list))
        .route("/tables/{table}", routing::get(relation))
        .route("/read", routing::get(login_by_setting))
        .guarded_by(verifier.build().await.unwrap())
        .with_state(app)
        .into_router()
}

/// The kinds of callers.
enum By {
    Nobody,
    Token(&'static str),
    /// A token of the provider that manages memberships itself.
    Provider(&'static str),
    Session(&'static str),
    Key,
}

#[tokio::test]
async fn each_kind_of_authorization_admits_and_refuses() {
    use By::{Key, Nobody, Provider, Session, Token};
    let issuer = TestIssuer::new();
    let key = ApiKey::generate("key_");
    let app = app(&issuer, &key).await;
    for (path, by, status) in [
        ("/admin", Token("root"), 200),
        ("/admin", Session("root"), 200),
        ("/admin", Token("ada"), 403),
        ("/tags", Session("root"), 200),
        ("/tags", Token("ada"), 403),
        ("/comments", Token("ada"), 200),
        ("/comments", Session("troll"), 403),
        ("/workspaces/acme/files/1", Token("ada"), 200),
        ("/workspaces/acme/files/1", Session("ada"), 200),
        ("/workspaces/acme/files/1", Token("bob"), 403),
        ("/workspaces/globex/files/1", Token("ada"), 403),
        ("/packages/left-pad/owners", Token("ada"), 200),
        ("/packages/left-pad/owners", Token("bob"), 403),
        ("/webhooks/acme", Token("ada"), 200),
        ("/webhooks/acme", Token("bob"), 403),
        ("/project", Token("ada"), 400),
        ("/project?acme", Token("ada"), 200),
        ("/project?globex", Token("ada"), 403),
        ("/catalog", Token("ada"), 200),
        ("/catalog", Token("bob"), 403),
        ("/catalog?acme", Token("bob"), 200),
        ("/active", Provider("Owner"), 200),
        ("/active", Provider("Member"), 403),
        ("/active", Token("ada"), 403),
        ("/keys/serde_json", Key, 200),
        ("/keys/tokio", Key, 403),
        ("/keys/serde_json", Token("ada"), 403),
        ("/settings", Session("ada"), 200),
        ("/settings", Key, 403),
        ("/posts/1", Token("ada"), 200),
        ("/posts/2", Token("ada"), 404),
        ("/posts/3", Token("ada"), 404),
        ("/folders/acme/reports", Token("ada"), 200),
        ("/folders/acme/reports", Session("bob"), 200),
        ("/folders/acme/secrets", Token("ada"), 403),
        ("/folders/globex/reports", Token("ada"), 403),
        ("/tables/orders", Token("ada"), 200),
        ("/tables/orders", Token("bob"), 403),
        ("/read", Session("bob"), 200),
        ("/read", Nobody, 401),
        ("/admin", Nobody, 401),
    ] {
        // The text after `?` is the project.
        let (uri, project) = path.split_once('?').map_or((path, None), |(uri, project)| (uri, Some(project)));
        let mut request = Request::get(uri);
        if let Some(project) = project {
            request = request.header("x-project-id", project);
        }
        let request = match &by {
            Nobody => request,
            Token(user) => request.header("authorization", format!("Bearer {}", issuer.token().user(user).build())),
            Provider(role) => {
                let org = serde_json::json!({ "org_id": "acme", "user_role": role });
                let token = issuer.token().claim("iss", PROVIDER).claim("org_member_info", org).build();
                request.header("authorization", format!("Bearer {token}"))
            }
            Session(user) => request.header("cookie", format!("session={user}")),
            Key => request.header("x-api-key", key.key()),
        };
        let answer = send(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {answer:?}");
    }
}
