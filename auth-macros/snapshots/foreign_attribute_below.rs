// #[require_user] #[utoipa::path(get, path = "/x")] #[require_permission("p")] async fn documented(user: User) {}

#[doc(hidden)]
enum __auth_1_documented {}
impl ::auth_runtime::__private::Policy<()> for __auth_1_documented {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule::new(
            __rt::Attribute::RequireUser,
            "require_user",
            __rt::Condition::Always,
        )
    };
}
#[doc(hidden)]
enum __auth_2_documented {}
impl ::auth_runtime::__private::Policy<()> for __auth_2_documented {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule::new(
            __rt::Attribute::RequirePermission,
            "require_permission(\"p\")",
            __rt::Condition::Permission("p"),
        )
    };
}
#[utoipa::path(get, path = "/x")]
async fn documented(
    _: ::auth_runtime::__private::Guarded<
        ::auth_runtime::__private::And<__auth_1_documented, __auth_2_documented>,
        ::auth_runtime::__private::OnlyRoutersCallThisSoDebugHandlerGoesBelow,
    >,
    user: User,
) {}
