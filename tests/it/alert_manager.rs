//! The real Alertmanager judges the definitions that Belvedere writes, and sends what they say.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use belvedere::Stack;
use belvedere::aps::{AlertManagerDefinition, DeadMansSwitch, Grouping, Receiver, Workspace};
use belvedere::sns::{Publisher, Topic, TopicEncryption};
use belvedere::testing::Template;
use serde_json::{Value, json};

use crate::alerts_fire::{Running, eventually, free_address};
use crate::rules::{committed, complaint, filled};
use crate::tools;

/// The managed service takes the Alertmanager's configuration and its templates as one file; the Alertmanager takes
/// several. Gives back the path of the configuration.
fn unpack(definition: &str, folder: &Path) -> PathBuf {
    let (templates, config) = definition.split_once("alertmanager_config: |\n").expect("it has a configuration");
    for line in templates.lines().skip(1) {
        // A template on one line is quoted as JSON quotes text.
        let (name, body) = line.trim().split_once(": ").expect("a name and a template");
        let body: String = serde_json::from_str(body).expect("a quoted template");
        fs::write(folder.join(name), body).expect("the folder is writable");
    }
    let config: String = config.lines().map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect();
    let path = folder.join("alertmanager.yaml");
    fs::write(&path, config).expect("the folder is writable");
    path
}

#[test]
fn amtool_accepts_what_is_committed() {
    const CASE: &str = "amtool accepts the alert managers of synth-output/";
    let Some(amtool) = tools::find_debian_or_skip(CASE, "amtool") else { return };
    let definitions = committed(CASE, "AWS::APS::Workspace", "AlertManagerDefinition");
    assert!(!definitions.is_empty(), "synth-output/ has no alert manager");
    for (place, text) in definitions {
        let path = unpack(&text, &tools::scratch("amtool-committed"));
        assert_eq!(complaint(&amtool, &["check-config"], &path), None, "{place}");
    }
}

/// What was published, as names and values.
type Message = Vec<(String, String)>;

/// What stands in for SNS: it keeps what is published.
fn topics() -> (SocketAddr, Arc<Mutex<Vec<Message>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let published = Arc::new(Mutex::new(Vec::new()));
    let keep = published.clone();
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let keep = keep.clone();
            thread::spawn(move || {
                while let Some(body) = read_request(&connection) {
                    keep.lock().expect("nobody panics").push(form(&body));
                    let xml =
                        "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>";
                    let length = xml.len();
                    if write!(connection, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{xml}").is_err() {
                        break;
                    }
                }
            });
        }
    });
    (address, published)
}

fn read_request(connection: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(connection);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    String::from_utf8(body).ok()
}

/// Reads a form as browsers send it.
fn form(body: &str) -> Message {
    let decoded = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'+' => b' ',
                b'%' => {
                    let digits: String = rest.by_ref().take(2).map(char::from).collect();
                    u8::from_str_radix(&digits, 16).expect("two digits")
                }
                other => other,
            });
        }
        String::from_utf8(bytes).expect("it is text")
    };
    let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

fn member<'a>(message: &'a [(String, String)], name: &str) -> &'a str {
    message.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
}

#[test]
fn alerts_and_heartbeats_reach_their_topics() {
    const CASE: &str = "alerts and heartbeats reach their topics";
    let Some(program) = tools::find_debian_or_skip(CASE, "prometheus-alertmanager") else { return };
    let mut stack = Stack::new("Example");
    let alerts = Topic::new()
        .encryption(TopicEncryption::Unencrypted)
        .accept_messages_from(Publisher::ManagedPrometheus)
        .accept_messages_from(Publisher::CloudWatchAlarms);
    let alerts = stack.add("Alerts", alerts);
    let heartbeat = stack.add("Heartbeat", DeadMansSwitch::new(&alerts));
    let definition = AlertManagerDefinition::new(&Receiver::sns("team", &alerts).subject("{{ .Status }}"))
        .grouping(Grouping::new().by(["alertname"]).wait(Duration::from_secs(1)))
        .route(heartbeat.route())
        .json_messages();
    stack.add("Workspace", Workspace::new().alert_manager(definition));
    let template = Template::from_stack(stack).expect("the stack is in order");
    let template = template.to_json();
    let resources = template["Resources"].as_object().expect("a template has resources");
    let workspace = resources.values().find(|resource| resource["Type"] == "AWS::APS::Workspace");
    let definition = filled(&workspace.expect("there is a workspace")["Properties"]["AlertManagerDefinition"]);

    let (sns, published) = topics();
    let folder = tools::scratch("alert-manager");
    // The managed service sets this itself.
    let definition =
        definition.replace("          sigv4:\n", &format!("          api_url: \"http://{sns}\"\n          sigv4:\n"));
    let config = unpack(&definition, &folder);
    let address = free_address();
    let _alert_manager = Command::new(program)
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address={address}"))
        .arg("--cluster.listen-address=")
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(folder.join("log")).expect("the folder is writable"))
        .spawn()
        .map(Running)
        .expect("the Alertmanager starts");

    let quoted = "says \"no\"\nand more";
    let body = json!([
        { "labels": { "alertname": "Watchdog", "severity": "none" } },
        { "labels": { "alertname": "Errors", "severity": "critical" }, "annotations": { "summary": quoted } },
    ]);
    let body = body.to_string();
    eventually("the Alertmanager takes alerts", || {
        let mut connection = TcpStream::connect(address).ok()?;
        let length = body.len();
        let head =
            format!("POST /api/v2/alerts HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: {length}");
        write!(connection, "{head}\r\n\r\n{body}").ok()?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).ok()?;
        answer.lines().next()?.contains(" 200 ").then_some(())
    });
    let message_to = |topic: &str| {
        eventually(topic, || {
            let published = published.lock().expect("nobody panics");
            published.iter().find(|message| member(message, "TopicArn").contains(topic)).cloned()
        })
    };
    let alert = message_to(":Alerts");
    assert_eq!(member(&alert, "Subject"), "firing");
    let text: Value = serde_json::from_str(member(&alert, "Message")).expect("the message is JSON");
    assert_eq!((&text["receiver"], &text["status"]), (&json!("team"), &json!("firing")));
    assert_eq!(text["alerts"][0]["labels"], json!({ "alertname": "Errors", "severity": "critical" }));
    assert_eq!(text["alerts"][0]["annotations"]["summary"], quoted);
    assert_eq!(text["alerts"].as_array().map(Vec::len), Some(1), "the heartbeat is elsewhere");
    let heartbeat = message_to(":HeartbeatTopic");
    assert!(member(&heartbeat, "Message").contains("Watchdog"), "{heartbeat:?}");
}
