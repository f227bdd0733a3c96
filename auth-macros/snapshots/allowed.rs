// #[allow(deprecated)] #[require_org(from = id)] #[expect(non_snake_case, reason = "as in the path")]
// async fn old(Path(Old { id, orgName }): Path<Old>) {}

#[doc(hidden)]
enum __auth_1s_old {}
#[allow(deprecated)]
#[allow(non_snake_case, reason = "as in the path")]
impl ::auth_runtime::__private::Policy<(Path<Old>,)> for __auth_1s_old {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        use __rt::Untold as _;
        __rt::Rule::with_org(
            __rt::Attribute::RequireOrg,
            "require_org(from = id)",
            __rt::Condition::Always,
            __rt::OrgSource::Argument {
                name: "id",
                binding: "Path(Old { id, orgName }): Path<Old>",
                argument: __rt::Source::<Path<Old>>::__AUTH_TELL,
                part: __rt::Part::Field("id"),
            },
        )
    };
    #[allow(
        non_shorthand_field_patterns,
        unused_parens,
        unused_variables,
        clippy::used_underscore_binding
    )]
    fn org_of(
        Path(Old { id: id, orgName: _ }): &'_ Path<Old>,
    ) -> ::auth_runtime::__private::OrgRef<'_> {
        ::auth_runtime::__private::select(id)
    }
}
#[allow(deprecated)]
#[expect(non_snake_case, reason = "as in the path")]
async fn old(
    ::auth_runtime::__private::GuardedWithLast(
        _,
        (Path(Old { id, orgName }),),
    ): ::auth_runtime::__private::GuardedWithLast<__auth_1s_old, (Path<Old>,)>,
) {
    let _ = &id;
}
