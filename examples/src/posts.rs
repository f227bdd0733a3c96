//! Posts, modeled on the FastAPI course: every logged-in user can read them, and only the owner can change one.

use auth_runtime::{GuardedRouter, Loaded, User, require_user, routes};
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _};
use utoipa::ToSchema;

use crate::answer::{BodyErrors, Detail, JsonBody, ParameterError, Refusal};
use crate::app::App;

pub(crate) fn routes() -> GuardedRouter<App> {
    GuardedRouter::new().routes(routes!(list, create)).routes(routes!(read, update, delete))
}

#[derive(Deserialize, ToSchema)]
struct NewPost {
    title: String,
    content: String,
    #[serde(default = "yes")]
    published: bool,
}

fn yes() -> bool {
    true
}

#[derive(Serialize, ToSchema)]
struct Post {
    title: String,
    content: String,
    published: bool,
    id: i64,
    created_at: String,
    #[serde(skip)]
    owner_issuer: String,
    #[serde(skip)]
    owner_id: String,
}

impl Post {
    fn is_of(&self, user: &User) -> bool {
        let owner = Owner::of(user);
        (self.owner_issuer.as_str(), self.owner_id.as_str()) == (owner.issuer, owner.id)
    }
}

impl FromRow<'_, SqliteRow> for Post {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            title: row.try_get("title")?,
            content: row.try_get("content")?,
            published: row.try_get("published")?,
            id: row.try_get("id")?,
            created_at: row.try_get("created_at")?,
            owner_issuer: row.try_get("owner_issuer")?,
            owner_id: row.try_get("owner_id")?,
        })
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Page {
    #[serde(default = "page_size")]
    limit: u32,
    #[serde(default)]
    skip: u32,
}

fn page_size() -> u32 {
    100
}

/// List posts
#[utoipa::path(
    get, path = "/posts", tag = "posts",
    params(Page),
    responses((status = 200, body = Vec<Post>), ParameterError)
)]
#[require_user]
async fn list(State(app): State<App>, Query(page): Query<Page>) -> Result<Json<Vec<Post>>, Refusal> {
    let sql = "SELECT * FROM post ORDER BY id LIMIT ? OFFSET ?";
    let posts = sqlx::query_as(sql).bind(page.limit.min(page_size())).bind(page.skip);
    Ok(Json(posts.fetch_all(&app.db).await?))
}

/// Write a post
#[utoipa::path(
    post, path = "/posts", tag = "posts",
    request_body = NewPost,
    responses((status = 201, body = Post), BodyErrors)
)]
#[require_user]
async fn create(
    State(app): State<App>,
    user: User,
    JsonBody(new): JsonBody<NewPost>,
) -> Result<(StatusCode, Json<Post>), Refusal> {
    let owner = Owner::of(&user);
    let sql = "INSERT INTO post (owner_issuer, owner_id, title, content, published) VALUES (?, ?, ?, ?, ?) RETURNING *";
    let post = sqlx::query_as(sql).bind(owner.issuer).bind(owner.id).bind(new.title).bind(new.content);
    Ok((StatusCode::CREATED, Json(post.bind(new.published).fetch_one(&app.db).await?)))
}

/// Read a post
#[utoipa::path(
    get, path = "/posts/{id}", tag = "posts",
    params(("id" = i64, Path)),
    responses((status = 200, body = Post), (status = 404, body = Detail), ParameterError)
)]
#[require_user(load = find(&app, id).await, unrestricted(id, reason = "every user may read every post"))]
async fn read(State(app): State<App>, Path(id): Path<i64>, Loaded(post): Loaded<Post>) -> Json<Post> {
    Json(post)
}

// The post is loaded before the body is read. The statement names the owner again, because the owner could have changed
// in between.
/// Change my post
#[utoipa::path(
    put, path = "/posts/{id}", tag = "posts",
    params(("id" = i64, Path)),
    request_body = NewPost,
    responses((status = 200, body = Post), (status = 404, body = Detail), ParameterError, BodyErrors)
)]
#[require_user(load = find(&app, id).await, check = post.is_of(&user), deny = forbidden)]
async fn update(
    State(app): State<App>,
    user: User,
    Path(id): Path<i64>,
    Loaded(post): Loaded<Post>,
    JsonBody(new): JsonBody<NewPost>,
) -> Result<Json<Post>, Refusal> {
    let owner = Owner::of(&user);
    let sql = "UPDATE post SET title = ?, content = ?, published = ?
               WHERE id = ? AND owner_issuer = ? AND owner_id = ? RETURNING *";
    let post = sqlx::query_as(sql).bind(new.title).bind(new.content).bind(new.published);
    let post = post.bind(id).bind(owner.issuer).bind(owner.id).fetch_optional(&app.db).await?;
    post.map(Json).ok_or_else(|| missing(id))
}

/// Delete my post
#[utoipa::path(
    delete, path = "/posts/{id}", tag = "posts",
    params(("id" = i64, Path)),
    responses((status = 204), (status = 404, body = Detail), ParameterError)
)]
#[require_user(load = find(&app, id).await, check = post.is_of(&user), deny = forbidden)]
async fn delete(
    State(app): State<App>,
    user: User,
    Path(id): Path<i64>,
    Loaded(post): Loaded<Post>,
) -> Result<StatusCode, Refusal> {
    let owner = Owner::of(&user);
    let sql = "DELETE FROM post WHERE id = ? AND owner_issuer = ? AND owner_id = ?";
    let done = sqlx::query(sql).bind(id).bind(owner.issuer).bind(owner.id).execute(&app.db).await?;
    if done.rows_affected() == 1 { Ok(StatusCode::NO_CONTENT) } else { Err(missing(id)) }
}

/// For `load`: the post with this id.
async fn find(app: &App, id: i64) -> Result<Post, Refusal> {
    let post = sqlx::query_as("SELECT * FROM post WHERE id = ?").bind(id).fetch_optional(&app.db).await?;
    post.ok_or_else(|| missing(id))
}

/// The owner of a post. A user id is unique only within its issuer, so both are stored.
struct Owner<'a> {
    issuer: &'a str,
    id: &'a str,
}

impl<'a> Owner<'a> {
    fn of(user: &'a User) -> Self {
        // The name, not the URL: the URL of this API's own issuer contains a port, which can change.
        Self { issuer: user.issuer_name(), id: user.id() }
    }
}

fn missing(id: i64) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, format!("Post with id: {id} does not exist"))
}
