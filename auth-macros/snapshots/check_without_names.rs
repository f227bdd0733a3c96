// #[optional_user(check = features::open())] async fn open() {}

#[doc(hidden)]
enum __auth_1o_open {}
impl ::auth_runtime::__private::Policy<((),)> for __auth_1o_open {
    const RULE: ::auth_runtime::__private::Rule = {
        use ::auth_runtime::__private as __rt;
        use __rt::Untold as _;
        __rt::Rule {
            settings: &__rt::Settings {
                check: __rt::Some(__rt::Expression {
                    text: "features::open()",
                    bindings: "",
                    reads: &[],
                }),
                ..__rt::Settings::NONE
            },
            ..__rt::Rule::new(
                __rt::Attribute::OptionalUser,
                "optional_user(check = features::open())",
                __rt::Condition::Always,
            )
        }
    };
    #[allow(
        non_shorthand_field_patterns,
        unused_braces,
        unused_imports,
        unused_mut,
        unused_parens,
        unused_variables,
        clippy::needless_borrow,
        clippy::used_underscore_binding,
    )]
    async fn settle(
        __auth_slots: &mut <((),) as ::auth_runtime::__private::Sources>::Slots,
    ) -> ::auth_runtime::__private::Verdict {
        use ::auth_runtime::__private as __rt;
        use __rt::{Lend as _, Own as _};
        __rt::IntoVerdict::into_verdict(async move { features::open() }.await)
    }
}
async fn open(
    ::auth_runtime::__private::GuardedWithLast(
        _,
        (_,),
    ): ::auth_runtime::__private::GuardedWithLast<__auth_1o_open, ((),)>,
) {}
