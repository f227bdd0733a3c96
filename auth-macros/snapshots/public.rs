// #[public(reason = "probe")] async fn health() {}

#[doc(hidden)]
enum __auth_1p_health {}
impl ::auth_runtime::__private::Policy<()> for __auth_1p_health {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule {
            settings: &__rt::Settings {
                reason: __rt::Some("probe"),
                ..__rt::Settings::NONE
            },
            ..__rt::Rule::new(
                __rt::Attribute::Public,
                "public(reason = \"probe\")",
                __rt::Condition::Always,
            )
        }
    };
}
async fn health(
    _: ::auth_runtime::__private::GuardedLast<
        __auth_1p_health,
        ::auth_runtime::__private::OnlyRoutersCallThisSoDebugHandlerGoesBelow,
    >,
) {}
