// #[public(reason = "probe")] async fn health() {}

#[doc(hidden)]
enum __auth_1p_health {}
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Attributed for __auth_1p_health {
        const RULE: __rt::Rule = __rt::Rule {
            reason: __rt::Some("probe"),
            ..__rt::Rule::new(
                __rt::Attribute::Public,
                "public(reason = \"probe\")",
                __rt::Condition::Always,
                __rt::OrgSource::None,
            )
        };
    }
};
async fn health(
    _: ::auth_runtime::__private::GuardedLast<
        __auth_1p_health,
        ::auth_runtime::__private::OnlyRoutersCallThisSoDebugHandlerGoesBelow,
    >,
) {}
