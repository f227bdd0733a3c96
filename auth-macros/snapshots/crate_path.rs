// #[require_user(crate = crate::vendored::auth)] async fn renamed(user: User) {}

#[doc(hidden)]
enum __auth_1_renamed {}
impl crate::vendored::auth::__private::Policy<()> for __auth_1_renamed {
    const RULE: crate::vendored::auth::__private::Rule = {
        use crate::vendored::auth::__private as __rt;
        __rt::Rule::new(
            __rt::Attribute::RequireUser,
            "require_user(crate = crate::vendored::auth)",
            __rt::Condition::Always,
        )
    };
}
async fn renamed(
    crate::vendored::auth::__private::GuardedLast(
        _,
        user,
    ): crate::vendored::auth::__private::GuardedLast<__auth_1_renamed, User>,
) {}
