// Place: a closure is no handler that an attribute can guard.
use auth_runtime::require_user;

fn main() {
    let _ = #[require_user]
    async || "ok";

    #[require_user]
    let handler = async || "ok";
}
