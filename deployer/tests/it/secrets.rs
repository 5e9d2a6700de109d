//! Whatever is told, written or given to other programs: no credential, token or secret value is in it.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::stateful_cloudformation::StatefulCloudFormation;
use crate::states::told;
use crate::support::{belvedere, empty};

/// All that must not be seen. The last ones are the emulator's own token for ECR, and what a signed request has.
const SECRETS: [&str; 9] = [
    "MARKED-secret-key",
    "MARKED-session-token",
    "MARKED-by-argument",
    "MARKED-by-file",
    "MARKED-in-the-url",
    "ministack-auth-token",
    "AWS4-HMAC-SHA256",
    "Signature=",
    "MARKED",
];

fn template(broken: bool) -> Value {
    let mut template = json!({
        "Parameters": {
            "Password": {"Type": "String", "NoEcho": true},
            "Token": {"Type": "String", "NoEcho": true},
        },
        "Resources": {"Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"DisplayName": {"Fn::Sub": "to-${Password}"}},
            "Metadata": {"aws:cdk:path": "App/Alerts/Resource"},
        }},
        "Outputs": {
            "Direct": {"Value": {"Ref": "Password"}},
            "Within": {"Value": {"Fn::Join": ["-", ["a", {"Ref": "Token"}]]}},
            "Url": {"Value": {"Fn::Sub": "https://user:${Token}@example.com"}},
            "Name": {"Value": {"Fn::GetAtt": ["Topic", "TopicName"]}},
        },
    });
    if broken {
        template["Resources"]["Broken"] = json!({
            "Type": "AWS::SNS::Topic",
            "Properties": {"DisplayName": {"Fn::GetAtt": ["Topic", "Nonsense"]}},
        });
    }
    template
}

/// The arguments of the processes that descend from this one, seen while it runs.
#[derive(Default)]
struct Watched {
    stopped: Arc<AtomicBool>,
    seen: Arc<Mutex<BTreeSet<String>>>,
}

impl Watched {
    fn begin(marker: String) -> (Self, thread::JoinHandle<()>) {
        let watched = Self::default();
        let (stopped, seen) = (watched.stopped.clone(), watched.seen.clone());
        let thread = thread::spawn(move || {
            while !stopped.load(Ordering::SeqCst) {
                for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
                    let environment = fs::read(process.path().join("environ")).unwrap_or_default();
                    if String::from_utf8_lossy(&environment).contains(&marker) {
                        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
                        let line = String::from_utf8_lossy(&line).replace('\0', " ");
                        seen.lock().expect("no panic").insert(line);
                    }
                }
                thread::sleep(Duration::from_millis(3));
            }
        });
        (watched, thread)
    }
}

struct Case {
    emulator: Emulator,
    directory: PathBuf,
    home: PathBuf,
    tools: PathBuf,
}

impl Case {
    /// Runs a command, and returns all that it has told; `fed` is its standard input.
    fn run(&self, arguments: &[&str], fed: Option<&str>) -> (Option<i32>, String) {
        self.run_at(&self.emulator.url, arguments, fed)
    }

    fn run_at(&self, url: &str, arguments: &[&str], fed: Option<&str>) -> (Option<i32>, String) {
        let mut command = belvedere(&self.directory);
        command.args(arguments).envs(self.emulator.variables()).env("AWS_ENDPOINT_URL", url);
        command.env("AWS_SECRET_ACCESS_KEY", SECRETS[0]).env("AWS_SESSION_TOKEN", SECRETS[1]);
        command.env("HOME", &self.home).env("TMPDIR", self.home.join("tmp"));
        command.env("PATH", format!("{}:/usr/bin:/bin", self.tools.display()));
        command.envs([("RUST_LOG", "trace"), ("RUST_BACKTRACE", "1"), ("AWS_LOG", "debug")]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the program starts");
        let mut stdin = process.stdin.take().expect("piped");
        _ = std::io::Write::write_all(&mut stdin, fed.unwrap_or_default().as_bytes());
        drop(stdin);
        let output = process.wait_with_output().expect("it ends");
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&text).into_owned())
    }
}

/// Sees that no secret is in a text.
fn clean(text: &str, place: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} in {place}: {text}");
    }
}

/// Sees that no secret is in a file below a directory, and returns how many files there are.
fn clean_files(directory: &Path, but: &[&str]) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(directory).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            count += clean_files(&path, but);
        } else if !but.iter().any(|name| path.ends_with(name)) {
            let bytes = fs::read(&path).expect("ours");
            clean(&String::from_utf8_lossy(&bytes), &path.display().to_string());
            count += 1;
        }
    }
    count
}

fn write_assembly(directory: &Path, template: &Value) {
    let write = |name: &str, value: Value| fs::write(directory.join(name), value.to_string()).expect("written");
    write(
        "manifest.json",
        json!({"version": "36.0.0", "artifacts": {
            "App": {
                "type": "aws:cloudformation:stack",
                "environment": "aws://unknown-account/unknown-region",
                "properties": {"templateFile": "App.template.json"},
                "dependencies": ["App.assets"],
            },
            "App.assets": {"type": "cdk:asset-manifest", "properties": {"file": "App.assets.json"}},
        }}),
    );
    write("App.template.json", template.clone());
    let destination = json!({"repositoryName": "images", "imageTag": "v1"});
    let image =
        json!({"displayName": "App/Image", "source": {"directory": "image"}, "destinations": {"here": destination}});
    write("App.assets.json", json!({"version": "36.0.0", "dockerImages": {"id": image}}));
    fs::create_dir_all(directory.join("image")).expect("made");
    fs::write(directory.join("image/Dockerfile"), "FROM scratch\n").expect("written");
}

#[test]
fn nothing_that_is_told_or_written_has_a_secret() {
    let case = "secrets";
    let Some(emulator) = Emulator::start(case) else { return };
    let (directory, home, tools) = (empty(case), empty("secrets.home"), empty("secrets.tools"));
    fs::create_dir(home.join("tmp")).expect("made");
    write_assembly(&directory, &template(false));
    // A container tool that notes what it is asked, and takes long enough to be seen.
    let tool = tools.join("docker");
    fs::write(&tool, "#!/bin/sh\necho \"$*\" >> \"$HOME/asked\"\nwhile read line; do :; done\nsleep 0.2\n")
        .expect("written");
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("ours");
    let python = crate::emulator::tool_or_skip(case, "ministack/bin/python").expect("the emulator runs by it");
    let make = "import boto3; boto3.client('ecr').create_repository(repositoryName='images')";
    let region = ("AWS_DEFAULT_REGION", "eu-central-1");
    let made = Command::new(python).args(["-c", make]).envs(emulator.variables()).envs([region]).status();
    assert!(made.expect("python runs").success());
    fs::write(home.join("values"), format!("Token={}\n", SECRETS[3])).expect("written");
    let case = Case { emulator, directory, home, tools };
    let (watched, thread) = Watched::begin(format!("HOME={}", case.home.display()));

    let (by_argument, file) = (format!("Password={}", SECRETS[2]), case.home.join("values"));
    let file = file.to_str().expect("UTF-8");
    let values = ["--parameter", &by_argument, "--parameter-file", file];
    let outputs_file = case.directory.join("outputs.json");
    let outputs_file = outputs_file.to_str().expect("UTF-8");
    let app = ["--app", "."];
    let commands: [(&[&str], i32); 19] = [
        (&["ls"], 0),
        (&["ls", "--output", "json"], 0),
        (&["diff", "--change-set", "--output", "json"], 0),
        (&["deploy", "--yes"], 1),
        (&["deploy", "--yes", "--output", "json", "--outputs-file", outputs_file], 0),
        (&["deploy", "--yes", "--method", "direct", "--force"], 0),
        (&["diff", "--change-set"], 0),
        (&["outputs"], 0),
        (&["outputs", "--output", "json"], 0),
        (&["status"], 0),
        (&["status", "--output", "json"], 0),
        (&["events", "App"], 0),
        (&["events", "App", "--output", "json"], 0),
        (&["drift"], 0),
        (&["doctor", "--output", "json"], 0),
        (&["rollback", "--yes"], 0),
        (&["deploy", "--yes", "--parameter", "not a name=MARKED-by-argument"], 2),
        (&["destroy", "--all", "--yes", "--output", "json"], 0),
        (&["deploy", "--yes", "--output", "json", "--profile", "nobody"], 1),
    ];
    for (number, (arguments, code)) in commands.iter().enumerate() {
        // The first deployment lacks its values.
        let with_values = ["deploy", "diff"].contains(&arguments[0]) && number != 3;
        let arguments = [*arguments, &app[..], if with_values { &values[..] } else { &[] }].concat();
        let (ended, text) = case.run(&arguments, None);
        assert_eq!(ended, Some(*code), "{arguments:?}: {text}");
        clean(&text, &format!("what {arguments:?} tells"));
    }
    // A deployment that fails and is rolled back, with the values on the standard input.
    write_assembly(&case.directory, &template(true));
    let fed = json!({"Password": SECRETS[2], "Token": SECRETS[3]}).to_string();
    for output in ["text", "json"] {
        let arguments = ["deploy", "--yes", "--app", ".", "--parameter-file", "-", "--output", output];
        let (ended, text) = case.run(&arguments, Some(&fed));
        assert_eq!(ended, Some(1), "{text}");
        assert!(text.contains("Nonsense"), "it fails as it should: {text}");
        clean(&text, "what a deployment that fails tells");
    }
    // An endpoint with credentials in its URL, which is somewhere else.
    let cloudformation = StatefulCloudFormation::start("UPDATE_ROLLBACK_FAILED", "{}").stubborn("Topic");
    let url = cloudformation.url.replace("http://", "http://user:MARKED-in-the-url@");
    for command in [&["status"][..], &["doctor"], &["diff", "--change-set"], &["rollback", "--yes"], &["outputs"]] {
        let (_, text) = case.run_at(&url, &[command, &app].concat(), None);
        clean(&text, "what is told of an endpoint");
    }

    watched.stopped.store(true, Ordering::SeqCst);
    thread.join().expect("it only looks");
    let seen = watched.seen.lock().expect("no panic").clone();
    assert!(seen.iter().any(|line| line.contains("docker")), "the tool was seen: {seen:#?}");
    for line in seen.iter().filter(|line| !line.contains("MARKED-by-argument")) {
        clean(line, "the arguments of a process");
    }
    let of_others = |line: &&String| line.contains("MARKED-by-argument") && !line.contains("belvedere");
    assert_eq!(seen.iter().find(of_others), None, "what was an argument of ours is no argument of others");
    assert!(clean_files(&case.directory, &[]) > 3);
    assert!(fs::read_to_string(case.home.join("asked")).expect("it was asked").contains("login"));
    clean_files(&case.home, &["values"]);
    let outputs: Value = serde_json::from_slice(&fs::read(outputs_file).expect("written")).expect("JSON");
    assert_eq!((&outputs["App"]["Direct"], &outputs["App"]["Url"]), (&json!("****"), &json!("****")), "{outputs}");
    assert!(outputs["App"]["Name"].as_str().expect("a text").len() > 4, "others are told: {outputs}");
}

#[test]
fn what_cloudformation_says_of_a_secret_is_not_said_again() {
    let directory = empty("secrets.refused");
    write_assembly(&directory, &template(false));
    fs::write(directory.join("App.assets.json"), json!({"version": "36.0.0"}).to_string()).expect("written");
    let words = "the value MARKED-by-argument of Password is too weak";
    let values = ["--parameter", "Password=MARKED-by-argument", "--parameter", "Token=MARKED-by-file"];
    for (command, code) in [(&["deploy", "--yes"][..], 1), (&["diff", "--change-set"], 0)] {
        let cloudformation =
            StatefulCloudFormation::start("CREATE_COMPLETE", &template(false).to_string()).refusing(words);
        let run = told(&cloudformation, &directory, &[command, &values].concat());
        assert_eq!(run.code, Some(code), "{run:#?}");
        let text = run.stdout + &run.stderr;
        assert!(text.contains("the value **** of Password is too weak"), "{text}");
        clean(&text, "what is told of a refusal");
    }
}
