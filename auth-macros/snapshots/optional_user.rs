// #[optional_user(invalid = reject)] pub(crate) async fn hello(user: Option<User>) {}

#[doc(hidden)]
pub(crate) enum __auth_1o_hello {}
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Attributed for __auth_1o_hello {
        const RULE: __rt::Rule = __rt::Rule {
            invalid: __rt::Invalid::Reject,
            ..__rt::Rule::new(
                __rt::Attribute::OptionalUser,
                "optional_user(invalid = reject)",
                __rt::Condition::Always,
                __rt::OrgSource::None,
            )
        };
    }
};
pub(crate) async fn hello(
    ::auth_runtime::__private::GuardedLast(
        _,
        user,
    ): ::auth_runtime::__private::GuardedLast<__auth_1o_hello, Option<User>>,
) {}
