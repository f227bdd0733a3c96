// #[require_org(role >= "Admin", from = org_id)]
// async fn org(Path(org_id): Path<String>, org: OrgMember, Json(doc): Json<Doc>) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_1_org(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_org {
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
    impl __rt::Policy<Path<String>, __rt::NoSource> for __auth_1_org {
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
    const _: () = __rt::org_selected(<__auth_1_org as __rt::Described>::NEED);
};
async fn org(
    ::auth_runtime::__private::Guarded(
        _,
        Path(org_id),
    ): ::auth_runtime::__private::Guarded<
        ::auth_runtime::__private::Guard<__auth_1_org, Path<String>>,
        Path<String>,
    >,
    org: OrgMember,
    Json(doc): Json<Doc>,
) {}
