// #[require_user(crate = crate::vendored::auth)] async fn renamed(user: User) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_1_renamed(());
const _: () = {
    use crate::vendored::auth::__private as __rt;
    impl __rt::Described for __auth_1_renamed {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequireUser,
            text: "require_user(crate = crate::vendored::auth)",
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<__rt::NoSource, __rt::NoSource> for __auth_1_renamed {}
};
async fn renamed(
    crate::vendored::auth::__private::GuardedLast(
        _,
        user,
    ): crate::vendored::auth::__private::GuardedLast<
        crate::vendored::auth::__private::Guard<__auth_1_renamed>,
        User,
    >,
) {}
