// #[require_org(from = r#type)] async fn r#match(Path(r#type): Path<String>) {}

#[doc(hidden)]
enum __auth_1s_match {}
impl ::auth_runtime::__private::Policy<(Path<String>,)> for __auth_1s_match {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        use __rt::Untold as _;
        __rt::Rule::with_org(
            __rt::Attribute::RequireOrg,
            "require_org(from = r#type)",
            __rt::Condition::Always,
            __rt::OrgSource::Argument {
                name: "type",
                binding: "Path(r#type): Path<String>",
                argument: __rt::Source::<Path<String>>::__AUTH_TELL,
                part: __rt::Part::All,
            },
        )
    };
    fn org_of(Path(r#type): &'_ Path<String>) -> ::auth_runtime::__private::OrgRef<'_> {
        ::auth_runtime::__private::select(r#type)
    }
}
async fn r#match(
    ::auth_runtime::__private::GuardedWithLast(
        _,
        (Path(r#type),),
    ): ::auth_runtime::__private::GuardedWithLast<__auth_1s_match, (Path<String>,)>,
) {
    let _ = &r#type;
}
