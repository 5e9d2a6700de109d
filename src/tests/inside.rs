//! References inside one stack.

use super::{lost, problems_of, thing};
use crate::cfn::{ConditionRef, Expr, Intrinsic, MappingRef, Target, functions};
use crate::{Output, Resource, Stack, Value};

#[test]
fn rejects_references_to_what_is_not_there() {
    let mut stack = Stack::new("Example");
    let nobody = ConditionRef::new("Nobody");
    stack.add("Ref", thing().property("To", lost()).property("Again", lost()));
    stack.add("Wait", thing().depends_on(&Target::local("Nowhere")));
    stack.add("When", thing().when(&nobody));
    stack.add("If", thing().property("A", functions::condition::<String>(&nobody, "a", "b")));
    let map = MappingRef::new("Nomap");
    stack.add("Map", thing().property("A", functions::find_in_map::<String>(&map, "a", "b")));
    let text = functions::sub("${Nosub.Arn} ${!Kept} ${AWS::Region} ${known} ${If}", [("known", "x")]);
    stack.add("Sub", thing().property("A", text));
    stack.output("Out", Output::new(Value::<String>::from_expr(lost())).when(&nobody));
    let end = "of stack `Example`: add it, or correct the name";
    let neither = "which is neither a resource nor a parameter";
    assert_eq!(
        problems_of(stack),
        [
            format!("Example/Ref: refers to `Nowhere`, {neither} {end}"),
            format!("Example/Wait: refers to `Nowhere`, {neither} {end}"),
            format!("Example/When: refers to `Nobody`, which is no condition {end}"),
            format!("Example/If: refers to `Nobody`, which is no condition {end}"),
            format!("Example/Map: refers to `Nomap`, which is no mapping {end}"),
            format!("Example/Sub: refers to `Nosub`, {neither} {end}"),
            format!("Example/Out: refers to `Nowhere`, {neither} {end}"),
            format!("Example/Out: refers to `Nobody`, which is no condition {end}"),
        ]
    );
}

#[test]
fn rejects_circles_and_names_every_path() {
    let mut stack = Stack::new("Example");
    let at = |id: &'static str| -> Expr { Intrinsic::Ref(Target::local(id)).into() };
    stack.add("A", thing().property("To", at("B")));
    stack.add("B", thing().property("To", functions::sub("x ${C.Arn}", [] as [(&str, &str); 0])));
    stack.add("C", thing().depends_on(&Target::local("A")));
    stack.add("D", thing().property("To", at("D")));
    assert_eq!(
        problems_of(stack),
        [
            "Example/A: waits for itself: Example/A -> Example/B -> Example/C -> Example/A; break the circle, for example with a rule or policy that is a resource of its own",
            "Example/D: waits for itself: Example/D -> Example/D; break the circle, for example with a rule or policy that is a resource of its own",
        ]
    );
}

#[test]
fn a_long_chain_is_no_circle() {
    let mut stack = Stack::new("Example");
    for number in 0..500_u32 {
        let next: Expr = Intrinsic::Ref(Target::local(format!("T{}", number + 1))).into();
        let link = thing();
        stack.add(format!("T{number}"), if number == 499 { link } else { link.property("Next", next) });
    }
    crate::testing::Template::from_stack(stack).expect("a chain ends");
}
