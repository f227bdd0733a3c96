//! Programs that must compile, and programs that must not: each names its rule in its first line.

#[test]
fn programs_that_must_not_compile() {
    // Apart from those that run, so that these are only checked.
    trybuild::TestCases::new().compile_fail("ui/fail/*.rs");
}

#[test]
fn programs_that_must_compile() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}
