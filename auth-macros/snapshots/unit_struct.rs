// #[require_org(role >= "Admin", from = path("org_id"))] #[derive(Debug)] #[require_permission("p")] /// Admins.
// pub struct OrgAdmin;

#[doc(hidden)]
pub enum __auth_1s_OrgAdmin {}
impl ::auth_runtime::__private::Policy<()> for __auth_1s_OrgAdmin {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule::with_org(
            __rt::Attribute::RequireOrg,
            "require_org(role >= \"Admin\", from = path(\"org_id\"))",
            __rt::Condition::RoleAtLeast("Admin"),
            __rt::OrgSource::Path("org_id"),
        )
    };
}
#[doc(hidden)]
pub enum __auth_2_OrgAdmin {}
impl ::auth_runtime::__private::Policy<()> for __auth_2_OrgAdmin {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        __rt::Rule::new(
            __rt::Attribute::RequirePermission,
            "require_permission(\"p\")",
            __rt::Condition::Permission("p"),
        )
    };
}
#[derive(Debug)]
/// Admins.
#[allow(dead_code)]
pub struct OrgAdmin;
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Policy<()> for OrgAdmin {
        const NEED: &'static __rt::Need = &__rt::Need::Named {
            name: "OrgAdmin",
            need: <::auth_runtime::__private::And<
                __auth_1s_OrgAdmin,
                __auth_2_OrgAdmin,
            > as __rt::Policy<()>>::NEED,
        };
    }
    impl __rt::NamedPolicy for OrgAdmin {}
};
