//! Reading assemblies, and refusing what is none.

use std::error::Error;

use belvedere_deployer::{Assembly, AssemblyError, Environment, Level};

use crate::support::fixture;

#[test]
fn stacks_come_after_what_they_depend_on() {
    let assembly = Assembly::read(&fixture("two-stacks-and-a-stage")).expect("a whole assembly");
    let names: Vec<&str> = assembly.stacks.iter().map(|stack| stack.display_name.as_str()).collect();
    assert_eq!(names, ["Net", "App", "Prod/Z", "Prod/A"]);
    let dependencies: Vec<_> = assembly.stacks.iter().map(|stack| stack.dependencies.join(" ")).collect();
    assert_eq!(dependencies, ["", "Net", "Net", "Net Prod/Z"], "a stage hands its dependencies to its stacks");
}

#[test]
fn a_stack_is_read_with_its_template_and_its_notes() {
    let assembly = Assembly::read(&fixture("two-stacks-and-a-stage")).expect("a whole assembly");
    let app = &assembly.stacks[1];
    assert_eq!((app.id.as_str(), app.stack_name.as_str()), ("App", "obs-app"));
    assert_eq!(Some(&app.environment), Environment::parse("aws://123456789012/eu-west-1").as_ref());
    let resources: Vec<_> = app.resources.iter().map(|(service, count)| (service.as_str(), *count)).collect();
    assert_eq!(resources, [("Custom", 1), ("ECS", 2)]);
    let outputs: Vec<_> = app.outputs.iter().map(|output| (&*output.name, output.description.as_deref())).collect();
    assert_eq!(outputs, [("Name", None), ("Url", Some("Where the service answers"))]);
    let messages: Vec<_> = app.messages.iter().map(|note| (note.level, &*note.path, &*note.text)).collect();
    assert_eq!(messages, [(Level::Warning, "App/Service", "one task only"), (Level::Info, "App/Url", "plain HTTP")]);
}

fn refused(situation: &str) -> AssemblyError {
    Assembly::read(&fixture(situation)).expect_err("it must be refused")
}

/// The error, without the place that the fixtures happen to have.
fn text(error: &AssemblyError) -> String {
    error.to_string().replace(&format!("{}/", fixture("").display().to_string().trim_end_matches('/')), "")
}

#[test]
fn fails_where_there_is_no_assembly() {
    for situation in ["", "not-there"] {
        let error = refused(situation);
        assert!(matches!(error, AssemblyError::NotFound { .. }), "{error:?}");
        assert!(error.hint().contains("--app"));
    }
}

#[test]
fn fails_on_files_that_are_cut_short() {
    for (situation, file) in [("truncated-manifest", "manifest.json"), ("truncated-template", "Net.template.json")] {
        let error = refused(situation);
        assert_eq!(text(&error), format!("{situation}/{file} is damaged"));
        assert!(error.source().is_some_and(|source| source.to_string().starts_with("EOF while parsing")));
        assert_eq!(error.hint(), "the file is cut short; synthesize again");
    }
}

#[test]
fn fails_on_a_format_from_the_future() {
    let error = refused("manifest-from-the-future");
    let expected =
        "manifest-from-the-future/manifest.json has version 56.0.0 of the format; this program reads up to 55.x";
    assert_eq!(text(&error), expected);
    assert!(error.hint().contains("update"));
    assert!(matches!(refused("assets-from-the-future"), AssemblyError::TooNew { .. }));
}

#[test]
fn fails_without_a_version() {
    let error = refused("manifest-without-version");
    let expected = "manifest-without-version/manifest.json must have a version such as 36.0.0, got \"\"";
    assert_eq!(text(&error), expected);
}

#[test]
fn fails_on_paths_that_lead_out() {
    let error = refused("template-outside");
    let name = "assets/../../two-stacks-and-a-stage/Net.template.json";
    let expected = format!("template-outside/manifest.json names {name:?}, which is outside the assembly");
    assert_eq!(text(&error), expected);
    for situation in ["asset-outside", "nested-in-itself"] {
        let error = refused(situation);
        assert!(matches!(error, AssemblyError::Outside { .. }), "{error:?}");
    }
}

#[cfg(unix)]
#[test]
fn fails_on_a_link_that_leads_out() {
    let directory = crate::support::empty("link-outside");
    let manifest = fixture("missing-template").join("manifest.json");
    std::fs::copy(manifest, directory.join("manifest.json")).expect("copied");
    let template = fixture("two-stacks-and-a-stage").join("Net.template.json");
    std::os::unix::fs::symlink(template, directory.join("Net.template.json")).expect("linked");
    let error = Assembly::read(&directory).expect_err("the template is elsewhere");
    assert!(matches!(error, AssemblyError::Outside { .. }), "{error:?}");
}

#[test]
fn fails_where_a_file_is_missing() {
    let missing = [
        ("missing-template", "Net.template.json", "manifest.json"),
        ("missing-asset", "asset.image", "Net.assets.json"),
        ("nested-without-manifest", "assembly-Stage/manifest.json", "manifest.json"),
    ];
    for (situation, path, file) in missing {
        let expected = format!("{situation}/{path} is missing; {situation}/{file} names it");
        assert_eq!(text(&refused(situation)), expected);
    }
}

#[test]
fn fails_on_a_stack_that_is_not_whole() {
    let error = refused("stack-without-template");
    assert_eq!(text(&error), "stack-without-template/manifest.json: artifact \"Net\" has wrong properties");
    let error = refused("stack-without-environment");
    assert!(text(&error).ends_with("must have an environment such as aws://123456789012/eu-west-1, got \"\""));
}

#[test]
fn fails_on_dependencies_that_cannot_be() {
    let error = refused("unknown-dependency");
    let expected = "unknown-dependency/manifest.json: artifact \"Net\" depends on \"Base\", which is not there";
    assert_eq!(text(&error), expected);
    let error = refused("circle");
    let expected = "no stack of these can be the first, for each depends on another: A, B";
    assert_eq!(text(&error), expected);
}
