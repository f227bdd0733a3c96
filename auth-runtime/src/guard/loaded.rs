//! The value of a `load`, for its handler.

use axum::response::{IntoResponse, Response};

use super::verdict::Verdict;

/// The value of the `load` of a handler's attribute: an argument of that handler.
///
/// It is not an extractor. So a handler with this argument compiles only if one of its attributes has a `load` for `T`.
///
/// ```
/// # use auth_runtime::{Loaded, User, require_user};
/// # use axum::extract::{Path, State};
/// # #[derive(Clone)]
/// # struct Notes;
/// # struct Note { text: String }
/// # impl Notes {
/// #     async fn of(&self, _: &str, _: u64) -> Option<Note> { None }
/// # }
/// #[require_user(load = notes.of(user.id(), id).await)]
/// async fn note(State(notes): State<Notes>, user: User, Path(id): Path<u64>, Loaded(note): Loaded<Note>) -> String {
///     note.text
/// }
/// ```
///
/// The object may change after it was loaded. So a statement that writes must use the same ids as the `load`, or the
/// version of the row.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Loaded<T>(pub T);

/// The types that the expression of `load` may have, for a handler with `Loaded<T>`.
#[diagnostic::on_unimplemented(
    message = "`load` gives `{Self}`, and the handler takes `Loaded<{T}>`",
    label = "not an `Option<{T}>`, a `Result<{T}, impl IntoResponse>` or a `Result<Option<{T}>, impl IntoResponse>`",
    note = "if this is a future, add `.await`"
)]
pub trait IntoLoaded<T> {
    /// The loaded value, or the refusal.
    #[allow(clippy::missing_errors_doc)] // the first line says when it fails
    fn into_loaded(self) -> Result<Loaded<T>, Verdict>;
}

impl<T> IntoLoaded<T> for Option<T> {
    fn into_loaded(self) -> Result<Loaded<T>, Verdict> {
        self.map(Loaded).ok_or(Verdict::NOTHING)
    }
}

impl<T, E: IntoResponse> IntoLoaded<T> for Result<T, E> {
    fn into_loaded(self) -> Result<Loaded<T>, Verdict> {
        self.map(Loaded).map_err(|error| failed(error.into_response()))
    }
}

impl<T, E: IntoResponse> IntoLoaded<T> for Result<Option<T>, E> {
    fn into_loaded(self) -> Result<Loaded<T>, Verdict> {
        match self {
            Ok(found) => found.into_loaded(),
            Err(error) => Err(failed(error.into_response())),
        }
    }
}

fn failed(response: Response) -> Verdict {
    Verdict::failed(response)
}
