// #[require_permission("p", from = active())] async fn active() {}

#[doc(hidden)]
enum __auth_1s_active {}
impl ::auth_runtime::__private::Policy<()> for __auth_1s_active {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule::with_org(
            __rt::Attribute::RequirePermission,
            "require_permission(\"p\", from = active())",
            __rt::Condition::Permission("p"),
            __rt::OrgSource::Active,
        )
    };
}
async fn active(
    _: ::auth_runtime::__private::GuardedLast<
        __auth_1s_active,
        ::auth_runtime::__private::OnlyRoutersCallThisSoDebugHandlerGoesBelow,
    >,
) {}
