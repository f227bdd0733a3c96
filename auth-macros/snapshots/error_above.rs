// #[require_org] #[require_permission("p")] async fn half(Path(org_id): Path<String>) {}

::core::compile_error! {
    "`require_org` needs `from`: write `from = org_id` for an argument, or `path(\"..\")`, `query(\"..\")`, `header(\"..\")` or `active()`"
}
#[doc(hidden)]
enum __auth_2_half {}
impl ::auth_runtime::__private::Policy<()> for __auth_2_half {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule::new(
            __rt::Attribute::RequirePermission,
            "require_permission(\"p\")",
            __rt::Condition::Permission("p"),
        )
    };
}
async fn half(
    ::auth_runtime::__private::GuardedLast(
        _,
        Path(org_id),
    ): ::auth_runtime::__private::GuardedLast<
        ::auth_runtime::__private::And<
            ::auth_runtime::__private::DenyAll,
            __auth_2_half,
        >,
        Path<String>,
    >,
) {}
