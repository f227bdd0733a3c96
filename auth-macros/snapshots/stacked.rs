// #[require_org(role >= "Admin", from = org_id)]
// #[require_permission("can_view_billing")]
// #[require_user(check = user.is_billing())]
// /// The bill.
// async fn billing(Path(org_id): Path<String>, user: User, org: OrgMember) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_1_billing(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_billing {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequireOrg,
            condition: __rt::Condition::RoleAtLeast("Admin"),
            text: "require_org(role >= \"Admin\", from = org_id)",
            org: __rt::OrgSource::Argument("org_id"),
            takes_org_member: true,
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<Path<String>, __rt::NoSource> for __auth_1_billing {
        #[allow(
            non_shorthand_field_patterns,
            unused_parens,
            unused_variables,
            clippy::used_underscore_binding
        )]
        fn org(__auth_source: &Path<String>) -> __rt::OrgRef<'_> {
            let Path(org_id) = __auth_source;
            __rt::select(org_id)
        }
    }
};
#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_2_billing(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_2_billing {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequirePermission,
            condition: __rt::Condition::Permission("can_view_billing"),
            text: "require_permission(\"can_view_billing\")",
            takes_org_member: true,
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<__rt::NoSource, __rt::NoSource> for __auth_2_billing {}
    const _: () = __rt::compatible(
        <__auth_1_billing as __rt::Described>::NEED,
        <__auth_2_billing as __rt::Described>::NEED,
    );
};
#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_3_billing(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_3_billing {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequireUser,
            text: "require_user(check = user.is_billing())",
            check: __rt::Some("user.is_billing()"),
            takes_org_member: true,
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<__rt::NoSource, (User,)> for __auth_3_billing {
        #[allow(
            non_shorthand_field_patterns,
            unused_braces,
            unused_mut,
            unused_parens,
            unused_variables,
            clippy::used_underscore_binding,
        )]
        async fn check((user,): (User,)) -> __rt::Verdict {
            __rt::IntoVerdict::into_verdict(async move { user.is_billing() }.await)
        }
    }
    const _: () = __rt::compatible(
        <::auth_runtime::__private::And<
            __auth_1_billing,
            __auth_2_billing,
        > as __rt::Described>::NEED,
        <__auth_3_billing as __rt::Described>::NEED,
    );
    const _: () = __rt::org_selected(
        <::auth_runtime::__private::And<
            ::auth_runtime::__private::And<__auth_1_billing, __auth_2_billing>,
            __auth_3_billing,
        > as __rt::Described>::NEED,
    );
};
/// The bill.
async fn billing(
    ::auth_runtime::__private::Guarded(
        _,
        Path(org_id),
    ): ::auth_runtime::__private::Guarded<
        ::auth_runtime::__private::Guard<
            ::auth_runtime::__private::And<
                ::auth_runtime::__private::And<__auth_1_billing, __auth_2_billing>,
                __auth_3_billing,
            >,
            (
                (Path<String>, ::auth_runtime::__private::NoSource),
                ::auth_runtime::__private::NoSource,
            ),
            (
                (
                    ::auth_runtime::__private::NoSource,
                    ::auth_runtime::__private::NoSource,
                ),
                (User,),
            ),
        >,
        Path<String>,
    >,
    user: User,
    org: OrgMember,
) {}
