//! The results of the expressions in a handler's attributes.

use axum::response::{IntoResponse, Response};

/// The result of a `load` or a `check`.
#[derive(Debug)]
pub struct Verdict(pub(super) VerdictKind);

#[derive(Debug)]
pub(super) enum VerdictKind {
    Admit,
    /// The `check` is false.
    Deny {
        /// Whether the response is the same as if the `load` of the attribute had found nothing.
        hidden: bool,
    },
    /// The `load` found nothing.
    Nothing,
    /// The `check` returned its own response.
    Respond(Box<Response>),
    /// The `load` returned its own response.
    Fail(Box<Response>),
}

impl Verdict {
    /// Admits the request.
    pub const ADMIT: Self = Self(VerdictKind::Admit);
    /// A `load` found nothing.
    pub const NOTHING: Self = Self(VerdictKind::Nothing);
    /// An argument of an expression is missing, which cannot happen.
    pub const UNFILLED: Self = Self(VerdictKind::Deny { hidden: false });

    /// If the `check` is false, the response is the same as if a `load` had found nothing: a caller who may not see an
    /// object does not learn that it exists.
    #[must_use]
    pub fn hidden(self) -> Self {
        match self.0 {
            VerdictKind::Deny { .. } => Self(VerdictKind::Deny { hidden: true }),
            answer => Self(answer),
        }
    }

    pub(super) fn failed(response: Response) -> Self {
        Self(VerdictKind::Fail(Box::new(response)))
    }

    pub(super) fn admits(&self) -> bool {
        matches!(self.0, VerdictKind::Admit)
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
        Verdict(if self { VerdictKind::Admit } else { VerdictKind::Deny { hidden: false } })
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
            Err(refusal) => Verdict(VerdictKind::Respond(Box::new(refusal.into_response()))),
        }
    }
}
