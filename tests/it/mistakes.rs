//! Mistakes that the compiler catches, with messages that say what to do: `tests/ui/`.
//!
//! `TRYBUILD=overwrite cargo test -p belvedere-tests mistakes` rewrites the messages.

#[test]
fn do_not_compile() {
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}
