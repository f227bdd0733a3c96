// #[require_user] pub async fn ping() -> &'static str { "pong" }

#[doc(hidden)]
pub enum __auth_1_ping {}
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Attributed for __auth_1_ping {
        const RULE: __rt::Rule = __rt::Rule::new(
            __rt::Attribute::RequireUser,
            "require_user",
            __rt::Condition::Always,
            __rt::OrgSource::None,
        );
    }
};
pub async fn ping(
    _: ::auth_runtime::__private::GuardedLast<
        __auth_1_ping,
        ::auth_runtime::__private::OnlyRoutersCallThisSoDebugHandlerGoesBelow,
    >,
) -> &'static str {
    "pong"
}
