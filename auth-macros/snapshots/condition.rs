// #[require_user(!permission("suspended") && (role >= "Admin" || scope(READ)) && issuer("own"), deny = not_found)]
// async fn admin(user: User) {}

#[doc(hidden)]
enum __auth_1_admin {}
impl ::auth_runtime::__private::Policy<()> for __auth_1_admin {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule {
            settings: &__rt::Settings {
                deny: __rt::Deny::NotFound,
                ..__rt::Settings::NONE
            },
            ..__rt::Rule::new(
                __rt::Attribute::RequireUser,
                "require_user(!permission(\"suspended\") && (role >= \"Admin\" || scope(READ)) && issuer(\"own\"), deny = not_found)",
                __rt::Condition::All(
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
            )
        }
    };
}
async fn admin(
    ::auth_runtime::__private::GuardedLast(
        _,
        user,
    ): ::auth_runtime::__private::GuardedLast<__auth_1_admin, User>,
) {}
