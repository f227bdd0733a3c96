//! The expansion of each kind of handler and attribute, compared with a file that people review.
//!
//! `SNAPSHOTS=overwrite cargo test -p auth-macros` writes the files again.

use std::path::PathBuf;
use std::{env, fs};

use super::expand_all;

/// The name of a snapshot, and its source.
pub(super) const SHAPES: &[(&str, &str)] = &[
    ("require_user", "#[require_user] async fn whoami(user: User) -> String { user.id().into() }"),
    ("no_arguments", "#[require_user] pub async fn ping() -> &'static str { \"pong\" }"),
    ("public", "#[public(reason = \"probe\")] async fn health() {}"),
    ("optional_user", "#[optional_user(invalid = reject)] pub(crate) async fn hello(user: Option<User>) {}"),
    (
        "condition",
        "#[require_user(!permission(\"suspended\") && (role >= \"Admin\" || scope(READ)) && issuer(\"own\"), deny = not_found)]
         async fn admin(user: User) {}",
    ),
    (
        "require_org",
        "#[require_org(role >= \"Admin\", from = org_id)]
         async fn org(Path(org_id): Path<String>, org: OrgMember, Json(doc): Json<Doc>) {}",
    ),
    (
        "from_field",
        "#[require_org(from = params.org.0.1)] async fn field(Query(params): Query<Params>) {}",
    ),
    (
        "from_pattern",
        "#[require_org(from = id)]
         async fn pattern(State(ref db): State<Db>, Path(Ids { org: mut id, ref doc, .. }): Path<Ids>) {}",
    ),
    ("from_header", "#[require_org(from = header(\"X-Org-Id\"))] async fn header() {}"),
    ("from_active", "#[require_permission(\"p\", from = active())] async fn active() {}"),
    (
        "check",
        "#[require_user(check = owns_post(&db, &user, id).await)]
         async fn update(State(db): State<Db>, mut user: User, Path(id): Path<Uuid>, Json(post): Json<Post>) {}",
    ),
    (
        "load",
        "#[require_org(from = org_id, load = db.post_in(org.id(), id).await, check = post.is_open())]
         #[require_user(check = post.author == user.id())]
         async fn post(State(db): State<Db>, Path((org_id, id)): Path<(String, u64)>, org: OrgMember, user: User, Loaded(post): Loaded<Post>) {}",
    ),
    (
        "sources_and_foreign_attribute_below",
        "#[require_org(from = org_id)] #[utoipa::path(get, path = \"/x\")] #[require_permission(\"p\", check = open(&db))]
         async fn documented(State(db): State<Db>, Path(org_id): Path<String>) {}",
    ),
    ("check_without_names", "#[optional_user(check = features::open())] async fn open() {}"),
    (
        "stacked",
        "#[require_org(role >= \"Admin\", from = org_id)]
         #[require_permission(\"can_view_billing\")]
         #[require_user(check = user.is_billing())]
         /// The bill.
         async fn billing(Path(org_id): Path<String>, user: User, org: OrgMember) {}",
    ),
    (
        "foreign_attribute_below",
        "#[require_user] #[utoipa::path(get, path = \"/x\")] #[require_permission(\"p\")] async fn documented(user: User) {}",
    ),
    (
        "harmless_attributes_below",
        "#[require_user] #[tracing::instrument(skip_all)] #[cfg_attr(docs, doc = \"x\")] #[must_use] async fn traced(user: User) {}",
    ),
    ("attribute_on_argument", "#[require_user] async fn loose(#[allow(unused)] user: User) {}"),
    (
        "generic",
        "#[require_org(from = id, check = db.open(id))]
         async fn generic<'a, R, T: 'static, const N: usize>(State(db): State<Db<R>>, Path(id): Path<R::Id>) -> [T; N]
         where R: Repo {}",
    ),
    ("generic_without_sources", "#[require_user] pub async fn riding<R: Repo>(State(db): State<Db<R>>) {}"),
    (
        "allowed",
        "#[allow(deprecated)] #[require_org(from = id)] #[expect(non_snake_case, reason = \"as in the path\")]
         async fn old(Path(Old { id, orgName }): Path<Old>) {}",
    ),
    ("raw_identifiers", "#[require_org(from = r#type)] async fn r#match(Path(r#type): Path<String>) {}"),
    ("crate_path", "#[require_user(crate = crate::vendored::auth)] async fn renamed(user: User) {}"),
    ("seven_arguments", "#[require_user] #[other] async fn many(a: A, b: B, c: C, d: D, e: E, f: F, g: G) {}"),
    ("error", "#[require_org(form = org_id)] async fn wrong(Path(org_id): Path<String>) {}"),
    (
        "error_below",
        "#[require_org(from = org_id)] #[require_permission] async fn half(Path(org_id): Path<String>) {}",
    ),
    (
        "error_above",
        "#[require_org] #[require_permission(\"p\")] async fn half(Path(org_id): Path<String>) {}",
    ),
    (
        "unit_struct",
        "#[require_org(role >= \"Admin\", from = path(\"org_id\"))] #[derive(Debug)] #[require_permission(\"p\")] /// Admins.
         pub struct OrgAdmin;",
    ),
    ("error_unit_struct", "#[require_user(check = true)] #[require_user] struct Wrong;"),
    ("error_not_async", "#[require_user] fn sync(user: User) {}"),
];

#[test]
fn expansions_match_their_snapshots() {
    let overwrite = env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite");
    let mut stale = Vec::new();
    for (name, source) in SHAPES {
        let input: Vec<String> = source.lines().map(|line| format!("// {}\n", line.trim())).collect();
        let text = format!("{}\n{}", input.concat(), prettyplease::unparse(&expand_all(source)));
        let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "snapshots", &format!("{name}.rs")].iter().collect();
        if overwrite {
            fs::create_dir_all(path.parent().expect("a folder")).expect("snapshots/");
            fs::write(&path, text).expect("a snapshot");
        } else if fs::read_to_string(&path).ok().as_ref() != Some(&text) {
            stale.push(format!("{name}:\n{text}"));
        }
    }
    assert!(stale.is_empty(), "these differ from snapshots/; SNAPSHOTS=overwrite accepts them:\n{}", stale.join("\n"));
}

#[test]
fn every_snapshot_file_has_a_source() {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "snapshots"].iter().collect();
    for file in fs::read_dir(folder).expect("snapshots/") {
        let path = file.expect("a file").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        assert!(SHAPES.iter().any(|(shape, _)| *shape == name), "{name} is the snapshot of nothing");
    }
}
