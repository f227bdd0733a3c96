// Location: an attribute cannot guard a closure.
use auth_runtime::require_user;

fn main() {
    #[require_user]
    let handler = async || "ok";
}
