// A closure must write the type of its guard: rustc points at the argument without a type.
use auth_runtime::GuardedRouter;
use auth_runtime::routing::get;
use axum::extract::Path;

fn main() {
    let _ = GuardedRouter::<()>::new().route("/{id}", get(|_, Path(id): Path<String>| async move { id }));
}
