//! The content of a stack is applied to its workspace, and the program is killed at each of its calls in turn: no token
//! outlives it, and the next run comes to the same end.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::grafana_fake::{FakeGrafana, Model, PASSWORD};
use crate::grafana_site::{actions, nothing, whole};
use crate::proxy::{Fate, Proxy};
use crate::support::{belvedere, empty, run};

/// How many are killed at a time.
const AT_A_TIME: usize = 3;
/// A guard has as long to delete the token of a run that was killed.
const LIMIT: Duration = Duration::from_secs(20);

/// Writes an assembly of one stack with a content.
fn write(directory: &Path, target: &Value, document: &Value, roles: &Value) {
    let write = |name: &str, value: Value| fs::write(directory.join(name), value.to_string()).expect("written");
    let stack = json!({
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/unknown-region",
        "properties": {"templateFile": "App.template.json"},
    });
    write("manifest.json", json!({"version": "36.0.0", "artifacts": {"App": stack}}));
    let topic = json!({"Type": "AWS::SNS::Topic", "Metadata": {"aws:cdk:path": "App/Alerts/Resource"}});
    let outputs = json!({"WorkspaceId": {"Value": "g-1"}, "LokiUrl": {"Value": "http://127.0.0.1:3100"}});
    write("App.template.json", json!({"Resources": {"Alerts": topic}, "Outputs": outputs}));
    let mut document = document.clone();
    if let Some(url) = document["dataSources"].get_mut(1) {
        url["url"] = json!({"belvedere:value": "Loki"});
    }
    let content = json!({
        "path": "App/Content", "target": target, "values": {"Loki": "LokiUrl"},
        "settings": {"unifiedAlerting": true, "pluginAdmin": true}, "roles": roles, "document": document,
    });
    write("App.grafana.json", json!({"version": 1, "contents": [content]}));
}

fn workspace() -> Value {
    json!({"workspace": {"output": "WorkspaceId"}})
}

fn administrators() -> Value {
    json!([{"role": "ADMIN", "groups": ["g-admins"]}, {"role": "EDITOR", "users": ["u-1"]}])
}

fn started() -> FakeGrafana {
    let fake = FakeGrafana::start();
    let outputs = [("WorkspaceId", "g-1"), ("LokiUrl", "http://127.0.0.1:3100")];
    fake.model().outputs = outputs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    fake
}

fn command(directory: &Path, url: &str, arguments: &[&str]) -> Command {
    let mut command = belvedere(directory);
    command
        .args(arguments)
        .args(["--app", "."])
        .env("HOOK_SECRET", "MARKED-hook-secret")
        .env("GRAFANA_PASSWORD", PASSWORD);
    command.envs([
        ("AWS_ENDPOINT_URL", url),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ACCESS_KEY_ID", "123456789012"),
        ("AWS_SECRET_ACCESS_KEY", "MARKED-not-a-secret"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    command.stdin(Stdio::null());
    command
}

/// All that counts of what there is.
fn essence(model: &Model) -> Value {
    let without = |json: &Value, members: &[&str]| {
        let mut json = json.clone();
        json.as_object_mut().expect("an object").retain(|name, _| !members.contains(&name.as_str()));
        json
    };
    let own = ["id", "version", "updated", "order"];
    let all = |map: &std::collections::BTreeMap<String, Value>| -> Value {
        map.iter().map(|(name, json)| (name.clone(), without(json, &own))).collect()
    };
    let dashboards: Value = model
        .dashboards
        .iter()
        .map(|(uid, (json, folder, _))| (uid.clone(), json!([without(json, &own), folder])))
        .collect();
    json!({
        "folders": all(&model.folders), "sources": all(&model.sources), "secrets": model.secrets,
        "dashboards": dashboards, "rules": all(&model.rules), "points": model.points, "policies": model.policies,
        "timings": all(&model.timings), "templates": all(&model.templates), "plugins": model.plugins,
        "permissions": model.permissions, "accounts": model.accounts.values().collect::<Vec<_>>(), "configuration": model.configuration,
    })
}

const APPLY: [&str; 3] = ["grafana", "apply", "--yes"];

/// Kills a command at each of its calls. `before` is what there is when it begins.
fn killed_at_each_call(
    case: &'static str,
    arguments: &[&str],
    document: &Value,
    roles: &Value,
    before: Option<&Value>,
) -> usize {
    let scene = |number: usize| {
        let directory = empty(&format!("{case}.{number}"));
        let fake = started();
        if let Some(before) = before {
            write(&directory, &workspace(), before, &administrators());
            run(&mut command(&directory, &fake.url, &APPLY)).ok();
        }
        write(&directory, &workspace(), document, roles);
        (directory, fake)
    };
    let (calls, end) = {
        let (directory, fake) = scene(0);
        fake.forget_calls();
        let output = run(&mut command(&directory, &fake.url, arguments));
        assert_eq!(output.code, Some(0), "{output:?}");
        let model = fake.model();
        (model.calls.len(), essence(&model))
    };
    let next = AtomicUsize::new(1);
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number > calls {
                        return;
                    }
                    let (directory, fake) = scene(number);
                    kill(number, arguments, &directory, &fake);
                    let output = run(&mut command(&directory, &fake.url, arguments));
                    assert_eq!(output.code, Some(0), "after call {number}: {output:?}");
                    assert_eq!(essence(&fake.model()), end, "after call {number}");
                    assert_eq!(fake.tokens(), [""; 0]);
                }
            });
        }
    });
    calls
}

/// Runs the command, kills it at this call, and sees that its token goes with it.
fn kill(number: usize, arguments: &[&str], directory: &Path, fake: &FakeGrafana) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        // A proxy serves until the runtime ends, and so must what it counts in.
        let hung: &'static AtomicUsize = Box::leak(Box::default());
        let judge = move |call: usize, _: &str| if call == number { Fate::Hangs(hung) } else { Fate::Passes };
        let proxy = Proxy::start(&fake.url, Arc::new(judge)).await;
        fake.endpoint(&proxy.url);
        let mut process = command(directory, &proxy.url, arguments);
        let mut process = process.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
        while hung.load(Ordering::SeqCst) == 0 {
            let ended = process.try_wait().expect("it is ours");
            assert!(ended.is_none(), "it ended by itself ({ended:?}) before call {number}: {:?}", proxy.calls());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        process.kill().expect("it is ours");
        process.wait().expect("it is ours");
        let begin = Instant::now();
        while !fake.tokens().is_empty() {
            assert!(begin.elapsed() < LIMIT, "a token is left, killed at {number}, {:?}", proxy.calls().last());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        fake.endpoint(&fake.url);
    });
}

/// Past the test runner's capture.
fn told(what: &str, killed: usize) {
    let text =
        format!("killed at each call of {what}: {killed} of {killed} came to the same end, and no token was left");
    _ = writeln!(std::io::stderr().lock(), "{text}");
}

#[test]
fn an_application_is_killed_at_each_call() {
    let killed = killed_at_each_call("grafana_killed", &APPLY, &whole(), &administrators(), None);
    assert!(killed > 50, "{killed} calls");
    told("an application to a workspace", killed);
}

#[test]
fn a_removal_is_killed_at_each_call() {
    let killed = killed_at_each_call("grafana_removed", &APPLY, &nothing(), &json!([]), Some(&whole()));
    assert!(killed > 30, "{killed} calls");
    told("a removal from a workspace", killed);
}

#[test]
fn a_workspace_gets_all_that_the_stack_has_for_it() {
    let (directory, fake) = (empty("grafana_workspace"), started());
    let mut content = whole();
    content["plugins"] = json!(["grafana-amazonprometheus-datasource"]);
    write(&directory, &workspace(), &content, &administrators());
    let theirs = ("SSO_USER".to_owned(), "u-theirs".to_owned(), "ADMIN".to_owned());
    fake.model().permissions.insert(theirs.clone());
    let plan = |expected: &[&str]| {
        let text = run(&mut command(&directory, &fake.url, &["grafana", "plan", "--output", "json"])).ok();
        let plans: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(plans[0]["path"], "App/Content");
        let actions = actions(&plans[0]["steps"]);
        let found: Vec<&str> = actions.iter().map(String::as_str).filter(|it| expected.contains(it)).collect();
        assert_eq!((found.as_slice(), expected.is_empty()), (expected, actions.is_empty()), "{actions:?}");
    };
    plan(&[
        "change setting unifiedAlerting",
        "change setting plugins",
        "create plugin grafana-amazonprometheus-datasource",
        "create data-source bv-loki",
        "create role g-admins",
        "create role u-1",
    ]);
    let output = run(&mut command(&directory, &fake.url, &["grafana", "apply"]));
    assert_eq!(output.code, Some(0), "{output:?}");
    assert!(output.stderr.contains("App  grafana main: created dashboard `Service` (bv-service)"), "{}", output.stderr);
    assert!(!format!("{output:?}").contains("MARKED"), "{output:?}");
    plan(&[]);
    {
        let model = fake.model();
        assert_eq!(model.sources["bv-loki"]["url"], "http://127.0.0.1:3100");
        assert_eq!(model.configuration["unifiedAlerting"]["enabled"], true);
        let role = |kind: &str, id: &str, role: &str| (kind.to_owned(), id.to_owned(), role.to_owned());
        let expected = [role("SSO_GROUP", "g-admins", "ADMIN"), role("SSO_USER", "u-1", "EDITOR"), theirs.clone()];
        assert_eq!(model.permissions, expected.into());
        assert_eq!((model.most_tokens, model.made_tokens), (1, 3));
    }
    assert_eq!(fake.tokens(), [""; 0]);
    // What is given no more is taken back, and nothing else.
    write(&directory, &workspace(), &content, &json!([{"role": "VIEWER", "groups": ["g-admins"]}]));
    let declined = run(&mut command(&directory, &fake.url, &["grafana", "apply"]));
    assert_eq!(declined.code, Some(3), "{declined:?}");
    run(&mut command(&directory, &fake.url, &["grafana", "apply", "--yes"])).ok();
    let group = ("SSO_GROUP".to_owned(), "g-admins".to_owned(), "VIEWER".to_owned());
    assert_eq!(fake.model().permissions, [group, theirs].into());
    assert_eq!(fake.tokens(), [""; 0]);
    let opened = run(&mut command(&directory, &fake.url, &["grafana", "open"])).ok();
    assert_eq!(opened, format!("{}\n", fake.url));
}

/// What is removed before a stack is destroyed whose workspace stays.
#[test]
fn a_content_is_taken_out_for_good_and_whatever_kills_that() {
    let (directory, fake) = (empty("grafana_taken_out"), started());
    write(&directory, &workspace(), &whole(), &administrators());
    let run_in = |arguments: &[&str]| run(&mut command(&directory, &fake.url, arguments));
    run_in(&["grafana", "apply", "--yes"]).ok();
    assert_eq!(fake.model().accounts.len(), 1);
    let declined = run_in(&["grafana", "remove"]);
    assert_eq!(declined.code, Some(3), "{declined:?}");
    assert!(declined.stderr.contains("dashboard `Home` (bv-home) is removed"), "{declined:?}");
    let removed = run_in(&["grafana", "remove", "App", "--yes"]);
    assert_eq!(removed.code, Some(0), "{removed:?}");
    assert!(removed.stdout.contains("removed"), "{removed:?}");
    let model = fake.model();
    assert!(model.dashboards.is_empty() && model.folders.is_empty() && model.permissions.is_empty());
    assert!(model.accounts.is_empty(), "{:?}", model.accounts);
    assert_eq!(model.configuration["unifiedAlerting"]["enabled"], true, "settings stay");
    drop(model);
    let remove = ["grafana", "remove", "--yes"];
    let killed = killed_at_each_call("grafana_taken_out", &remove, &whole(), &administrators(), Some(&whole()));
    assert!(killed > 30, "{killed} calls");
    told("the removal for good of a content from a workspace", killed);
}

#[test]
fn the_token_of_a_run_that_goes_on_is_left() {
    let (directory, fake) = (empty("grafana_tokens"), started());
    write(&directory, &workspace(), &whole(), &json!([]));
    run(&mut command(&directory, &fake.url, &["grafana", "apply", "--yes"])).ok();
    fake.leave_token("belvedere-1-4194304-0-ffffffffffff", None);
    fake.leave_token("belvedere-2-4194304-0-ffffffffffff", Some(600));
    run(&mut command(&directory, &fake.url, &["grafana", "plan"])).ok();
    assert_eq!(fake.tokens(), ["belvedere-1-4194304-0-ffffffffffff"], "what has ended is cleared away");
}

#[test]
fn ctrl_c_takes_the_token_with_it() {
    let (directory, fake) = (empty("grafana_interrupted"), started());
    write(&directory, &workspace(), &whole(), &json!([]));
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let hung: &'static AtomicUsize = Box::leak(Box::default());
        let judge =
            move |_: usize, name: &str| if name == "POST /api/folders" { Fate::Hangs(hung) } else { Fate::Passes };
        let proxy = Proxy::start(&fake.url, Arc::new(judge)).await;
        fake.endpoint(&proxy.url);
        let mut process = command(&directory, &proxy.url, &["grafana", "apply"]);
        let process = process.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        while hung.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(fake.tokens().len(), 1);
        let sent = Command::new("kill").args(["-INT", &process.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        let output = process.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(130), "{output:?}");
        assert_eq!(fake.tokens(), [""; 0], "the token is gone before the program is");
    });
}

#[test]
fn a_deployment_fills_the_grafana() {
    let case = "grafana_deployed";
    let Some(emulator) = Emulator::start(case) else { return };
    let (directory, fake) = (empty(case), started());
    let password = json!({"belvedere:secret": {"environment": "GRAFANA_PASSWORD"}});
    let server = json!({"server": {"url": fake.url, "user": "admin", "password": password}});
    write(&directory, &server, &whole(), &json!([]));
    let belvedere = |arguments: &[&str]| {
        let mut command = command(&directory, &emulator.url, arguments);
        run(command.envs(emulator.variables()))
    };
    let deploy = |arguments: &[&str]| belvedere(&[&["deploy", "--yes"], arguments].concat());
    let output = deploy(&["--no-grafana"]);
    assert_eq!(output.code, Some(0), "{output:?}");
    assert!(fake.model().dashboards.is_empty());
    let output = deploy(&[]);
    assert_eq!(output.code, Some(0), "{output:?}");
    assert!(output.stderr.contains("grafana main: created data source `Loki` (bv-loki)"), "{}", output.stderr);
    assert_eq!(fake.model().sources["bv-loki"]["url"], "http://127.0.0.1:3100");
    fake.model().rules.get_mut("bv-rule-1").expect("made")["title"] = "By hand".into();
    let output = deploy(&[]);
    assert!(output.stderr.contains("brought back rule group `errors all`"), "{}", output.stderr);
    let output = belvedere(&["diff"]);
    let told = "what changes in its Grafana is told by `belvedere grafana plan App`";
    assert!(output.stderr.contains(told), "{output:?}");
    let mut content = whole();
    content["dataSources"][0]["url"] = "http://down".into();
    write(&directory, &server, &content, &json!([]));
    let output = deploy(&["--check-health"]);
    let told = "data source `Prometheus` (bv-prometheus) is not well: connection refused";
    assert!(output.stderr.contains(told), "{output:?}");
    // The stack goes, and its Grafana does not.
    let output = belvedere(&["destroy", "App"]);
    assert_eq!(output.code, Some(3), "{output:?}");
    let left = "does not go with the stack and keeps what `main` has made there";
    assert!(output.stderr.contains(left) && output.stderr.contains("`belvedere grafana remove App`"), "{output:?}");
    belvedere(&["grafana", "remove", "App", "--yes"]).ok();
    assert!(fake.model().dashboards.is_empty());
    belvedere(&["destroy", "App", "--yes"]).ok();
}
