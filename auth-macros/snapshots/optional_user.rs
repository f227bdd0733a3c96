// #[optional_user(invalid = reject)] pub(crate) async fn hello(user: Option<User>) {}

#[doc(hidden)]
pub(crate) enum __auth_1o_hello {}
impl ::auth_runtime::__private::Policy<()> for __auth_1o_hello {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule {
            settings: &__rt::Settings {
                invalid: __rt::Invalid::Reject,
                ..__rt::Settings::NONE
            },
            ..__rt::Rule::new(
                __rt::Attribute::OptionalUser,
                "optional_user(invalid = reject)",
                __rt::Condition::Always,
            )
        }
    };
}
pub(crate) async fn hello(
    ::auth_runtime::__private::GuardedLast(
        _,
        user,
    ): ::auth_runtime::__private::GuardedLast<__auth_1o_hello, Option<User>>,
) {}
