// #[require_org(form = org_id)] async fn wrong(Path(org_id): Path<String>) {}

::core::compile_error! {
    "unknown key `form`: the keys of `require_org` are `from`, `check`, `deny` and `crate`"
}
async fn wrong(
    (
        _,
        Path(org_id),
    ): (
        ::auth_runtime::__private::Guard<::auth_runtime::__private::DenyAll>,
        Path<String>,
    ),
) {}
