// #[require_user] async fn whoami(user: User) -> String { user.id().into() }

#[doc(hidden)]
enum __auth_1_whoami {}
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Attributed for __auth_1_whoami {
        const RULE: __rt::Rule = __rt::Rule::new(
            __rt::Attribute::RequireUser,
            "require_user",
            __rt::Condition::Always,
            __rt::OrgSource::None,
        );
    }
};
async fn whoami(
    ::auth_runtime::__private::GuardedLast(
        _,
        user,
    ): ::auth_runtime::__private::GuardedLast<__auth_1_whoami, User>,
) -> String {
    user.id().into()
}
