// #[require_org(from = r#type)] async fn r#match(Path(r#type): Path<String>) {}

#[doc(hidden)]
enum __auth_1s_match {}
const _: () = {
    use ::auth_runtime::__private as __rt;
    use __rt::Untold as _;
    impl __rt::Attributed for __auth_1s_match {
        const RULE: __rt::Rule = __rt::Rule::with_org(
            __rt::Attribute::RequireOrg,
            "require_org(from = r#type)",
            __rt::Condition::Always,
            __rt::OrgSource::Argument {
                name: "type",
                binding: "Path(r#type): Path<String>",
                argument: __rt::Source::<Path<String>>::__AUTH_TELL,
                part: __rt::Part::All,
            },
        );
    }
    impl __rt::Policy<(Path<String>,)> for __auth_1s_match {
        fn org_of(Path(r#type): &Path<String>) -> __rt::OrgRef<'_> {
            __rt::select(r#type)
        }
    }
};
async fn r#match(
    ::auth_runtime::__private::GuardedWithLast(
        _,
        (Path(r#type),),
    ): ::auth_runtime::__private::GuardedWithLast<__auth_1s_match, (Path<String>,)>,
) {
    let _ = &r#type;
}
