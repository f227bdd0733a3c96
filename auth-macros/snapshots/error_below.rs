// #[require_org(from = org_id)] #[require_permission] async fn half(Path(org_id): Path<String>) {}

#[doc(hidden)]
enum __auth_1s_half {}
impl ::auth_runtime::__private::Policy<(Path<String>,)> for __auth_1s_half {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        use __rt::Untold as _;
        __rt::Rule::with_org(
            __rt::Attribute::RequireOrg,
            "require_org(from = org_id)",
            __rt::Condition::Always,
            __rt::OrgSource::Argument {
                name: "org_id",
                binding: "Path(org_id): Path<String>",
                argument: __rt::Source::<Path<String>>::__AUTH_TELL,
                part: __rt::Part::All,
            },
        )
    };
    fn org_of(Path(org_id): &'_ Path<String>) -> ::auth_runtime::__private::OrgRef<'_> {
        ::auth_runtime::__private::select(org_id)
    }
}
::core::compile_error! {
    "`require_permission` needs a permission: write `#[require_permission(\"..\")]`"
}
async fn half(
    ::auth_runtime::__private::GuardedWithLast(
        _,
        (Path(org_id),),
    ): ::auth_runtime::__private::GuardedWithLast<
        ::auth_runtime::__private::And<
            __auth_1s_half,
            ::auth_runtime::__private::Plain<::auth_runtime::__private::DenyAll>,
        >,
        (Path<String>,),
    >,
) {
    let _ = &org_id;
}
