// #[require_user] fn sync(user: User) {}

::core::compile_error! {
    "a handler must be asynchronous: make it `async fn`"
}
fn sync(
    ::auth_runtime::__private::GuardedLast(
        _,
        user,
    ): ::auth_runtime::__private::GuardedLast<::auth_runtime::__private::DenyAll, User>,
) {}
