// #[require_org(role >= "Admin", from = org_id)]
// #[require_permission("can_view_billing")]
// #[require_user(check = user.is_billing())]
// /// The bill.
// async fn billing(Path(org_id): Path<String>, user: User, org: OrgMember) {}

#[doc(hidden)]
enum __auth_1s_billing {}
impl ::auth_runtime::__private::Policy<(Path<String>,)> for __auth_1s_billing {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        use __rt::Untold as _;
        __rt::Rule {
            takes_org_member: true,
            ..__rt::Rule::with_org(
                __rt::Attribute::RequireOrg,
                "require_org(role >= \"Admin\", from = org_id)",
                __rt::Condition::RoleAtLeast("Admin"),
                __rt::OrgSource::Argument {
                    name: "org_id",
                    binding: "Path(org_id): Path<String>",
                    argument: __rt::Source::<Path<String>>::__AUTH_TELL,
                    part: __rt::Part::All,
                },
            )
        }
    };
    fn org_of(Path(org_id): &'_ Path<String>) -> ::auth_runtime::__private::OrgRef<'_> {
        ::auth_runtime::__private::select(org_id)
    }
}
#[doc(hidden)]
enum __auth_2_billing {}
impl ::auth_runtime::__private::Policy<()> for __auth_2_billing {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule {
            takes_org_member: true,
            ..__rt::Rule::new(
                __rt::Attribute::RequirePermission,
                "require_permission(\"can_view_billing\")",
                __rt::Condition::Permission("can_view_billing"),
            )
        }
    };
}
#[doc(hidden)]
enum __auth_3_billing {}
impl ::auth_runtime::__private::Policy<
    ::auth_runtime::__private::More<(Path<String>,), (User,)>,
> for __auth_3_billing {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        use __rt::Untold as _;
        __rt::Rule {
            takes_org_member: true,
            settings: &__rt::Settings {
                check: __rt::Some(__rt::Expression {
                    text: "user.is_billing()",
                    bindings: "user: User",
                    reads: &[
                        __rt::Read {
                            name: "user",
                            argument: __rt::Source::<User>::__AUTH_TELL,
                            part: __rt::Part::All,
                        },
                    ],
                }),
                ..__rt::Settings::NONE
            },
            ..__rt::Rule::new(
                __rt::Attribute::RequireUser,
                "require_user(check = user.is_billing())",
                __rt::Condition::Always,
            )
        }
    };
    #[allow(
        non_shorthand_field_patterns,
        unused_braces,
        unused_imports,
        unused_mut,
        unused_parens,
        unused_variables,
        clippy::needless_borrow,
        clippy::used_underscore_binding,
    )]
    async fn settle(
        __auth_slots: &mut <::auth_runtime::__private::More<
            (Path<String>,),
            (User,),
        > as ::auth_runtime::__private::Sources>::Slots,
    ) -> ::auth_runtime::__private::Verdict {
        use ::auth_runtime::__private as __rt;
        use __rt::{Lend as _, Own as _};
        let ((_,), (__rt::Some(user),)) = &mut *__auth_slots else {
            return __rt::Verdict::UNFILLED
        };
        let mut user = (&&__rt::Pick::new(user)).__auth_pick();
        __rt::IntoVerdict::into_verdict(async move { user.is_billing() }.await)
    }
}
/// The bill.
async fn billing(
    ::auth_runtime::__private::GuardedWith(
        _,
        ::auth_runtime::__private::More((Path(org_id),), (user,)),
    ): ::auth_runtime::__private::GuardedWith<
        ::auth_runtime::__private::Then<
            ::auth_runtime::__private::And<
                __auth_1s_billing,
                ::auth_runtime::__private::Plain<__auth_2_billing>,
            >,
            __auth_3_billing,
        >,
        ::auth_runtime::__private::More<(Path<String>,), (User,)>,
    >,
    org: OrgMember,
) {
    let _ = &user;
    let _ = &org_id;
}
