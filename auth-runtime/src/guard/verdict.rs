//! The result of a handler's `check`.

use axum::response::{IntoResponse, Response};

/// The result of a `check`.
#[derive(Debug)]
pub struct Verdict(pub(super) Answer);

#[derive(Debug)]
pub(super) enum Answer {
    Admit,
    Deny,
    Respond(Box<Response>),
}

impl Verdict {
    /// Admits the request.
    pub const ADMIT: Self = Self(Answer::Admit);

    pub(super) fn admits(&self) -> bool {
        matches!(self.0, Answer::Admit)
    }
}

/// The types that the expression of `check` may have.
#[diagnostic::on_unimplemented(
    message = "a `check` must return `bool`, `Result<(), impl IntoResponse>` or `Result<bool, impl IntoResponse>`, not `{Self}`",
    label = "not a result of a `check`",
    note = "if this is a future, add `.await`"
)]
pub trait IntoVerdict {
    /// Converts into a verdict.
    fn into_verdict(self) -> Verdict;
}

impl IntoVerdict for bool {
    fn into_verdict(self) -> Verdict {
        Verdict(if self { Answer::Admit } else { Answer::Deny })
    }
}

impl<E: IntoResponse> IntoVerdict for Result<(), E> {
    fn into_verdict(self) -> Verdict {
        self.map(|()| true).into_verdict()
    }
}

impl<E: IntoResponse> IntoVerdict for Result<bool, E> {
    fn into_verdict(self) -> Verdict {
        match self {
            Ok(admits) => admits.into_verdict(),
            Err(refusal) => Verdict(Answer::Respond(Box::new(refusal.into_response()))),
        }
    }
}
