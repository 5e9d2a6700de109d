//! What a careless user sees: everything that is wrong, in one error, and the last good output left as it was.

use std::error::Error as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use belvedere::cfn::sns::CfnTopic;
use belvedere::sqs::Queue;
use belvedere::ssm::StringParameter;
use belvedere::{App, CfnResource, Stack, SynthError};

use crate::tools;

fn sound() -> Stack {
    let mut stack = Stack::new("Sound");
    stack.add("Topic", CfnTopic::new());
    stack
}

/// A stack whose template has at least this many bytes.
fn stack_of_size(id: &str, bytes: usize) -> Stack {
    let mut stack = Stack::new(id);
    for number in 0..bytes.div_ceil(4_000) {
        let filler = CfnResource::new("AWS::SSM::Parameter").property("Type", "String");
        stack.add(format!("Filler{number}"), filler.property("Value", "x".repeat(4_000)));
    }
    stack
}

fn bad_ids() -> Stack {
    let mut stack = Stack::new("Ids");
    for id in ["Twice", "Twice", "", "With/Slash", "---"] {
        stack.add(id, CfnTopic::new());
    }
    stack
}

fn circle() -> Stack {
    let mut stack = Stack::new("Circle");
    let one = stack.add("One", CfnTopic::new());
    let other = stack.add("Other", CfnTopic::new());
    stack.scope().depend(&one, &other);
    stack.scope().depend(&other, &one);
    stack
}

fn stacks_in_a_circle() -> [Stack; 2] {
    let (mut east, mut west) = (Stack::new("East"), Stack::new("West"));
    let topic = east.add("Topic", CfnTopic::new());
    let other = west.add("Topic", CfnTopic::new());
    east.add("Needs", StringParameter::new(other.topic_arn()));
    west.add("Needs", StringParameter::new(topic.topic_arn()));
    [east, west]
}

fn dangling() -> Stack {
    let mut forgotten = Stack::new("Forgotten");
    let topic = forgotten.add("Topic", CfnTopic::new());
    let mut stack = Stack::new("Dangling");
    stack.add("Needs", StringParameter::new(topic.topic_arn()));
    stack
}

fn crowded() -> Stack {
    let mut stack = Stack::new("Crowded");
    for number in 0..501 {
        stack.add(format!("Topic{number}"), CfnTopic::new());
    }
    stack
}

fn out_of_range() -> Stack {
    let mut stack = Stack::new("Range");
    stack.add("Queue", Queue::new().visibility_timeout(Duration::from_secs(43_201)));
    stack
}

/// Every mistake in one app.
fn careless(directory: &Path) -> App {
    let mut app = App::new().out_dir(directory);
    app.add(sound());
    app.add(bad_ids());
    app.add(circle());
    stacks_in_a_circle().into_iter().for_each(|stack| app.add(stack));
    app.add(dangling());
    app.add(crowded());
    app.add(stack_of_size("Huge", 1_200_000));
    app.add(out_of_range());
    app
}

#[test]
fn everything_wrong_is_in_one_error() {
    let folder = tools::scratch("bad-everything").join("out");
    let error = careless(&folder).synth().expect_err("nothing of it can be deployed");
    assert!(!folder.exists(), "something was written");
    let text = error.to_string();
    let SynthError::Invalid { problems, .. } = error else { panic!("{text}") };
    let expected: &[(&str, &[&str])] = &[
        ("Ids/Twice", &["`Twice`", "tests/it/bad_input.rs:"]),
        ("Ids", &["must not be empty"]),
        ("Ids/With/Slash", &["`/`"]),
        ("Ids/---", &["needs a letter or digit"]),
        ("Circle/One", &["Circle/One -> Circle/Other -> Circle/One"]),
        ("East", &["East/Needs/Resource needs West/Topic", "West/Needs/Resource needs East/Topic"]),
        ("Dangling/Needs/Resource", &["`Topic` of a stack that was not added"]),
        ("Crowded", &["501", "500"]),
        ("Huge", &["1048576", "bytes"]),
        ("Range/Queue", &["43200", "43201"]),
    ];
    for (path, words) in expected {
        let found = problems.iter().find(|problem| {
            problem.path == *path && words.iter().all(|word| problem.message.replace(',', "").contains(word))
        });
        assert!(found.is_some(), "{path} with {words:?} is missing:\n{text}");
    }
    assert_eq!(problems.len(), expected.len(), "{text}");
    for problem in &problems {
        let location = problem.location.unwrap_or_else(|| panic!("{problem} has no place"));
        assert!(location.file().ends_with("it/bad_input.rs"), "{problem}");
        let line = format!("\n  {}: {} ({}:{})", problem.path, problem.message, location.file(), location.line());
        assert!(text.contains(&line), "{line} is not in:\n{text}");
    }
    assert!(text.starts_with("10 problems\n"), "{text}");
}

#[test]
fn an_error_leaves_the_last_good_assembly() {
    let parent = tools::scratch("bad-keeps");
    let folder = parent.join("out");
    let mut app = App::new().out_dir(&folder);
    app.add(sound());
    app.synth().expect("it is sound");
    let before = tools::files(&parent);
    assert!(before.len() >= 3, "{:?}", before.keys());
    careless(&folder).synth().expect_err("nothing of it can be deployed");
    assert!(before == tools::files(&parent), "the last good assembly was touched");
}

#[test]
fn a_file_in_the_way_is_left_alone() {
    let parent = tools::scratch("bad-file");
    fs::write(parent.join("out"), "precious").expect("the scratch folder is writable");
    for folder in [parent.join("out"), parent.join("out/below")] {
        let mut app = App::new().out_dir(&folder);
        app.add(sound());
        let error = app.synth().expect_err("a file is no directory");
        let text = error.to_string();
        assert!(matches!(error, SynthError::Write { .. }), "{text}");
        assert!(text.contains(&folder.display().to_string()), "{text}");
        assert!(error.source().is_some(), "{text}: the system's reason is lost");
    }
    assert_eq!(tools::files(&parent).into_values().collect::<Vec<_>>(), [b"precious"]);
}

#[test]
fn files_of_the_user_are_left_alone() {
    let parent = tools::scratch("bad-foreign");
    let folder = parent.join("out");
    let write = || {
        let mut app = App::new().out_dir(&folder);
        app.add(sound());
        app.synth()
    };
    write().expect("it is sound");
    fs::write(folder.join("notes.txt"), "precious").expect("the assembly is writable");
    let before = tools::files(&parent);
    let error = write().expect_err("the directory is not only an assembly's");
    let text = error.to_string();
    assert!(matches!(error, SynthError::NotAnAssembly { .. }), "{text}");
    assert!(text.contains("notes.txt") && text.contains(&folder.display().to_string()), "{text}");
    assert!(before == tools::files(&parent), "something was touched");
}

#[test]
fn a_template_too_large_for_a_request_is_deployed_from_a_bucket() {
    let mut app = App::new().out_dir(tools::scratch("bad-large"));
    app.add(sound());
    app.add(stack_of_size("Large", 100_000));
    let assembly = app.synth().expect("CloudFormation takes up to 1 MB from a bucket");
    let stack = |path: &str| assembly.stacks().iter().find(|stack| stack.path == path).expect("it was added");
    assert!(stack("Large").template_bytes > 51_200);
    assert_eq!(stack("Sound").from_bucket, None);
    let bucket = stack("Large").from_bucket.as_deref().expect("it is too large for a request");
    let summary = assembly.to_string();
    assert!(summary.contains(&format!("deployed from bucket {bucket}")), "{summary}");
    assert_eq!(summary.matches("deployed from bucket").count(), 1, "{summary}");
}
