// #[require_org(role >= "Admin", from = org_id)]
// async fn org(Path(org_id): Path<String>, org: OrgMember, Json(doc): Json<Doc>) {}

#[doc(hidden)]
enum __auth_1s_org {}
impl ::auth_runtime::__private::Policy<(Path<String>,)> for __auth_1s_org {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        use __rt::Untold as _;
        __rt::Rule {
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
        }
    };
    fn org_of(Path(org_id): &'_ Path<String>) -> ::auth_runtime::__private::OrgRef<'_> {
        ::auth_runtime::__private::select(org_id)
    }
}
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
