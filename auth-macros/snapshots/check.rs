// #[require_user(check = owns_post(&db, &user, id).await)]
// async fn update(State(db): State<Db>, mut user: User, Path(id): Path<Uuid>, Json(post): Json<Post>) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
struct __auth_1_update(());
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Described for __auth_1_update {
        const NEED: &'static __rt::Need = &__rt::Need::Rule(__rt::Rule {
            attribute: __rt::Attribute::RequireUser,
            text: "require_user(check = owns_post(&db, &user, id).await)",
            check: __rt::Some("owns_post(&db, &user, id).await"),
            file: __rt::file!(),
            line: __rt::line!(),
            ..__rt::Rule::BASE
        });
    }
    impl __rt::Policy<__rt::NoSource, (State<Db>, User, Path<Uuid>)>
    for __auth_1_update {
        #[allow(
            non_shorthand_field_patterns,
            unused_braces,
            unused_mut,
            unused_parens,
            unused_variables,
            clippy::used_underscore_binding,
        )]
        async fn check(
            (State(db), mut user, Path(id)): (State<Db>, User, Path<Uuid>),
        ) -> __rt::Verdict {
            __rt::IntoVerdict::into_verdict(
                async move { owns_post(&db, &user, id).await }.await,
            )
        }
    }
};
async fn update(
    ::auth_runtime::__private::Guarded(
        _,
        State(db),
    ): ::auth_runtime::__private::Guarded<
        ::auth_runtime::__private::Guard<
            __auth_1_update,
            ::auth_runtime::__private::NoSource,
            (State<Db>, User, Path<Uuid>),
        >,
        State<Db>,
    >,
    mut user: User,
    Path(id): Path<Uuid>,
    Json(post): Json<Post>,
) {}
