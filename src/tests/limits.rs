//! CloudFormation's quotas.

use super::{problems_of, thing};
use crate::Stack;
use crate::cfn::{Mapping, Parameter};
use crate::testing::Template;

fn with_things(count: usize) -> Stack {
    let mut stack = Stack::new("Example");
    for number in 0..count {
        stack.add(format!("T{number}"), thing());
    }
    stack
}

#[test]
fn five_hundred_resources_are_the_most() {
    Template::from_stack(with_things(500)).expect("500 are allowed");
    assert_eq!(
        problems_of(with_things(501)),
        ["Example: has 501 resources, and a stack has at most 500: move some to a stack of their own"]
    );
}

#[test]
fn other_sections_have_limits_too() {
    let mut stack = with_things(1);
    for number in 0..201 {
        stack.output(format!("O{number}"), crate::Output::new("x"));
        stack.parameter(format!("P{number}"), Parameter::string());
        stack.mapping(format!("M{number}"), Mapping::new().entry("a", "b", "c"));
    }
    let found = problems_of(stack);
    for section in ["outputs", "parameters", "mappings"] {
        let wanted = format!("Example: has 201 {section}, and a stack has at most 200");
        assert!(found.iter().any(|problem| problem.starts_with(&wanted)), "{wanted}: {found:#?}");
    }
}

#[test]
fn rejects_a_template_over_a_megabyte() {
    let mut stack = Stack::new("Example");
    for number in 0..11 {
        stack.add(format!("T{number}"), thing().property("Text", "x".repeat(100_000)));
    }
    let found = problems_of(stack);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("Example: has a template of 11"), "{}", found[0]);
    assert!(found[0].contains("takes at most 1048576: move some resources"), "{}", found[0]);
}

#[test]
fn rejects_a_stack_without_resources() {
    assert_eq!(
        problems_of(Stack::new("Example")),
        ["Example: has no resources, and CloudFormation deploys no empty stack: add one, or leave the stack out"]
    );
}
