// #[require_org(from = id)]
// async fn pattern(State(ref db): State<Db>, Path(Ids { org: mut id, ref doc, .. }): Path<Ids>) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
enum __auth_1s_pattern {}
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Attributed for __auth_1s_pattern {
        const RULE: __rt::Rule = __rt::Rule::new(
            __rt::Attribute::RequireOrg,
            "require_org(from = id)",
            __rt::Condition::Always,
            __rt::OrgSource::Argument {
                name: "id",
                binding: "Path(Ids { org: mut id, ref doc, .. }): Path<Ids>",
            },
        );
    }
    impl __rt::Policy<Path<Ids>, ()> for __auth_1s_pattern {
        #[allow(
            non_shorthand_field_patterns,
            unused_parens,
            unused_variables,
            clippy::used_underscore_binding
        )]
        fn org(__auth_source: &Path<Ids>) -> __rt::OrgRef<'_> {
            let Path(Ids { org: id, doc, .. }) = __auth_source;
            __rt::select(id)
        }
    }
};
async fn pattern(
    ::auth_runtime::__private::Guarded(
        _,
        State(ref db),
    ): ::auth_runtime::__private::Guarded<__auth_1s_pattern, State<Db>, Path<Ids>>,
    Path(Ids { org: mut id, ref doc, .. }): Path<Ids>,
) {
    let _ = &id;
}
