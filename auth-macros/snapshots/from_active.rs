// #[require_permission("p", from = active())] async fn active() {}

#[doc(hidden)]
enum __auth_1s_active {}
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Attributed for __auth_1s_active {
        const RULE: __rt::Rule = __rt::Rule::new(
            __rt::Attribute::RequirePermission,
            "require_permission(\"p\", from = active())",
            __rt::Condition::Permission("p"),
            __rt::OrgSource::Active,
        );
    }
};
async fn active(
    _: ::auth_runtime::__private::GuardedLast<
        __auth_1s_active,
        ::auth_runtime::__private::OnlyRoutersCallThisSoDebugHandlerGoesBelow,
    >,
) {}
