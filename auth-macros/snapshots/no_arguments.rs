// #[require_user] pub async fn ping() -> &'static str { "pong" }

#[doc(hidden)]
pub enum __auth_1_ping {}
impl ::auth_runtime::__private::Policy<()> for __auth_1_ping {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule::new(
            __rt::Attribute::RequireUser,
            "require_user",
            __rt::Condition::Always,
        )
    };
}
pub async fn ping(
    _: ::auth_runtime::__private::GuardedLast<
        __auth_1_ping,
        ::auth_runtime::__private::OnlyRoutersCallThisSoDebugHandlerGoesBelow,
    >,
) -> &'static str {
    "pong"
}
