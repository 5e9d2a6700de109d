//! What each command does and says in each of the states that CloudFormation gives to a stack.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use belvedere_deployer::StackState;
use serde_json::{Value, json};

use crate::deploy::assembly;
use crate::stateful_cloudformation::StatefulCloudFormation;
use crate::support::{Run, belvedere, empty, run};

/// What a command does with a stack in some state: the calls that change something, and the state, the exit code and a
/// part of what is said in the end.
struct Case {
    state: &'static str,
    calls: &'static [&'static str],
    end: &'static str,
    code: i32,
    says: &'static str,
}

const fn case(
    state: &'static str,
    calls: &'static [&'static str],
    end: &'static str,
    code: i32,
    says: &'static str,
) -> Case {
    Case { state, calls, end, code, says }
}

const SET: &[&str] = &["CreateChangeSet", "ExecuteChangeSet"];
const ANEW: &[&str] = &["DeleteStack", "CreateChangeSet", "ExecuteChangeSet"];
const UNDO: &[&str] = &["RollbackStack", "CreateChangeSet", "ExecuteChangeSet"];
const GO_ON: &[&str] = &["ContinueUpdateRollback", "CreateChangeSet", "ExecuteChangeSet"];
const DELETE: &[&str] = &["DeleteStack"];
const UP: &str = "UPDATE_COMPLETE";
const NEW: &str = "CREATE_COMPLETE";
const GONE: &str = "DELETE_COMPLETE";

const DEPLOY: [Case; 25] = [
    case("CREATE_IN_PROGRESS", SET, UP, 0, "note: is in CREATE_IN_PROGRESS: waiting for that to end"),
    case("CREATE_FAILED", ANEW, NEW, 0, "note: is in CREATE_FAILED, from which there is no update: deleting it first"),
    case("CREATE_COMPLETE", SET, UP, 0, "updated after"),
    case("ROLLBACK_IN_PROGRESS", ANEW, NEW, 0, "note: is in ROLLBACK_IN_PROGRESS: waiting for that to end"),
    case("ROLLBACK_FAILED", ANEW, NEW, 0, "note: is in ROLLBACK_FAILED, from which there is no update: deleting it"),
    case("ROLLBACK_COMPLETE", ANEW, NEW, 0, "note: is in ROLLBACK_COMPLETE, from which there is no update: deleting"),
    case("DELETE_IN_PROGRESS", SET, NEW, 0, "note: is in DELETE_IN_PROGRESS: waiting for that to end"),
    case("DELETE_FAILED", ANEW, NEW, 0, "note: is in DELETE_FAILED, from which there is no update: deleting it first"),
    case("DELETE_COMPLETE", SET, NEW, 0, "created after"),
    case("UPDATE_IN_PROGRESS", SET, UP, 0, "note: is in UPDATE_IN_PROGRESS: waiting for that to end"),
    case("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", SET, UP, 0, "is in UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: waiting"),
    case("UPDATE_COMPLETE", SET, UP, 0, "updated after"),
    case("UPDATE_FAILED", UNDO, UP, 0, "note: is in UPDATE_FAILED: rolling that update back first"),
    case("UPDATE_ROLLBACK_IN_PROGRESS", SET, UP, 0, "note: is in UPDATE_ROLLBACK_IN_PROGRESS: waiting for that to end"),
    case(
        "UPDATE_ROLLBACK_FAILED",
        GO_ON,
        UP,
        0,
        "note: is in UPDATE_ROLLBACK_FAILED: going on with the roll back first; it had failed at App/Alerts \
         (AWS::SNS::Topic): the topic was deleted by hand",
    ),
    case("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", SET, UP, 0, "CLEANUP_IN_PROGRESS: waiting for that to end"),
    case("UPDATE_ROLLBACK_COMPLETE", SET, UP, 0, "updated after"),
    case("REVIEW_IN_PROGRESS", SET, NEW, 0, "there is nothing but a change set that was never executed"),
    case("IMPORT_IN_PROGRESS", SET, UP, 0, "note: is in IMPORT_IN_PROGRESS: waiting for that to end"),
    case("IMPORT_COMPLETE", SET, UP, 0, "updated after"),
    case("IMPORT_ROLLBACK_IN_PROGRESS", SET, UP, 0, "note: is in IMPORT_ROLLBACK_IN_PROGRESS: waiting for that to end"),
    case("IMPORT_ROLLBACK_FAILED", &[], "IMPORT_ROLLBACK_FAILED", 1, "which only AWS can end\nhint: ask AWS Support"),
    case("IMPORT_ROLLBACK_COMPLETE", SET, UP, 0, "updated after"),
    case("MELTED", &[], "MELTED", 1, "is in MELTED, a state that this version does not know\nhint: update belvedere"),
    case("MELTING_IN_PROGRESS", SET, UP, 0, "note: is in MELTING_IN_PROGRESS: waiting for that to end"),
];

const DESTROY: [Case; 25] = [
    case("CREATE_IN_PROGRESS", DELETE, GONE, 0, "note: is in CREATE_IN_PROGRESS: waiting for that to end"),
    case("CREATE_FAILED", DELETE, GONE, 0, "destroyed after"),
    case("CREATE_COMPLETE", DELETE, GONE, 0, "destroyed after"),
    case("ROLLBACK_IN_PROGRESS", DELETE, GONE, 0, "note: is in ROLLBACK_IN_PROGRESS: waiting for that to end"),
    case("ROLLBACK_FAILED", DELETE, GONE, 0, "destroyed after"),
    case("ROLLBACK_COMPLETE", DELETE, GONE, 0, "destroyed after"),
    case("DELETE_IN_PROGRESS", &[], GONE, 0, "note: is in DELETE_IN_PROGRESS: waiting for that to end"),
    case("DELETE_FAILED", DELETE, GONE, 0, "destroyed after"),
    case("DELETE_COMPLETE", &[], GONE, 0, "not there after"),
    case("UPDATE_IN_PROGRESS", DELETE, GONE, 0, "note: is in UPDATE_IN_PROGRESS: waiting for that to end"),
    case("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", DELETE, GONE, 0, "CLEANUP_IN_PROGRESS: waiting for that to end"),
    case("UPDATE_COMPLETE", DELETE, GONE, 0, "destroyed after"),
    case("UPDATE_FAILED", DELETE, GONE, 0, "destroyed after"),
    case("UPDATE_ROLLBACK_IN_PROGRESS", DELETE, GONE, 0, "is in UPDATE_ROLLBACK_IN_PROGRESS: waiting for that to end"),
    case("UPDATE_ROLLBACK_FAILED", DELETE, GONE, 0, "destroyed after"),
    case("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", DELETE, GONE, 0, "CLEANUP_IN_PROGRESS: waiting for that"),
    case("UPDATE_ROLLBACK_COMPLETE", DELETE, GONE, 0, "destroyed after"),
    case("REVIEW_IN_PROGRESS", DELETE, GONE, 0, "destroyed after"),
    case("IMPORT_IN_PROGRESS", DELETE, GONE, 0, "note: is in IMPORT_IN_PROGRESS: waiting for that to end"),
    case("IMPORT_COMPLETE", DELETE, GONE, 0, "destroyed after"),
    case("IMPORT_ROLLBACK_IN_PROGRESS", DELETE, GONE, 0, "is in IMPORT_ROLLBACK_IN_PROGRESS: waiting for that to end"),
    case("IMPORT_ROLLBACK_FAILED", DELETE, GONE, 0, "destroyed after"),
    case("IMPORT_ROLLBACK_COMPLETE", DELETE, GONE, 0, "destroyed after"),
    case("MELTED", DELETE, GONE, 0, "destroyed after"),
    case("MELTING_IN_PROGRESS", DELETE, GONE, 0, "note: is in MELTING_IN_PROGRESS: waiting for that to end"),
];

const BACK: &str = "UPDATE_ROLLBACK_COMPLETE";

const ROLLBACK: [Case; 25] = [
    case("CREATE_IN_PROGRESS", &[], "CREATE_IN_PROGRESS", 1, "only what has failed can be rolled back\nhint: wait"),
    case("CREATE_FAILED", &["RollbackStack"], "ROLLBACK_COMPLETE", 0, "rolled back after"),
    case("CREATE_COMPLETE", &[], NEW, 0, "is in CREATE_COMPLETE: there is nothing to roll back"),
    case(
        "ROLLBACK_IN_PROGRESS",
        &[],
        "ROLLBACK_COMPLETE",
        0,
        "is in ROLLBACK_IN_PROGRESS already: waiting for its end",
    ),
    case("ROLLBACK_FAILED", &[], "ROLLBACK_FAILED", 1, "from which nothing can be brought back\nhint: destroy it"),
    case("ROLLBACK_COMPLETE", &[], "ROLLBACK_COMPLETE", 0, "is in ROLLBACK_COMPLETE: there is nothing to roll back"),
    case("DELETE_IN_PROGRESS", &[], "DELETE_IN_PROGRESS", 1, "only what has failed can be rolled back\nhint: wait"),
    case("DELETE_FAILED", &[], "DELETE_FAILED", 1, "from which nothing can be brought back\nhint: destroy it"),
    case("DELETE_COMPLETE", &[], GONE, 0, "not there after"),
    case("UPDATE_IN_PROGRESS", &[], "UPDATE_IN_PROGRESS", 1, "only what has failed can be rolled back\nhint: wait"),
    case("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", &[], "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", 1, "only what has failed"),
    case("UPDATE_COMPLETE", &[], UP, 0, "is in UPDATE_COMPLETE: there is nothing to roll back"),
    case("UPDATE_FAILED", &["RollbackStack"], BACK, 0, "rolled back after"),
    case("UPDATE_ROLLBACK_IN_PROGRESS", &[], BACK, 0, "is in UPDATE_ROLLBACK_IN_PROGRESS already: waiting for its end"),
    case("UPDATE_ROLLBACK_FAILED", &["ContinueUpdateRollback"], BACK, 0, "rolled back after"),
    case("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", &[], BACK, 0, "already: waiting for its end"),
    case("UPDATE_ROLLBACK_COMPLETE", &[], BACK, 0, "is in UPDATE_ROLLBACK_COMPLETE: there is nothing to roll back"),
    case("REVIEW_IN_PROGRESS", &[], "REVIEW_IN_PROGRESS", 0, "is in REVIEW_IN_PROGRESS: there is nothing to roll back"),
    case("IMPORT_IN_PROGRESS", &[], "IMPORT_IN_PROGRESS", 1, "only what has failed can be rolled back\nhint: wait"),
    case("IMPORT_COMPLETE", &[], "IMPORT_COMPLETE", 0, "is in IMPORT_COMPLETE: there is nothing to roll back"),
    case("IMPORT_ROLLBACK_IN_PROGRESS", &[], "IMPORT_ROLLBACK_COMPLETE", 0, "already: waiting for its end"),
    case("IMPORT_ROLLBACK_FAILED", &[], "IMPORT_ROLLBACK_FAILED", 1, "which only AWS can end\nhint: ask AWS Support"),
    case("IMPORT_ROLLBACK_COMPLETE", &[], "IMPORT_ROLLBACK_COMPLETE", 0, "there is nothing to roll back"),
    case("MELTED", &[], "MELTED", 1, "is in MELTED, a state that this version does not know\nhint: update belvedere"),
    case("MELTING_IN_PROGRESS", &[], "MELTING_IN_PROGRESS", 1, "only what has failed can be rolled back\nhint: wait"),
];

/// A topic, and a table that holds data.
fn template(topic: &str) -> Value {
    json!({"Resources": {
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"DisplayName": topic},
            "Metadata": {"aws:cdk:path": "App/Alerts/Resource"},
        },
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {"TableName": "orders"},
            "Metadata": {"aws:cdk:path": "App/Orders/Resource"},
        },
    }})
}

fn started(state: &str) -> StatefulCloudFormation {
    StatefulCloudFormation::start(state, &template("before").to_string())
}

pub(crate) fn told(cloudformation: &StatefulCloudFormation, directory: &Path, arguments: &[&str]) -> Run {
    let mut command = belvedere(directory);
    command.args(arguments).args(["--app", ".", "--region", "eu-central-1", "--endpoint-url", &cloudformation.url]);
    run(command.envs([("AWS_ACCESS_KEY_ID", "AKIA"), ("AWS_SECRET_ACCESS_KEY", "not-a-secret")]))
}

/// Does the same for each of these, a few at a time.
fn for_each<T: Send>(all: impl IntoIterator<Item = T>, work: impl Fn(T) + Sync) {
    let all: Mutex<VecDeque<T>> = Mutex::new(all.into_iter().collect());
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                loop {
                    let next = all.lock().expect("no panic").pop_front();
                    let Some(next) = next else { return };
                    work(next);
                }
            });
        }
    });
}

/// Runs a command in each state.
fn try_each(name: &str, arguments: &[&str], cases: &[Case]) {
    let directory = empty(&format!("states.{name}"));
    assembly(&directory, &[("App", template("after"), &[])]);
    // Those that are known, and two that are not.
    assert_eq!(cases.len(), StackState::ALL.len() + 2);
    for state in StackState::ALL {
        assert!(cases.iter().any(|case| case.state == state.as_str()), "{state}");
    }
    for_each(cases, |case| {
        let cloudformation = started(case.state);
        let run = told(&cloudformation, &directory, arguments);
        let when = format!("{arguments:?} in {}: {run:#?}", case.state);
        assert_eq!(run.code, Some(case.code), "{when}");
        assert_eq!(cloudformation.changes(), case.calls, "{when}");
        assert_eq!(cloudformation.state(), case.end, "{when}");
        assert!(run.stderr.contains(case.says), "{when}");
    });
}

#[test]
fn deploy_makes_the_right_move_in_each_state() {
    try_each("deploy", &["deploy", "--yes"], &DEPLOY);
}

#[test]
fn destroy_ends_each_state() {
    try_each("destroy", &["destroy", "--all", "--yes"], &DESTROY);
}

#[test]
fn rollback_undoes_what_has_failed_and_nothing_else() {
    try_each("rollback", &["rollback", "--yes"], &ROLLBACK);
}

#[test]
fn status_and_diff_change_nothing_in_any_state() {
    let directory = empty("states.status");
    assembly(&directory, &[("App", template("after"), &[])]);
    for_each(StackState::ALL, |state| {
        let cloudformation = started(state.as_str());
        let status = told(&cloudformation, &directory, &["status"]).ok();
        let first = match state {
            StackState::DeleteComplete => "App in eu-central-1: not deployed\n".to_owned(),
            _ => format!("App in eu-central-1: {state}, {}\n", state.means()),
        };
        assert!(status.starts_with(&first), "{status}");
        let next = state.next_step().map(|next| format!("\n  next        {next}\n")).unwrap_or_default();
        assert!(state == StackState::DeleteComplete || status.contains(&next), "{status}");
        assert_eq!(cloudformation.changes(), [""; 0], "{state}");

        let diff = told(&cloudformation, &directory, &["diff", "--change-set"]).ok();
        assert_eq!(cloudformation.state(), state.as_str(), "{diff}");
        let new = [StackState::DeleteComplete, StackState::ReviewInProgress, StackState::RollbackComplete];
        assert_eq!(diff.contains("not deployed yet"), new.contains(&state), "{state}: {diff}");
        let asked: &[&str] = match state {
            StackState::RollbackComplete => &[],
            // What the question made is taken away again.
            StackState::DeleteComplete => &["CreateChangeSet", "DeleteChangeSet", "DeleteStack"],
            _ => &["CreateChangeSet", "DeleteChangeSet"],
        };
        assert_eq!(cloudformation.changes(), asked, "{state}: {diff}");
        let refused = !state.can_update() && !new.contains(&state);
        let note = format!(
            "note: CloudFormation makes no change set: Stack:arn:aws:cloudformation:eu-central-1:123456789012:stack/App/1 is in {state} state"
        );
        assert_eq!(diff.contains(&note), refused, "{state}: {diff}");
    });
}

#[test]
fn without_a_roll_back_a_failed_stack_is_updated_as_it_is() {
    let directory = empty("states.no-rollback");
    assembly(&directory, &[("App", template("after"), &[])]);
    for_each(
        [("CREATE_FAILED", "change-set"), ("UPDATE_FAILED", "change-set"), ("UPDATE_FAILED", "direct")],
        |(state, method)| {
            let cloudformation = started(state);
            let run = told(&cloudformation, &directory, &["deploy", "--yes", "--no-rollback", "--method", method]);
            assert_eq!(run.code, Some(0), "{state}: {run:#?}");
            let calls: &[&str] = if method == "direct" { &["UpdateStack"] } else { SET };
            assert_eq!(cloudformation.changes(), calls);
            assert!(cloudformation.forms(calls[calls.len() - 1])[0].contains("DisableRollback=true"));
            assert_eq!(cloudformation.state(), UP);
            let note = format!("note: is in {state}: going on from there, as nothing is to be rolled back");
            assert!(run.stderr.contains(&note), "{run:#?}");
        },
    );
}

#[test]
fn what_holds_data_is_not_deleted_unasked() {
    let directory = empty("states.data");
    assembly(&directory, &[("App", template("after"), &[])]);
    for_each(["CREATE_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED"], |state| {
        let cloudformation = started(state);
        let run = told(&cloudformation, &directory, &["deploy"]);
        assert_eq!(run.code, Some(3), "{run:#?}");
        let question = format!(
            "  App/Orders (AWS::DynamoDB::Table) is deleted with all that it holds\n\
             App: delete what is left of the stack, which is in {state}, and make it anew? not approved"
        );
        assert!(run.stderr.contains(&question), "{run:#?}");
        assert!(run.stderr.contains("hint: nothing was changed; give --yes"), "{run:#?}");
        assert_eq!(cloudformation.changes(), [""; 0]);
        assert_eq!(cloudformation.state(), state);
    });
    // A creation that was rolled back has left nothing, and needs no question.
    let cloudformation = started("ROLLBACK_COMPLETE");
    assert_eq!(told(&cloudformation, &directory, &["deploy"]).code, Some(0));
    // What goes with the roll back of a creation is told, too.
    let cloudformation = started("CREATE_FAILED");
    let run = told(&cloudformation, &directory, &["rollback"]);
    assert_eq!(run.code, Some(3), "{run:#?}");
    let details = "  App: its creation has failed: what was created is deleted\n  \
                   App: App/Orders (AWS::DynamoDB::Table) is deleted with all that it holds\n\
                   roll these stacks back? not approved";
    assert!(run.stderr.contains(details), "{run:#?}");
    assert_eq!(cloudformation.changes(), [""; 0]);
}

#[test]
fn the_change_set_of_somebody_else_is_not_lost_unasked() {
    let directory = empty("states.review");
    assembly(&directory, &[("App", template("after"), &[])]);
    for (arguments, code) in [(&["deploy"][..], 3), (&["deploy", "--method", "direct"], 3), (&["deploy", "--yes"], 0)] {
        let cloudformation = started("REVIEW_IN_PROGRESS").change_set("theirs");
        let run = told(&cloudformation, &directory, arguments);
        assert_eq!(run.code, Some(code), "{run:#?}");
        if code == 3 {
            assert!(
                run.stderr.contains("  the change set theirs, which somebody else has made, is lost\n"),
                "{run:#?}"
            );
            assert_eq!(cloudformation.changes(), [""; 0]);
        }
    }
    // Without it there is nothing to ask.
    let cloudformation = started("REVIEW_IN_PROGRESS");
    let run = told(&cloudformation, &directory, &["deploy", "--method", "direct"]);
    assert_eq!(run.code, Some(0), "{run:#?}");
    assert_eq!(cloudformation.changes(), ["DeleteStack", "CreateStack"]);
}

#[test]
fn a_roll_back_that_fails_again_goes_on_without_what_it_fails_at() {
    let directory = empty("states.stubborn");
    assembly(&directory, &[("App", template("after"), &[])]);
    let stubborn = || started("UPDATE_ROLLBACK_FAILED").stubborn("Topic");
    let cause = "App/Alerts (AWS::SNS::Topic) UPDATE_FAILED: the topic was deleted by hand\n\
                 the stack is in UPDATE_ROLLBACK_FAILED\n";

    for command in ["deploy", "rollback"] {
        let cloudformation = stubborn();
        let run = told(&cloudformation, &directory, &[command, "--yes"]);
        assert_eq!(run.code, Some(1), "{run:#?}");
        assert!(run.stderr.contains(&format!("error: App: {cause}hint: correct the cause")), "{run:#?}");
        assert!(run.stderr.contains("--skip"), "{run:#?}");
        assert_eq!(cloudformation.changes(), ["ContinueUpdateRollback"]);
    }

    for (arguments, calls) in [(&["--skip", "Topic"][..], 1), (&["--skip", "App/Alerts"], 1), (&["--force"], 2)] {
        let cloudformation = stubborn();
        let run = told(&cloudformation, &directory, &[&["rollback", "--yes", "--output", "json"], arguments].concat());
        assert_eq!(run.code, Some(0), "{arguments:?}: {run:#?}");
        let continued = cloudformation.forms("ContinueUpdateRollback");
        assert_eq!(continued.len(), calls, "{arguments:?}");
        assert!(continued[calls - 1].contains("ResourcesToSkip.member.1=Topic"), "{continued:?}");
        assert_eq!(cloudformation.state(), BACK);
        assert!(run.stderr.contains("may differ from what its template says"), "{run:#?}");
        let outcome: Value = serde_json::from_str(&run.stdout).expect("JSON");
        assert_eq!(outcome["stacks"][0]["result"], "rolled-back");
        assert!(run.stderr.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{run:#?}");
    }

    let cloudformation = stubborn();
    let run = told(&cloudformation, &directory, &["rollback", "--yes", "--skip", "App/Nobody"]);
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(run.stderr.contains("its roll back has not failed at App/Nobody, so it cannot be skipped"), "{run:#?}");
    assert_eq!(cloudformation.changes(), [""; 0]);
}
