//! `belvedere diagnose` and what a deployment says of its failure, on an emulator that nobody here wrote.

use std::path::Path;

use belvedere_deployer::{Clients, Connection, DeployError, DeployOptions, Stack, deploy};
use serde_json::{Value, json};

use crate::deploy::{Kept, all, assembly, topic};
use crate::emulator::Emulator;
use crate::support::{Run, belvedere, empty, run};

async fn connect(emulator: &Emulator) -> Clients {
    let connection = Connection::new().region("eu-central-1").endpoint_url(&emulator.url);
    connection.credentials("123456789012", "not-a-secret", None).open().await.expect("the emulator answers")
}

fn diagnose(emulator: &Emulator, directory: &Path, arguments: &[&str]) -> Run {
    run(belvedere(directory).envs(emulator.variables()).args(["diagnose", "--app", "."]).args(arguments))
}

/// A service that runs, and a function that is there.
fn serving() -> Value {
    json!({"Resources": {
        "Cluster": {"Type": "AWS::ECS::Cluster"},
        "Task": {"Type": "AWS::ECS::TaskDefinition", "Properties": {
            "Family": "api", "ContainerDefinitions": [{"Name": "web", "Image": "web", "Memory": 64}],
        }},
        "Api": {"Type": "AWS::ECS::Service", "Properties": {
            "Cluster": {"Ref": "Cluster"}, "TaskDefinition": {"Ref": "Task"}, "DesiredCount": 1,
        }, "Metadata": {"aws:cdk:path": "Good/Api/Service"}},
    }})
}

#[tokio::test]
async fn a_stack_that_is_well_is_said_to_be_so_and_one_that_failed_why() {
    let case = "a_stack_that_is_well";
    let Some(emulator) = Emulator::start(case) else { return };
    let clients = connect(&emulator).await;
    let directory = empty(case);
    let mut waits = topic("Bad", "one");
    waits["Resources"]["Handle"] = json!({"Type": "AWS::CloudFormation::WaitConditionHandle"});
    waits["Resources"]["Ready"] = json!({
        "Type": "AWS::CloudFormation::WaitCondition",
        "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "1", "Count": 1},
        "Metadata": {"aws:cdk:path": "Bad/Host/Ready"},
    });
    let stacks: [(&str, Value, &[&str]); 3] =
        [("Good", serving(), &[]), ("Bad", waits, &[]), ("Later", topic("Later", "x"), &[])];
    let assembly = assembly(&directory, &stacks);
    let two: Vec<&Stack> = all(&assembly).into_iter().filter(|stack| stack.display_name != "Later").collect();
    let error = deploy(&assembly, &two, &clients, &DeployOptions::new(), &mut Kept::default()).await;
    let DeployError::Failed { failures } = error.expect_err("one of them fails") else { panic!("another error") };
    let [failure] = failures.as_slice() else { panic!("{failures:?}") };
    let log = "\n  the host's own log says why: /var/log/cloud-init-output.log";
    assert!(failure.text.starts_with("Bad/Host/Ready (AWS::CloudFormation::WaitCondition) CREATE_FAILED"), "{failure}");
    assert!(failure.text.contains(log), "{failure}");
    let hint = failure.hint.as_deref().expect("what to do");
    assert!(hint.starts_with("see the host's own log; deploy with --no-rollback"), "{hint}");

    let good = diagnose(&emulator, &directory, &["Good"]).ok();
    let expected =
        "Good in eu-central-1: CREATE_COMPLETE, the stack was created\n  it is well, and what it has serves\n";
    assert_eq!(good, expected);
    let later = diagnose(&emulator, &directory, &["Later"]).ok();
    assert_eq!(later, "Later in eu-central-1: it is not deployed\n");
    let all = diagnose(&emulator, &directory, &[]);
    assert_eq!((all.code, all.stderr.as_str()), (Some(4), "error: one stack is not well\n"));
    assert!(all.stdout.contains("CREATE_FAILED Bad/Host/Ready (AWS::CloudFormation::WaitCondition)"), "{}", all.stdout);
    assert!(all.stdout.contains("      the host's own log says why: /var/log/cloud-init-output.log"), "{}", all.stdout);
    let json: Value =
        serde_json::from_str(&diagnose(&emulator, &directory, &["--output", "json"]).stdout).expect("JSON");
    let well: Vec<(&Value, &Value)> =
        json.as_array().expect("a list").iter().map(|one| (&one["stack"], &one["well"])).collect();
    let expected = [("Bad", false), ("Good", true), ("Later", true)].map(|(name, well)| (json!(name), json!(well)));
    assert_eq!(well, expected.iter().map(|(name, well)| (name, well)).collect::<Vec<_>>());
    assert!(!json.to_string().contains("not-a-secret"));
}
