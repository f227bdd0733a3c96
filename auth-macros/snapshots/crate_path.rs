// #[require_user(crate = crate::vendored::auth)] async fn renamed(user: User) {}

#[doc(hidden)]
enum __auth_1_renamed {}
const _: () = {
    use crate::vendored::auth::__private as __rt;
    impl __rt::Attributed for __auth_1_renamed {
        const RULE: __rt::Rule = __rt::Rule::new(
            __rt::Attribute::RequireUser,
            "require_user(crate = crate::vendored::auth)",
            __rt::Condition::Always,
            __rt::OrgSource::None,
        );
    }
};
async fn renamed(
    crate::vendored::auth::__private::GuardedLast(
        _,
        user,
    ): crate::vendored::auth::__private::GuardedLast<__auth_1_renamed, User>,
) {}
