//! Responses in FastAPI's form: `{"detail": ..}`, and 422 for a body that cannot be parsed.

use axum::extract::rejection::{FormRejection, JsonRejection};
use axum::extract::{Form, FromRequest, Json};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use utoipa::{IntoResponses, ToSchema};

/// The body of an error response, for the documentation.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct Detail {
    detail: Value,
}

/// The responses to a body that cannot be read, for the documentation.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) enum BodyErrors {
    /// The body is too large
    #[response(status = 413)]
    TooLarge(Detail),
    /// The body is not what the operation takes
    #[response(status = 422)]
    Unreadable(Detail),
}

/// axum's response to a parameter that cannot be read, for the documentation.
#[derive(IntoResponses)]
#[response(status = 400, description = "A parameter is not what the operation takes")]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct ParameterError(String);

/// The response to a token whose account is gone or inactive, for the documentation.
#[derive(IntoResponses)]
#[response(status = 401, description = "No valid access token, or its account is gone or inactive")]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct NoAccount(#[to_schema] Detail);

/// An error response.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    detail: Value,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, detail: impl Into<Value>) -> Self {
        Self { status, detail: detail.into() }
    }

    /// 400 with an error code of fastapi-users.
    pub(crate) fn code(code: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code)
    }

    /// The account of the token is gone or inactive. The client gets the same response as for an invalid token.
    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Could not validate credentials")
    }

    pub(crate) fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "Service unavailable")
    }

    /// For unexpected errors. The details are in the log.
    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a request failed");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
    }

    fn unreadable(status: StatusCode, message: &str) -> Self {
        match status {
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(status, "The body is too large"),
            _ => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                json!([{ "type": "value_error", "loc": ["body"], "msg": message }]),
            ),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "detail": self.detail }))).into_response();
        let told = match self.status {
            StatusCode::UNAUTHORIZED => (header::WWW_AUTHENTICATE, r#"Bearer error="invalid_token""#),
            StatusCode::SERVICE_UNAVAILABLE => (header::RETRY_AFTER, "1"),
            _ => return response,
        };
        response.headers_mut().insert(told.0, HeaderValue::from_static(told.1));
        response
    }
}

/// A database error is not the client's fault: the client should try again later.
impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(%error, "the database did not answer");
        Self::unavailable()
    }
}

/// A JSON body.
#[derive(FromRequest)]
#[from_request(via(Json), rejection(Refusal))]
pub(crate) struct JsonBody<T>(pub(crate) T);

/// A form.
#[derive(FromRequest)]
#[from_request(via(Form), rejection(Refusal))]
pub(crate) struct FormBody<T>(pub(crate) T);

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self::unreadable(rejection.status(), &rejection.body_text())
    }
}

impl From<FormRejection> for Refusal {
    fn from(rejection: FormRejection) -> Self {
        Self::unreadable(rejection.status(), &rejection.body_text())
    }
}
