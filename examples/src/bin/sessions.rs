//! Login with a form: sessions of `tower-sessions`, stored in SQLite by the SHA-256 of their ids.
use auth_runtime::routing::{get, post};
use auth_runtime::{
    ApiKey, AuthenticationError, Authenticator, GuardedRouter, Identity, User, Verifier, optional_user, public,
    require_user,
};
use aws_lc_rs::{constant_time::verify_slices_are_equal, digest};
use axum::http::{HeaderName, StatusCode, header, request::Parts};
use axum::response::{Html, Redirect};
use sqlx::{SqlitePool, query, query_as};
use tower_sessions::cookie::time::{Duration, OffsetDateTime};
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{self, Error};
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};

#[derive(Clone, Debug)]
struct Table(SqlitePool);

/// Someone who reads the table cannot use its sessions.
fn digest_of(id: &Id) -> Vec<u8> {
    digest::digest(&digest::SHA256, id.to_string().as_bytes()).as_ref().to_vec()
}

#[async_trait::async_trait]
impl SessionStore for Table {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let insert = query("INSERT INTO sessions (digest) VALUES (?)").bind(digest_of(&record.id));
        insert.execute(&self.0).await.map_err(|error| Error::Backend(error.to_string()))?;
        self.save(record).await
    }

    /// Changes only an existing session, so that a late request cannot restore a session that was ended meanwhile.
    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        let update = query("UPDATE sessions SET data = ?, expires = ? WHERE digest = ?").bind(data);
        let update = update.bind(record.expiry_date.unix_timestamp()).bind(digest_of(&record.id));
        update.execute(&self.0).await.map(drop).map_err(|error| Error::Backend(error.to_string()))
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let select = query_as("SELECT data, expires FROM sessions WHERE digest = ? AND expires > unixepoch()");
        let row = select.bind(digest_of(id)).fetch_optional(&self.0).await;
        let Some((data, expires)) = row.map_err(|error| Error::Backend(error.to_string()))? else { return Ok(None) };
        let (data, expires): (String, i64) = (data, expires);
        let data = serde_json::from_str(&data).map_err(|error| Error::Decode(error.to_string()))?;
        let expires = OffsetDateTime::from_unix_timestamp(expires);
        let expiry_date = expires.map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        let delete = query("DELETE FROM sessions WHERE digest = ?").bind(digest_of(id));
        delete.execute(&self.0).await.map(drop).map_err(|error| Error::Backend(error.to_string()))
    }
}

/// The user of the session that the layer has found. Guards do not call this on requests that another site may have
/// sent.
struct Sessions;

impl Authenticator for Sessions {
    async fn authenticate(&self, request: &Parts) -> Result<Option<Identity>, AuthenticationError> {
        let session = request.extensions.get::<Session>().ok_or(AuthenticationError::Unavailable)?;
        let user = session.get("user").await.map_err(|_| AuthenticationError::Unavailable)?;
        Ok(user.map(|user: String| Identity::new(user).expires_at(session.expiry_date().into())))
    }

    fn headers(&self) -> Vec<HeaderName> {
        vec![header::COOKIE]
    }
}

fn unavailable<E>(_: E) -> StatusCode {
    StatusCode::SERVICE_UNAVAILABLE
}

#[optional_user]
async fn home(user: Option<User>, session: Session) -> Result<Html<String>, StatusCode> {
    if let Some(user) = user {
        return Ok(Html(format!("hello {}<form action=/log-out method=post><button>Log out</form>", user.id())));
    }
    // Only a page of this site knows it, so another site cannot log its visitor in as another user.
    let secret = ApiKey::generate("");
    session.insert("form", secret.key()).await.map_err(unavailable)?;
    let fields = format!("<input name=form type=hidden value={}><input name=password type=password>", secret.key());
    Ok(Html(format!("<form action=/log-in method=post>{fields}<button>Log in</form>")))
}

#[public(reason = "the visitor has no user yet")]
async fn log_in(session: Session, form: axum::Form<Vec<(String, String)>>) -> Result<Redirect, StatusCode> {
    let secret: Option<String> = session.get("form").await.map_err(unavailable)?;
    let has = |name: &str, expected: Option<String>| {
        let value = form.iter().find(|field| field.0 == name).map_or("", |field| &field.1);
        let expected = expected.filter(|expected| !expected.is_empty());
        expected.is_some_and(|expected| verify_slices_are_equal(value.as_bytes(), expected.as_bytes()).is_ok())
    };
    if !has("form", secret) {
        return Err(StatusCode::FORBIDDEN);
    }
    if !has("password", std::env::var("APP_PASSWORD").ok()) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    session.clear().await;
    // An attacker may know the session id from before the login.
    session.cycle_id().await.map_err(unavailable)?;
    session.insert("user", "ada").await.map_err(unavailable)?;
    Ok(Redirect::to("/"))
}

/// If a page of another site posts here, the cookie has no effect: the guard does not read its session.
#[require_user]
async fn log_out(session: Session) -> Result<Redirect, StatusCode> {
    session.flush().await.map_err(unavailable)?;
    Ok(Redirect::to("/"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("DATABASE_URL").unwrap_or("sqlite:sessions.sqlite?mode=rwc".into());
    let db = SqlitePool::connect(&url).await?;
    query("CREATE TABLE IF NOT EXISTS sessions (digest BLOB PRIMARY KEY, data TEXT, expires INTEGER)")
        .execute(&db)
        .await?;
    let layer = SessionManagerLayer::new(Table(db)).with_name("__Host-session");
    let layer = layer.with_expiry(Expiry::OnInactivity(Duration::hours(1)));
    let verifier = Verifier::builder().authenticator("sessions", Sessions).build().await?;
    let app =
        GuardedRouter::new().route("/", get(home)).route("/log-in", post(log_in)).route("/log-out", post(log_out));
    let app = app.layer(layer).guarded_by(verifier);
    let port = std::env::var("PORT").map_or(Ok(3005), |port| port.parse())?;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("Serving on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app.into_router()).await?)
}
