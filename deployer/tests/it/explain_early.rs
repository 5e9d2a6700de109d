//! What is told of failures while CloudFormation is still at work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use belvedere_deployer::{Connection, DeployError, DeployOptions, DestroyOptions, Event, Method, deploy, destroy};

use crate::deploy::{Kept, all, assembly};
use crate::explain::{BREAKER, SERVICE, TOLD, service, template};
use crate::fake_aws::{Reply, STACK, event, events, stack, start};
use crate::support::empty;

/// The roll back deletes the cluster and the log group: whoever asks afterwards hears nothing.
#[tokio::test]
async fn a_failure_is_explained_before_the_roll_back_deletes_what_could_tell() {
    let case = "a_failure_is_explained_before";
    let (created, asked) = (AtomicBool::new(false), Arc::new(AtomicBool::new(false)));
    let (looks, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let heard = asked.clone();
    let of_stack = |number, status: &str| {
        event(number, ["App", "AWS::CloudFormation::Stack", STACK], status, "User Initiated", "")
    };
    let server = start(move |call| match call.name.as_str() {
        "DescribeStacks" if !created.load(Ordering::SeqCst) => {
            Reply::Error("ValidationError", "Stack with id App does not exist".into())
        }
        "DescribeStacks" => stack("ROLLBACK_COMPLETE"),
        "CreateStack" => {
            created.store(true, Ordering::SeqCst);
            Reply::Xml(format!("<StackId>{STACK}</StackId>"))
        }
        "DescribeStackEvents" => {
            let mut all = vec![of_stack(0, "CREATE_IN_PROGRESS"), event(1, SERVICE, "CREATE_FAILED", BREAKER, "")];
            // The roll back goes on until somebody has asked for the log, or nobody does for long.
            let is_over = heard.load(Ordering::SeqCst) || looks.fetch_add(1, Ordering::SeqCst) > 20;
            if is_over {
                over.store(true, Ordering::SeqCst);
                all.push(of_stack(2, "ROLLBACK_COMPLETE"));
            }
            events(&all)
        }
        _ if over.load(Ordering::SeqCst) => Reply::Error("ClusterNotFoundException", "it is gone".into()),
        name => {
            if name == "GetLogEvents" {
                heard.store(true, Ordering::SeqCst);
            }
            service(call).unwrap_or(Reply::Error("AccessDeniedException", "not here".into()))
        }
    });
    let connection = Connection::new().region("eu-central-1").endpoint_url(&server.url);
    let clients = connection.credentials("123456789012", "not-a-secret", None).open().await.expect("it answers");
    let assembly = assembly(&empty(case), &[("App", template(), &[])]);
    let options = DeployOptions::new().method(Method::Direct);
    let error =
        deploy(&assembly, &all(&assembly), &clients, &options, &mut Kept::default()).await.expect_err("it fails");
    assert!(asked.load(Ordering::SeqCst), "the log was asked for while the roll back went on");
    let hint = error.hint().expect("what to do");
    assert!(hint.starts_with("the program ends by itself") && hint.ends_with("deploy again"), "{hint}");
    let DeployError::Failed { failures } = error else { panic!("{error}") };
    let details: String = TOLD.iter().map(|line| format!("  {line}\n")).collect();
    let expected = format!(
        "App/Api/Service/Service (AWS::ECS::Service) CREATE_FAILED: {BREAKER}\n{details}the stack is in ROLLBACK_COMPLETE"
    );
    assert_eq!(failures[0].text, expected);
}

#[tokio::test]
async fn a_deletion_that_fails_says_what_to_do() {
    let case = "a_deletion_that_fails";
    let deleted = AtomicBool::new(false);
    let of_stack = |number, status: &str| event(number, ["App", "AWS::CloudFormation::Stack", STACK], status, "", "");
    let server = start(move |call| match call.name.as_str() {
        "DescribeStacks" => stack("CREATE_COMPLETE"),
        "GetTemplate" => Reply::Xml(format!("<TemplateBody>{}</TemplateBody>", template())),
        "ListStackResources" => Reply::Xml("<StackResourceSummaries/>".to_owned()),
        "DeleteStack" => {
            deleted.store(true, Ordering::SeqCst);
            Reply::Xml(String::new())
        }
        "DescribeStackEvents" => {
            let mut all = vec![of_stack(0, "CREATE_COMPLETE")];
            if deleted.load(Ordering::SeqCst) {
                let group = ["Group", "AWS::EC2::SecurityGroup", "sg-1"];
                let reason = "resource sg-1 has a dependent object (Service: Ec2, Error Code: DependencyViolation)";
                all.extend([event(1, group, "DELETE_FAILED", reason, ""), of_stack(2, "DELETE_FAILED")]);
            }
            events(&all)
        }
        _ => Reply::Error("AccessDeniedException", "not here".into()),
    });
    let connection = Connection::new().region("eu-central-1").endpoint_url(&server.url);
    let clients = connection.credentials("123456789012", "not-a-secret", None).open().await.expect("it answers");
    let assembly = assembly(&empty(case), &[("App", template(), &[])]);
    let options = DestroyOptions::new().yes(true);
    let error = destroy(&all(&assembly), &clients, &options, &mut Kept::default()).await.expect_err("it fails");
    let expected = "App: Group (AWS::EC2::SecurityGroup) DELETE_FAILED: resource sg-1 has a dependent object (Service: Ec2, \
                    Error Code: DependencyViolation)\nthe stack is in DELETE_FAILED";
    assert_eq!(error.to_string(), expected);
    let hint = error.hint().expect("what to do");
    assert!(hint.starts_with("something that the stack does not know still uses it"), "{hint}");
    assert!(hint.ends_with("correct the cause and destroy again; what is gone stays gone"), "{hint}");
}

/// Without a circuit breaker, CloudFormation waits for three hours.
#[tokio::test]
async fn a_service_that_does_not_come_up_is_told_of_meanwhile() {
    let case = "a_service_that_does_not_come_up";
    let created = AtomicBool::new(false);
    let of_stack = |number, status: &str| event(number, ["App", "AWS::CloudFormation::Stack", STACK], status, "", "");
    let (told, looks) = (Arc::new(AtomicBool::new(false)), AtomicUsize::new(0));
    let is_told = told.clone();
    let server = start(move |call| match call.name.as_str() {
        "DescribeStacks" if !created.load(Ordering::SeqCst) => {
            Reply::Error("ValidationError", "Stack with id App does not exist".into())
        }
        "DescribeStacks" => stack("CREATE_COMPLETE"),
        "ListStackResources" => Reply::Xml("<StackResourceSummaries/>".to_owned()),
        "CreateStack" => {
            created.store(true, Ordering::SeqCst);
            Reply::Xml(format!("<StackId>{STACK}</StackId>"))
        }
        "DescribeStackEvents" => {
            let mut all = vec![of_stack(0, "CREATE_IN_PROGRESS"), event(1, SERVICE, "CREATE_IN_PROGRESS", "", "")];
            // Somebody corrects it once it is known, or without that after long.
            if is_told.load(Ordering::SeqCst) || looks.fetch_add(1, Ordering::SeqCst) > 20 {
                all.extend([event(2, SERVICE, "CREATE_COMPLETE", "", ""), of_stack(3, "CREATE_COMPLETE")]);
            }
            events(&all)
        }
        _ => service(call).unwrap_or(Reply::Error("AccessDeniedException", "not here".into())),
    });
    let connection = Connection::new().region("eu-central-1").endpoint_url(&server.url);
    let clients = connection.credentials("123456789012", "not-a-secret", None).open().await.expect("it answers");
    let assembly = assembly(&empty(case), &[("App", template(), &[])]);
    let mut notes = Vec::new();
    let mut report = |event: &Event| {
        if let Event::Note { text, .. } = event {
            notes.push(text.clone());
            told.store(true, Ordering::SeqCst);
        }
    };
    let options = DeployOptions::new().method(Method::Direct);
    deploy(&assembly, &all(&assembly), &clients, &options, &mut report).await.expect("it is deployed in the end");
    let expected = "App/Api/Service/Service does not come up: a task stopped (EssentialContainerExited): Essential container \
                    in task exited; its container web exited with 1; log of web: starting; log of web: DATABASE_URL is not \
                    set";
    assert_eq!(notes, [expected]);
}
