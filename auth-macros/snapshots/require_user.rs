// #[require_user] async fn whoami(user: User) -> String { user.id().into() }

#[doc(hidden)]
enum __auth_1_whoami {}
impl ::auth_runtime::__private::Policy<()> for __auth_1_whoami {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule::new(
            __rt::Attribute::RequireUser,
            "require_user",
            __rt::Condition::Always,
        )
    };
}
async fn whoami(
    ::auth_runtime::__private::GuardedLast(
        _,
        user,
    ): ::auth_runtime::__private::GuardedLast<__auth_1_whoami, User>,
) -> String {
    user.id().into()
}
