//! The kernel from outside: whole apps, good and bad.

mod ids;
mod inside;
mod limits;
mod output;
mod overrides;
mod references;
mod stages;
mod tags;

use crate::{App, CfnResource, Deployable, Problem, Stack, SynthError};

/// A resource of a type with nothing that would be checked.
fn thing() -> CfnResource {
    CfnResource::new("Custom::Thing")
}

fn app(parts: impl IntoIterator<Item = Deployable>) -> App {
    let mut app = App::new();
    parts.into_iter().for_each(|part| app.add(part));
    app
}

/// Returns what is wrong with an app, each as its path, a colon and the message.
#[track_caller]
fn problems(app: App) -> Vec<String> {
    match app.finish() {
        Err(SynthError::Invalid { problems, .. }) => {
            problems.into_iter().map(|problem| Problem { location: None, ..problem }.to_string()).collect()
        }
        Err(other) => panic!("wanted problems, got: {other}"),
        Ok(_) => panic!("wanted problems, got an assembly"),
    }
}

#[track_caller]
fn problems_of(stack: Stack) -> Vec<String> {
    problems(app([stack.into()]))
}

#[test]
fn what_is_doubtful_is_said_beside_what_is_wrong() {
    let mut stack = Stack::new("Shop");
    stack.add("Thing", thing());
    stack.problem("is not ready");
    stack.warning("is slow");
    stack.warning("is dear");
    let text = app([stack.into()]).finish().expect_err("it has a problem").to_string();
    let lines: Vec<_> = text.lines().map(|line| line.split(" (").next().unwrap_or_default()).collect();
    assert_eq!(lines, ["1 problem", "  Shop: is not ready", "2 warnings", "  Shop: is slow", "  Shop: is dear"]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let mut first = Stack::new("First");
    first.add("Twice", thing());
    first.add("Twice", thing());
    first.problem("is not ready");
    let second = Stack::new("Second").description("x".repeat(1_025));
    let mut third = Stack::new("Third");
    third.add("Lost", thing().property("To", lost()));
    let found = problems(app([first.into(), second.into(), third.into()]));
    for wanted in [
        "First/Twice: there is already a construct with id `Twice` here",
        "First: is not ready",
        "Second: has no resources",
        "Second: has a description of 1025 bytes",
        "Third/Lost: refers to `Nowhere`",
    ] {
        assert!(found.iter().any(|problem| problem.starts_with(wanted)), "{wanted}: {found:#?}");
    }
}

#[test]
fn a_problem_says_where_the_construct_was_added() {
    let mut stack = Stack::new("Example");
    stack.add("Thing", thing());
    let line = line!() + 1;
    stack.add("Thing", thing());
    let Err(SynthError::Invalid { problems, .. }) = app([stack.into()]).finish() else { panic!("wanted problems") };
    let location = problems[0].location.expect("a construct is added somewhere");
    assert_eq!((location.line(), location.file().ends_with("mod.rs")), (line, true));
    assert!(problems[0].message.contains(&format!("mod.rs:{}", line - 2)), "{}", problems[0].message);
}

/// A reference to what no stack has.
fn lost() -> crate::cfn::Expr {
    crate::cfn::Intrinsic::Ref(crate::cfn::Target::local("Nowhere")).into()
}
