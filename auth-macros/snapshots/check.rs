// #[require_user(check = owns_post(&db, &user, id).await)]
// async fn update(State(db): State<Db>, mut user: User, Path(id): Path<Uuid>, Json(post): Json<Post>) {}

#[doc(hidden)]
#[allow(non_camel_case_types)]
enum __auth_1_update {}
const _: () = {
    use ::auth_runtime::__private as __rt;
    impl __rt::Attributed for __auth_1_update {
        const RULE: __rt::Rule = __rt::Rule {
            check: __rt::Some(__rt::Check {
                expression: "owns_post(&db, &user, id).await",
                bindings: "State(db): State<Db>, mut user: User, Path(id): Path<Uuid>",
            }),
            ..__rt::Rule::new(
                __rt::Attribute::RequireUser,
                "require_user(check = owns_post(&db, &user, id).await)",
                __rt::Condition::Always,
                __rt::OrgSource::None,
            )
        };
    }
    impl __rt::Policy<(), (State<Db>, User, Path<Uuid>)> for __auth_1_update {
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
        __auth_1_update,
        State<Db>,
        (),
        (State<Db>, User, Path<Uuid>),
    >,
    mut user: User,
    Path(id): Path<Uuid>,
    Json(post): Json<Post>,
) {
    let _ = &db;
    let _ = &user;
    let _ = &id;
}
