//! Ids and names: taken, empty, illegal.

use super::{app, problems, problems_of, thing};
use crate::cfn::{Condition, Mapping, Parameter};
use crate::{Stack, Stage};

#[test]
fn rejects_ids_that_are_taken() {
    let mut stack = Stack::new("Example");
    stack.add("Thing", thing());
    let mut scope = stack.scope();
    let mut inner = scope.scope("Inner");
    inner.add("Thing", thing());
    inner.add("Thing", thing());
    let found = problems_of(stack);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("Example/Inner/Thing: there is already a construct with id `Thing` here, added at "));
    assert!(found[0].ends_with(": give one of them another id"), "{}", found[0]);
}

#[test]
fn rejects_ids_that_make_no_logical_id() {
    let mut stack = Stack::new("Example");
    stack.add("Good", thing());
    for id in ["", "a/b", "--", "ä"] {
        stack.add(id, thing());
    }
    assert_eq!(
        problems_of(stack),
        [
            "Example: an id must not be empty",
            "Example/a/b: an id must not contain `/`, which separates the ids of a path, got `a/b`",
            "Example/--: an id needs a letter or digit (A-Z, a-z, 0-9) for its logical id, got `--`",
            "Example/ä: an id needs a letter or digit (A-Z, a-z, 0-9) for its logical id, got `ä`",
        ]
    );
}

#[test]
fn rejects_logical_ids_that_two_paths_give() {
    let mut stack = Stack::new("Example");
    stack.add("MyThing", thing());
    stack.add("My-Thing", thing());
    stack.parameter("My.Thing", Parameter::string());
    stack.output("Url", crate::Output::new("a"));
    stack.output("U-rl", crate::Output::new("b"));
    stack.condition("Is", Condition::equals("a", "b"));
    stack.condition("I-s", Condition::equals("a", "b"));
    stack.mapping("Map", Mapping::new().entry("a", "b", "c"));
    stack.mapping("M-ap", Mapping::new().entry("a", "b", "c"));
    assert_eq!(
        problems_of(stack),
        [
            "Example/My-Thing: its logical id `MyThing` is that of Example/MyThing too: change one of the ids",
            "Example/My.Thing: its logical id `MyThing` is taken: change its id",
            "Example/U-rl: its logical id `Url` is taken: change its id",
            "Example/I-s: its logical id `Is` is taken: change its id",
            "Example/M-ap: its logical id `Map` is taken: change its id",
        ]
    );
}

#[test]
fn rejects_stacks_of_one_id_or_name() {
    let stack = |id: &str| {
        let mut stack = Stack::new(id);
        stack.add("Thing", thing());
        stack
    };
    let mut stage = Stage::new("Prod");
    stage.add(stack("Net"));
    let parts = [
        stack("Net").into(),
        stack("Net").into(),
        stack("Other").stack_name("Net").into(),
        stack("Prod-Net").into(),
        stage.into(),
        Stage::new("Prod").into(),
        Stage::new("a b").into(),
    ];
    assert_eq!(
        problems(app(parts)),
        [
            "Net: the stack's id `Net` is taken: give one of them another id",
            "Prod: the stage's id `Prod` is taken: give one of them another id",
            "a b: a stage's id is letters, digits and hyphens, got `a b`",
            "Other: is deployed under the name `Net`, and so is Net: give one another `stack_name`",
            "Prod/Net: is deployed under the name `Prod-Net`, and so is Prod-Net: give one another `stack_name`",
        ]
    );
}

#[test]
fn rejects_two_stacks_for_one_file() {
    let stack = |id: &str, name: &str| {
        let mut stack = Stack::new(id).stack_name(name);
        stack.add("Thing", thing());
        stack
    };
    let mut stage = Stage::new("Prod");
    stage.add(stack("Net", "one"));
    assert_eq!(
        problems(app([stage.into(), stack("Prod-Net", "two").into()])),
        ["Prod-Net: has the artifact id `Prod-Net`, and so has Prod/Net: give one of them another id"]
    );
}

#[test]
fn rejects_names_that_cloudformation_refuses() {
    let mut stack = Stack::new("my_stack").environment(crate::Environment::new("123", "Frankfurt"));
    stack.add("Thing", thing());
    assert_eq!(
        problems_of(stack),
        [
            "my_stack: a stack's name is a letter, then at most 127 letters, digits and hyphens, got `my_stack`",
            "my_stack: an account id has 12 digits, got `123`",
            "my_stack: a region looks like `eu-central-1`, got `Frankfurt`",
        ]
    );
}

#[test]
fn default_is_left_out_of_logical_ids() {
    let mut stack = Stack::new("Example");
    let mut scope = stack.scope();
    let wrapped = scope.scope("Default").add("Thing", thing());
    assert_eq!(wrapped.logical_id(), "Thing");
}
