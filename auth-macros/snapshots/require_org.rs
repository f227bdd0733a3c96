// #[require_org(role >= "Admin", from = org_id)]
// async fn org(Path(org_id): Path<String>, org: OrgMember, Json(doc): Json<Doc>) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
enum __auth_1s_org {}
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Attributed for __auth_1s_org {
        const RULE: __rt::Rule = __rt::Rule {
            takes_org_member: true,
            takes: &[
                __rt::Takes {
                    part: __rt::OutsidePath::Body,
                    fields: || {
                        __rt::Source::<__rt::FieldsOf<Doc>>::NEW.__auth_tell().fields()
                    },
                },
            ],
            ..__rt::Rule::new(
                __rt::Attribute::RequireOrg,
                "require_org(role >= \"Admin\", from = org_id)",
                __rt::Condition::RoleAtLeast("Admin"),
                __rt::OrgSource::Argument {
                    name: "org_id",
                    binding: "Path(org_id): Path<String>",
                },
            )
        };
    }
    impl __rt::Policy<(Path<String>,)> for __auth_1s_org {
        #[allow(
            non_shorthand_field_patterns,
            unused_parens,
            unused_variables,
            clippy::used_underscore_binding
        )]
        fn org(
            __auth_slots: &<(Path<String>,) as __rt::Sources>::Slots,
        ) -> __rt::OrgRef<'_> {
            let (__rt::Some(Path(org_id)),) = __auth_slots else {
                return __rt::OrgRef::UNNAMED
            };
            __rt::select(org_id)
        }
        fn reads(__auth_reads: &mut __rt::Reads) {
            __auth_reads
                .add(
                    __rt::Attribute::RequireOrg,
                    __rt::Key::From,
                    &[
                        (
                            "org_id",
                            __rt::Source::<Path<String>>::NEW.__auth_tell(),
                            __rt::Part::All,
                        ),
                    ],
                );
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
