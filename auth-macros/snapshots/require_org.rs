// #[require_org(role >= "Admin", from = org_id)]
// async fn org(Path(org_id): Path<String>, org: OrgMember, Json(doc): Json<Doc>) {}

#[doc(hidden)]
enum __auth_1s_org {}
const _: () = {
    use ::auth_runtime::__private as __rt;
    use __rt::Untold as _;
    impl __rt::Attributed for __auth_1s_org {
        const RULE: __rt::Rule = __rt::Rule {
            takes_org_member: true,
            takes: &[
                __rt::Takes {
                    part: __rt::OutsidePath::Body,
                    fields: __rt::Source::<__rt::FieldsOf<Doc>>::__AUTH_TELL,
                },
            ],
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
        };
    }
    impl __rt::Policy<(Path<String>,)> for __auth_1s_org {
        fn org_of(Path(org_id): &Path<String>) -> __rt::OrgRef<'_> {
            __rt::select(org_id)
        }
    }
};
async fn org(
    ::auth_runtime::__private::GuardedWith(
        _,
        (Path(org_id),),
    ): ::auth_runtime::__private::GuardedWith<__auth_1s_org, (Path<String>,)>,
    org: OrgMember,
    Json(doc): Json<Doc>,
) {
    let _ = &org_id;
}
