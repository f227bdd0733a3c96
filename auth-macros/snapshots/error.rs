// #[require_org(form = org_id)] async fn wrong(Path(org_id): Path<String>) {}

::core::compile_error! {
    "unknown key `form`: did you mean `from`?"
}
async fn wrong(
    ::auth_runtime::__private::GuardedLast(
        _,
        Path(org_id),
    ): ::auth_runtime::__private::GuardedLast<
        ::auth_runtime::__private::DenyAll,
        Path<String>,
    >,
) {}
