// Place: a closure is no handler that an attribute can guard.
use auth_runtime::require_user;

fn main() {
    #[require_user]
    let handler = async || "ok";
}
