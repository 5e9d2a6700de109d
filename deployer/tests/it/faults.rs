//! Calls that are throttled, refused, lost or answered to nobody: a deployment ends right all the same.

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use belvedere_deployer::{Connection, DeployOptions, DestroyOptions, Event, Method, StackResult, deploy, destroy};
use serde_json::json;

use crate::deploy::{Kept, all, assembly, stacks_of, topic};
use crate::emulator::Emulator;
use crate::lives::{self, Judge};
use crate::proxy::{Fate, Proxy, counted};
use crate::support::empty;

const DEPLOYS: u32 = 100;
/// How many pairs of stacks are made, changed and destroyed.
const LIVES: u32 = 20;

/// A number that looks random and is the same in every run.
fn spread(seed: &AtomicU64) -> u64 {
    let mut x = seed.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A call in three, or nearly, does not end as it should.
fn thirty_percent(seed: &AtomicU64, name: &str) -> Fate {
    // The calls of S3 are known by their method, and S3 throttles in its own way.
    let throttled = if name.contains(' ') { Fate::Refused(503, "SlowDown") } else { Fate::Refused(400, "Throttling") };
    match spread(seed) % 20 {
        0 => throttled,
        1 => Fate::Refused(503, "ServiceUnavailable"),
        2 => Fate::Refused(500, "InternalFailure"),
        3 => Fate::Lost,
        4 | 5 => Fate::Unanswered,
        _ => Fate::Passes,
    }
}

async fn connect(url: &str) -> belvedere_deployer::Clients {
    let connection = Connection::new().region("eu-central-1").endpoint_url(url);
    connection.credentials("123456789012", "not-a-secret", None).open().await.expect("the emulator answers")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_deploys_end_right() {
    let case = "a_hundred_deploys_end_right";
    let Some(emulator) = Emulator::start(case) else { return };
    let seed = AtomicU64::new(7);
    let judge = move |_: usize, name: &str| thirty_percent(&seed, name);
    let proxy = Proxy::start(&emulator.url, Arc::new(judge)).await;
    let mut tasks = tokio::task::JoinSet::new();
    let mut begun = 0;
    let mut ended = 0;
    while ended < DEPLOYS {
        while begun < DEPLOYS && tasks.len() < 8 {
            let (name, url) = (format!("Stack{begun}"), proxy.url.clone());
            begun += 1;
            tasks.spawn(async move {
                let clients = connect(&url).await;
                let assembly = assembly(&empty(&format!("faults.{name}")), &[(&name, topic(&name, &name), &[])]);
                let mut kept = Kept::default();
                let outcome = deploy(&assembly, &all(&assembly), &clients, &DeployOptions::new(), &mut kept).await;
                let outcome = outcome.unwrap_or_else(|error| panic!("{name}: {error}\n{:#?}", kept.events));
                assert_eq!(outcome.stacks[0].result, StackResult::Created, "{name}");
                let created = kept.events.iter().filter(
                    |event| matches!(event, Event::Resource(event) if event.status == "CREATE_COMPLETE" && event.path.is_some()),
                );
                assert_eq!(created.count(), 1, "{name}: the topic is made once");
            });
        }
        tasks.join_next().await.expect("some are under way").expect("it ends right");
        ended += 1;
    }
    let mut names: Vec<String> = (0..DEPLOYS).map(|number| format!("Stack{number}")).collect();
    names.sort();
    assert_eq!(stacks_of(&emulator), names, "each of them once");
    let calls = proxy.calls();
    assert!(counted(&calls)["CreateChangeSet"] > 100, "faults made some be tried again: {:?}", counted(&calls));
}

/// Makes two stacks, changes them, and destroys them with the bucket that was filled in the meantime.
async fn life(name: String, url: String, judge: Arc<Mutex<Judge>>, method: Method) {
    let directory = empty(&format!("faults.{name}"));
    let clients = connect(&url).await;
    let options = DeployOptions::new().method(method).yes(true);
    for (version, result) in [(1, StackResult::Created), (2, StackResult::Updated)] {
        let assembly = lives::write(&directory, &name, version);
        let mut kept = Kept::default();
        let outcome = deploy(&assembly, &all(&assembly), &clients, &options, &mut kept).await;
        let outcome =
            outcome.unwrap_or_else(|error| panic!("{name} {version} {method:?}: {error}\n{:#?}", kept.events));
        assert!(outcome.stacks.iter().all(|stack| stack.result == result), "{name} {version} {method:?}: {outcome:?}");
        let ends = |event: &&Event| matches!(event, Event::Resource(event) if event.status.ends_with("E_COMPLETE") && event.path.is_some());
        let count = kept.events.iter().filter(ends).count();
        let expected = if version == 1 { 4..=4 } else { 2..=4 };
        assert!(expected.contains(&count), "{name} {version}: each is made or changed once: {:#?}", kept.events);
    }
    judge.lock().expect("no panic").fill(&lives::bucket(&name));
    let assembly = lives::write(&directory, &name, 2);
    let gone = destroy(&all(&assembly), &clients, &DestroyOptions::new().yes(true), &mut Kept::default()).await;
    gone.unwrap_or_else(|error| panic!("{name}: {error}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn stacks_live_and_go_right() {
    let case = "stacks_live_and_go_right";
    let Some(emulator) = Emulator::start(case) else { return };
    let judge = Arc::new(Mutex::new(Judge::start(&emulator)));
    let seed = AtomicU64::new(11);
    let proxy = Proxy::start(&emulator.url, Arc::new(move |_: usize, name: &str| thirty_percent(&seed, name))).await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..LIVES {
        if tasks.len() == 6 {
            tasks.join_next().await.expect("some are under way").expect("it ends right");
        }
        let method = if number % 2 == 0 { Method::ChangeSet } else { Method::Direct };
        tasks.spawn(life(format!("Life{number}"), proxy.url.clone(), judge.clone(), method));
    }
    while let Some(ended) = tasks.join_next().await {
        ended.expect("it ends right");
    }
    let mut assets: Vec<String> =
        (0..LIVES).flat_map(|number| [1, 2].map(|version| format!("Life{number}-{version}.txt"))).collect();
    assets.sort();
    let end = json!({"stacks": [], "changeSets": 0, "topics": [], "buckets": [], "assets": assets});
    assert_eq!(judge.lock().expect("no panic").everything(), end);
    let calls = proxy.calls().len();
    _ = writeln!(
        std::io::stderr().lock(),
        "30 % of {calls} calls failed: {LIVES} of {LIVES} pairs of stacks were made, changed and destroyed"
    );
}

#[tokio::test]
async fn a_call_that_is_never_answered_ends_with_what_to_do() {
    let case = "a_call_that_is_never_answered";
    let Some(emulator) = Emulator::start(case) else { return };
    let judge = |_: usize, name: &str| match name {
        "ExecuteChangeSet" => Fate::Refused(403, "ExpiredToken"),
        _ => Fate::Passes,
    };
    let proxy = Proxy::start(&emulator.url, Arc::new(judge)).await;
    let clients = connect(&proxy.url).await;
    let assembly = assembly(&empty(case), &[("App", topic("App", "one"), &[])]);
    let error = deploy(&assembly, &all(&assembly), &clients, &DeployOptions::new(), &mut Kept::default()).await;
    let error = error.expect_err("the credentials have expired");
    let hint = error.hint().unwrap_or_default();
    assert!(error.to_string().contains("cloudformation:ExecuteChangeSet") && hint.contains("sign in again"), "{error}");
    // With new credentials the next run takes up the change set that is there.
    let direct = connect(&emulator.url).await;
    let outcome = deploy(&assembly, &all(&assembly), &direct, &DeployOptions::new(), &mut Kept::default()).await;
    assert_eq!(outcome.expect("it goes on").stacks[0].result, StackResult::Created);
}

#[tokio::test]
async fn few_calls_are_made() {
    let case = "few_calls_are_made";
    let Some(emulator) = Emulator::start(case) else { return };
    let proxy = Proxy::start(&emulator.url, Arc::new(|_: usize, _: &str| Fate::Passes)).await;
    let clients = connect(&proxy.url).await;
    let stacks: [(&str, serde_json::Value, &[&str]); 2] = [
        ("App", topic("App", "one"), &["Net"]),
        ("Net", json!({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}), &[]),
    ];
    let assembly = assembly(&empty(case), &stacks);
    let options = DeployOptions::new();
    deploy(&assembly, &all(&assembly), &clients, &options, &mut Kept::default()).await.expect("it is deployed");
    let before = proxy.calls().len();
    deploy(&assembly, &all(&assembly), &clients, &options, &mut Kept::default()).await.expect("nothing to do");
    let again = proxy.calls().split_off(before);
    // Of each stack what it is, and its template.
    assert_eq!(counted(&again), [("DescribeStacks", 2), ("GetTemplate", 2)].into());
    let before = proxy.calls().len();
    let gone = DestroyOptions::new().yes(true);
    destroy(&all(&assembly), &clients, &gone, &mut Kept::default()).await.expect("it is destroyed");
    let calls = proxy.calls().split_off(before);
    assert!(calls.len() <= 20, "{:?}", counted(&calls));
}
