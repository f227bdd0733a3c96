// #[require_user(!permission("suspended") && (role >= "Admin" || scope(READ)) && issuer("own"), deny = not_found)]
// async fn admin(user: User) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_1_admin(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_admin {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequireUser,
            condition: __rt::Condition::All(
                &[
                    __rt::Condition::Not(&__rt::Condition::Permission("suspended")),
                    __rt::Condition::Any(
                        &[
                            __rt::Condition::OwnRoleAtLeast("Admin"),
                            __rt::Condition::Scope(READ),
                        ],
                    ),
                    __rt::Condition::Issuer("own"),
                ],
            ),
            text: "require_user(!permission(\"suspended\") && (role >= \"Admin\" || scope(READ)) && issuer(\"own\"), deny = not_found)",
            deny: __rt::Deny::NotFound,
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<__rt::NoSource, __rt::NoSource> for __auth_1_admin {}
};
async fn admin(
    ::auth_runtime::__private::GuardedLast(
        _,
        user,
    ): ::auth_runtime::__private::GuardedLast<
        ::auth_runtime::__private::Guard<__auth_1_admin>,
        User,
    >,
) {}
