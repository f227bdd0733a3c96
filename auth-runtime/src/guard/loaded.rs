//! What a `load` gives to its handler.

use axum::response::{IntoResponse, Response};

use super::verdict::Verdict;

/// What the `load` of a handler's attribute gave: an argument of that handler.
///
/// A handler that takes it without a `load` that gives `T` does not compile, because there is no extractor of it.
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
/// It tells what was true when it was read. A handler that writes names both ids again, or the version of the row.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Loaded<T>(pub T);

/// What the expression of `load` may give to a handler that takes `Loaded<T>`.
#[diagnostic::on_unimplemented(
    message = "`load` gives `{Self}`, and the handler takes `Loaded<{T}>`",
    label = "not an `Option<{T}>`, a `Result<{T}, impl IntoResponse>` or a `Result<Option<{T}>, impl IntoResponse>`",
    note = "if this is a future, add `.await`"
)]
pub trait IntoLoaded<T> {
    /// What was found, or the refusal.
    #[allow(clippy::missing_errors_doc)] // it says so
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
