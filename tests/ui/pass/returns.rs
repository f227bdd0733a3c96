// Handlers with every kind of result: `impl IntoResponse`, `Result` with `?`, early `return`, nothing, never.
use auth_runtime::{GuardedRouter, User, require_user, routing::get};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;

#[require_user]
async fn implementation(user: User) -> impl IntoResponse {
    (StatusCode::CREATED, user.id().to_owned())
}

#[require_user]
async fn fallible(Path(number): Path<String>) -> Result<String, StatusCode> {
    let number: u8 = number.parse().map_err(|_| StatusCode::IM_A_TEAPOT)?;
    if number == 0 {
        return Err(StatusCode::CONFLICT);
    }
    Ok(number.to_string())
}

#[require_user]
async fn both(user: User) -> Result<impl IntoResponse, impl IntoResponse> {
    if user.email_verified() == Some(true) { Ok("ok") } else { Err(StatusCode::CONFLICT) }
}

#[require_user]
async fn axum_result() -> axum::response::Result<&'static str> {
    Err((StatusCode::CONFLICT, "no"))?;
    Ok("ok")
}

#[require_user]
async fn nothing() {}

#[require_user]
async fn never() -> StatusCode {
    std::process::abort()
}

fn main() {
    let _ = GuardedRouter::<()>::new()
        .route("/1", get(implementation))
        .route("/2/{number}", get(fallible))
        .route("/3", get(both))
        .route("/4", get(axum_result))
        .route("/5", get(nothing))
        .route("/6", get(never));
}
