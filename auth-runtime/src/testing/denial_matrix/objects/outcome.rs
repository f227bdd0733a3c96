//! What a response shows about the object of its request.

use axum::response::Response;
use http::StatusCode;

use crate::policy::{DenialReason, Denied};

/// The result of a request with an object. A later variant shows more.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Outcome {
    /// No decision about the object, and why.
    Undecided(String),
    /// Refused independently of the object, and why.
    Refused(String),
    /// Refused because of the object, with this status.
    NotTheirs(u16),
    /// The guard admitted it, and the handler responded with this status.
    Admitted(u16),
}

impl Outcome {
    pub(super) fn of(response: &Response) -> Self {
        let status = response.status();
        let code = status.as_u16();
        let Some(denied) = response.extensions().get::<Denied>().filter(|denied| denied.is_by_guard()) else {
            return Self::by_handler(status);
        };
        let reason = denied.reason();
        match reason {
            DenialReason::Load | DenialReason::Check if denied.is_by_extractor() => {
                Self::Undecided(format!("an argument of the guard cannot be extracted: {code}"))
            }
            DenialReason::Load | DenialReason::Check if status.is_server_error() => {
                Self::Undecided(format!("the guard answered {code}"))
            }
            // A `check` can return any response.
            DenialReason::Load | DenialReason::Check if status.is_success() => Self::Admitted(code),
            DenialReason::Load | DenialReason::Check => Self::NotTheirs(code),
            DenialReason::NoCredentials
            | DenialReason::NotAMember
            | DenialReason::Condition
            | DenialReason::StepUp
            | DenialReason::DenyAll => Self::Refused(reason.to_string()),
            _ => Self::Undecided(reason.to_string()),
        }
    }

    fn by_handler(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE => {
                Self::NotTheirs(status.as_u16())
            }
            _ => Self::Admitted(status.as_u16()),
        }
    }
}
