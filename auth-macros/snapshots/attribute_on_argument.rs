// #[require_user] async fn loose(#[allow(unused)] user: User) {}

#[doc(hidden)]
enum __auth_1_loose {}
impl ::auth_runtime::__private::Policy<()> for __auth_1_loose {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule::new(
            __rt::Attribute::RequireUser,
            "require_user",
            __rt::Condition::Always,
        )
    };
}
async fn loose(
    _: ::auth_runtime::__private::Guarded<
        __auth_1_loose,
        ::auth_runtime::__private::OnlyRoutersCallThisSoDebugHandlerGoesBelow,
    >,
    #[allow(unused)]
    user: User,
) {}
