// #[require_org(from = id)]
// async fn pattern(State(ref db): State<Db>, Path(Ids { org: mut id, ref doc, .. }): Path<Ids>) {}

#[doc(hidden)]
enum __auth_1s_pattern {}
impl ::auth_runtime::__private::Policy<(Path<Ids>,)> for __auth_1s_pattern {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        use __rt::Untold as _;
        __rt::Rule::with_org(
            __rt::Attribute::RequireOrg,
            "require_org(from = id)",
            __rt::Condition::Always,
            __rt::OrgSource::Argument {
                name: "id",
                binding: "Path(Ids { org: mut id, ref doc, .. }): Path<Ids>",
                argument: __rt::Source::<Path<Ids>>::__AUTH_TELL,
                part: __rt::Part::Field("org"),
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
        Path(Ids { org: id, doc: _, .. }): &'_ Path<Ids>,
    ) -> ::auth_runtime::__private::OrgRef<'_> {
        ::auth_runtime::__private::select(id)
    }
}
async fn pattern(
    ::auth_runtime::__private::GuardedWith(
        _,
        (Path(Ids { org: mut id, ref doc, .. }),),
    ): ::auth_runtime::__private::GuardedWith<__auth_1s_pattern, (Path<Ids>,)>,
    State(ref db): State<Db>,
) {
    let _ = &id;
}
