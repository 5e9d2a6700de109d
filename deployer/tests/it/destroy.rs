//! What a deletion finds beforehand, keeps, and proves afterwards.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use belvedere_deployer::{
    Clients, Connection, DeployError, DeployOptions, DestroyOptions, Event, Outcome, Question, Report, deploy, destroy,
};
use serde_json::{Value, json};

use crate::deploy::{Kept, all, assembly, stacks_of};
use crate::emulator::{Emulator, tool_or_skip};
use crate::fake_aws::{Reply, STACK, event, events, stack, start};
use crate::proxy::{Fate, Proxy};
use crate::support::{belvedere, empty, run};

async fn connect(url: &str) -> Clients {
    let connection = Connection::new().region("eu-central-1").endpoint_url(url);
    connection.credentials("123456789012", "not-a-secret", None).open().await.expect("the emulator answers")
}

/// Runs a script of boto3, which is not ours, and returns what it prints.
fn boto3(emulator: &Emulator, script: &str) -> String {
    let python = tool_or_skip("boto3", "ministack/bin/python").expect("the emulator runs by it");
    let output = Command::new(python)
        .args(["-c", &format!("import boto3\n{script}")])
        .envs(emulator.variables())
        .env("AWS_DEFAULT_REGION", "eu-central-1")
        .output()
        .expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

fn template() -> Value {
    let path = |path: &str| json!({"aws:cdk:path": path});
    json!({"Resources": {
        "Logs": {
            "Type": "AWS::Logs::LogGroup", "DeletionPolicy": "Retain", "Metadata": path("App/Logs/Resource"),
            "Properties": {"LogGroupName": "/the/app"},
        },
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "orders"}, "Metadata": path("App/Queue/Resource")},
        "Files": {
            "Type": "AWS::EFS::FileSystem", "Metadata": path("App/Files/Resource"),
            "Properties": {"BackupPolicy": {"Status": "ENABLED"}},
        },
    }})
}

fn notes(kept: &Kept) -> Vec<&str> {
    let notes = kept.events.iter().filter_map(|event| match event {
        Event::Note { text, .. } => Some(text.as_str()),
        _ => None,
    });
    notes.collect()
}

async fn deployed(case: &str, template: Value, clients: &Clients) -> belvedere_deployer::Assembly {
    let assembly = assembly(&empty(case), &[("App", template, &[])]);
    deploy(&assembly, &all(&assembly), clients, &DeployOptions::new(), &mut Kept::default()).await.expect("deployed");
    assembly
}

/// What an outcome says in JSON of its only stack.
fn told(outcome: &Outcome) -> Value {
    serde_json::to_value(outcome).expect("JSON")["stacks"][0].clone()
}

#[tokio::test]
async fn what_is_kept_is_listed_and_nothing_else_is_left() {
    let case = "what_is_kept_is_listed";
    let Some(emulator) = Emulator::start(case) else { return };
    let clients = connect(&emulator.url).await;
    let assembly = deployed(case, template(), &clients).await;
    let mut kept = Kept::default();
    let options = DestroyOptions::new();
    destroy(&all(&assembly), &clients, &options, &mut kept).await.expect_err("nobody approves");
    let beforehand = [
        "the log group /the/app (Logs) is kept; its name is in the way when the stack is created again",
        "(Files) stay in AWS Backup",
    ];
    let known = notes(&kept).join("\n");
    assert!(beforehand.iter().all(|text| known.contains(text)), "{known}");
    assert_eq!(stacks_of(&emulator), ["App"], "nothing is touched");
    let mut kept = Kept::default();
    let outcome = destroy(&all(&assembly), &clients, &options.yes(true), &mut kept).await.expect("destroyed");
    let expected = json!([{
        "logicalId": "Logs",
        "path": "App/Logs",
        "resourceType": "AWS::Logs::LogGroup",
        "physicalId": "/the/app",
        "snapshot": false,
        "byHand": "aws logs delete-log-group --log-group-name /the/app",
    }]);
    let told = told(&outcome);
    assert_eq!((&told["retained"], &told["left"], &told["cleared"]), (&expected, &json!([]), &json!([])));
    let note = "App/Logs (AWS::Logs::LogGroup) is kept, as its removal policy says: /the/app; to delete it: aws logs \
                delete-log-group --log-group-name /the/app";
    assert!(notes(&kept).contains(&note), "{:?}", notes(&kept));
    let groups = "print([g['logGroupName'] for g in boto3.client('logs').describe_log_groups()['logGroups']])";
    assert_eq!(boto3(&emulator, groups), "['/the/app']");
}

#[tokio::test]
async fn what_is_left_is_found_by_its_tag() {
    let case = "what_is_left_is_found";
    let Some(emulator) = Emulator::start(case) else { return };
    let clients = connect(&emulator.url).await;
    let assembly = deployed(case, template(), &clients).await;
    // Something that has the tag of the stack, and that the stack knows nothing of.
    let orphan = "stack = boto3.client('cloudformation').describe_stacks(StackName='App')['Stacks'][0]['StackId']\n\
                  topic = boto3.client('sns').create_topic(Name='orphan')['TopicArn']\n\
                  boto3.client('sns').tag_resource(ResourceArn=topic, Tags=[\
                  {'Key': 'aws:cloudformation:stack-id', 'Value': stack}])\n\
                  print(topic)";
    let arn = boto3(&emulator, orphan);
    let mut kept = Kept::default();
    let outcome = destroy(&all(&assembly), &clients, &DestroyOptions::new().yes(true), &mut kept).await;
    assert_eq!(told(&outcome.expect("destroyed"))["left"], json!([arn]));
    assert!(
        notes(&kept).iter().any(|note| note.starts_with(&format!("{arn} still has the tag"))),
        "{:?}",
        notes(&kept)
    );
    let waited =
        kept.events.iter().any(|event| matches!(event, Event::Waiting { what, .. } if what.contains("index of tags")));
    assert!(waited, "the index of tags may lag behind");
}

#[tokio::test]
async fn what_cannot_be_proven_is_said_to_be_so() {
    let case = "what_cannot_be_proven";
    let Some(emulator) = Emulator::start(case) else { return };
    let judge = |_: usize, name: &str| match name {
        "resourcegroupstaggingapi_20170126.getresources" => Fate::Refused(403, "AccessDeniedException"),
        _ => Fate::Passes,
    };
    let proxy = Proxy::start(&emulator.url, Arc::new(judge)).await;
    let clients = connect(&proxy.url).await;
    let assembly = deployed(case, template(), &clients).await;
    let mut kept = Kept::default();
    let outcome = destroy(&all(&assembly), &clients, &DestroyOptions::new().yes(true), &mut kept).await;
    assert_eq!(told(&outcome.expect("destroyed"))["left"], Value::Null);
    let note = "the stack is gone; that nothing is left is not proven: tag:GetResources failed";
    assert!(notes(&kept).iter().any(|text| text.starts_with(note)), "{:?}", notes(&kept));
}

/// Refuses, and keeps what it was asked.
#[derive(Default)]
struct Asked(Vec<Question>);

impl Report for Asked {
    fn event(&mut self, _: &Event) {}

    fn approve(&mut self, question: &Question) -> bool {
        self.0.push(question.clone());
        false
    }
}

#[tokio::test]
async fn all_that_blocks_is_told_at_once() {
    let case = "all_that_blocks_is_told";
    let Some(emulator) = Emulator::start(case) else { return };
    let clients = connect(&emulator.url).await;
    let net = json!({
        "Resources": {
            "Documents": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "documents-of-the-net"}},
            "Orders": {"Type": "AWS::DynamoDB::Table", "Properties": {
                "TableName": "orders", "DeletionProtectionEnabled": true, "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            }},
            "Images": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryName": "images-of-the-net"}},
            "Balancer": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {
                "Name": "front", "Type": "application",
                "LoadBalancerAttributes": [{"Key": "deletion_protection.enabled", "Value": "true"}],
            }},
        },
        "Outputs": {"Bucket": {"Value": {"Ref": "Documents"}, "Export": {"Name": "net-documents"}}},
    });
    let user = json!({"Resources": {"Topic": {
        "Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": "net-documents"}},
    }}});
    let assembly = assembly(&empty(case), &[("Net", net, &[]), ("User", user, &["Net"])]);
    deploy(&assembly, &all(&assembly), &clients, &DeployOptions::new(), &mut Kept::default()).await.expect("deployed");
    boto3(&emulator, "boto3.client('s3').put_object(Bucket='documents-of-the-net', Key='a', Body=b'b')");
    let protect = "elb = boto3.client('elbv2')\n\
                   arn = elb.describe_load_balancers()['LoadBalancers'][0]['LoadBalancerArn']\n\
                   elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[\
                   {'Key': 'deletion_protection.enabled', 'Value': 'true'}])\n\
                   print(arn)";
    let balancer = boto3(&emulator, protect);
    let net: Vec<_> = assembly.stacks.iter().filter(|stack| stack.display_name == "Net").collect();
    let error = destroy(&net, &clients, &DestroyOptions::new().yes(true), &mut Kept::default()).await;
    let DeployError::Failed { failures } = error.expect_err("it is blocked") else { panic!("another error") };
    let mut texts: Vec<&str> = failures.iter().map(|failure| failure.text.as_str()).collect();
    texts.sort_unstable();
    let protected = format!("{balancer} (Balancer, AWS::ElasticLoadBalancingV2::LoadBalancer) has deletion protection");
    let mut expected = [
        protected.as_str(),
        "orders (Orders, AWS::DynamoDB::Table) has deletion protection",
        "the bucket documents-of-the-net (Documents) has objects",
        "the export net-documents is used by User",
    ];
    expected.sort_unstable();
    assert_eq!(texts, expected);
    assert!(failures.iter().all(|failure| failure.hint.is_some()));
    assert_eq!(stacks_of(&emulator), ["Net", "User"], "nothing is touched");

    // With the one that uses the export and by force, whoever is asked is told what is taken out of the way.
    let mut asked = Asked::default();
    let forced = DestroyOptions::new().force(true);
    destroy(&all(&assembly), &clients, &forced, &mut asked).await.expect_err("nobody approves");
    let details = &asked.0[0].details;
    assert!(details.contains(&format!("Net: {protected}; that is taken away")), "{details:?}");
    boto3(&emulator, "boto3.client('dynamodb').update_table(TableName='orders', DeletionProtectionEnabled=False)");
    let outcome = destroy(&all(&assembly), &clients, &forced.yes(true), &mut Kept::default()).await.expect("destroyed");
    let net = outcome.stacks.iter().find(|stack| stack.stack == "Net").expect("it was there");
    let cleared = &net.removal.as_ref().expect("it was deleted").cleared;
    assert!(cleared.contains(&"the bucket documents-of-the-net (Documents) has objects".to_owned()), "{cleared:?}");
    assert!(stacks_of(&emulator).is_empty());
    let attributes = "print(len(boto3.client('elbv2').describe_load_balancers()['LoadBalancers']))";
    assert_eq!(boto3(&emulator, attributes), "0");
}

#[test]
fn the_result_of_the_program_has_what_is_kept_and_left() {
    let case = "the_result_of_the_program";
    let Some(emulator) = Emulator::start(case) else { return };
    let directory = empty(case);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async { deployed(case, template(), &connect(&emulator.url).await).await });
    let destroy = ["destroy", "App", "--yes", "--app", ".", "--output", "json"];
    let outcome = run(belvedere(&directory).envs(emulator.variables()).args(destroy)).ok();
    let outcome: Value = serde_json::from_str(&outcome).expect("one JSON document");
    let stack = &outcome["stacks"][0];
    assert_eq!((&stack["result"], &stack["left"]), (&json!("destroyed"), &json!([])));
    assert_eq!(stack["retained"][0]["physicalId"], "/the/app");
}

/// The events of a nested stack are its own: what is kept there is kept on purpose all the same.
#[tokio::test]
async fn what_a_nested_stack_keeps_is_not_left() {
    let case = "what_a_nested_stack_keeps";
    let nested = "arn:aws:cloudformation:eu-central-1:123456789012:stack/Nested/2";
    let deleted = AtomicBool::new(false);
    let server = start(move |call| match call.name.as_str() {
        "DescribeStacks" => stack("CREATE_COMPLETE"),
        "GetTemplate" => Reply::Xml(format!("<TemplateBody>{}</TemplateBody>", template())),
        "ListStackResources" => Reply::Xml("<StackResourceSummaries/>".to_owned()),
        "DeleteStack" => {
            deleted.store(true, Ordering::SeqCst);
            Reply::Xml(String::new())
        }
        "DescribeStackEvents" if call.form("StackName").is_some_and(|name| name.ends_with("Nested%2F2")) => events(&[
            event(1, ["Nested", "AWS::CloudFormation::Stack", nested], "DELETE_IN_PROGRESS", "", ""),
            event(2, ["Images", "AWS::ECR::Repository", "kept-images"], "DELETE_SKIPPED", "", ""),
        ]),
        "DescribeStackEvents" => {
            let mut all = vec![event(0, ["App", "AWS::CloudFormation::Stack", STACK], "CREATE_COMPLETE", "", "")];
            if deleted.load(Ordering::SeqCst) {
                all.push(event(3, ["Nested", "AWS::CloudFormation::Stack", nested], "DELETE_COMPLETE", "", ""));
                all.push(event(4, ["App", "AWS::CloudFormation::Stack", STACK], "DELETE_COMPLETE", "", ""));
            }
            events(&all)
        }
        "GetResources" => {
            let asked = call.json();
            assert_eq!(asked["TagFilters"][0]["Values"], json!([STACK, nested]));
            let arn = "arn:aws:ecr:eu-central-1:123456789012:repository/kept-images";
            Reply::Json(json!({"ResourceTagMappingList": [{"ResourceARN": arn}], "PaginationToken": ""}))
        }
        name => panic!("{name}"),
    });
    let clients = connect(&server.url).await;
    let assembly = assembly(&empty(case), &[("App", template(), &[])]);
    let outcome = destroy(&all(&assembly), &clients, &DestroyOptions::new().yes(true), &mut Kept::default()).await;
    let told = told(&outcome.expect("destroyed"));
    assert_eq!((&told["left"], &told["retained"][0]["logicalId"]), (&json!([]), &json!("Images")));
}
