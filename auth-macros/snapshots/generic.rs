// #[require_org(from = id, check = db.open(id))]
// async fn generic<'a, R, T: 'static, const N: usize>(State(db): State<Db<R>>, Path(id): Path<R::Id>) -> [T; N]
// where R: Repo {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
enum __auth_1s_generic {}
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Attributed for __auth_1s_generic {
        const RULE: __rt::Rule = __rt::Rule {
            check: __rt::Some(__rt::Check {
                expression: "db.open(id)",
                bindings: "State(db): State<Db<R>>, Path(id): Path<R::Id>",
            }),
            ..__rt::Rule::new(
                __rt::Attribute::RequireOrg,
                "require_org(from = id, check = db.open(id))",
                __rt::Condition::Always,
                __rt::OrgSource::Argument {
                    name: "id",
                    binding: "Path(id): Path<R::Id>",
                },
            )
        };
    }
    impl<
        R,
        T: 'static,
        const N: usize,
    > __rt::Policy<
        (Path<R::Id>,),
        (__rt::PhantomParams<(T, [(); N])>, (State<Db<R>>, Path<R::Id>)),
    > for __auth_1s_generic
    where
        R: Repo,
    {
        #[allow(
            non_shorthand_field_patterns,
            unused_parens,
            unused_variables,
            clippy::used_underscore_binding
        )]
        fn org(__auth_source: &(Path<R::Id>,)) -> __rt::OrgRef<'_> {
            let (Path(id),) = __auth_source;
            __rt::select(id)
        }
        #[allow(
            non_shorthand_field_patterns,
            unused_braces,
            unused_mut,
            unused_parens,
            unused_variables,
            clippy::used_underscore_binding,
        )]
        async fn check(
            (
                _,
                (State(db), Path(id)),
            ): (__rt::PhantomParams<(T, [(); N])>, (State<Db<R>>, Path<R::Id>)),
        ) -> __rt::Verdict {
            __rt::IntoVerdict::into_verdict(async move { db.open(id) }.await)
        }
    }
};
async fn generic<'a, R, T: 'static, const N: usize>(
    ::auth_runtime::__private::Guarded(
        _,
        State(db),
    ): ::auth_runtime::__private::Guarded<
        __auth_1s_generic,
        State<Db<R>>,
        (Path<R::Id>,),
        (
            ::auth_runtime::__private::PhantomParams<(T, [(); N])>,
            (State<Db<R>>, Path<R::Id>),
        ),
    >,
    Path(id): Path<R::Id>,
) -> [T; N]
where
    R: Repo,
{
    let _ = &id;
    let _ = &db;
    let _ = &id;
}
