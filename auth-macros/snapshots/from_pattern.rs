// #[require_org(from = id)]
// async fn pattern(State(ref db): State<Db>, Path(Ids { org: mut id, ref doc, .. }): Path<Ids>) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_1_pattern(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_pattern {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequireOrg,
            text: "require_org(from = id)",
            org: __rt::OrgSource::Argument("id"),
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<Path<Ids>, __rt::NoSource> for __auth_1_pattern {
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
    ): ::auth_runtime::__private::Guarded<
        ::auth_runtime::__private::Guard<__auth_1_pattern, Path<Ids>>,
        State<Db>,
    >,
    Path(Ids { org: mut id, ref doc, .. }): Path<Ids>,
) {}
