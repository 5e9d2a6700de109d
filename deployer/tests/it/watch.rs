//! `belvedere watch`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use crate::deploy::{assembly, topic};
use crate::emulator::Emulator;
use crate::options::kept;
use crate::support::{belvedere, empty, run};

/// A running `belvedere watch`.
struct Watching {
    process: Child,
    lines: Receiver<String>,
    text: String,
}

impl Watching {
    fn start(directory: &Path, emulator: &Emulator, arguments: &[&str]) -> Self {
        let mut command = belvedere(directory);
        command.arg("watch").args(arguments).envs(emulator.variables()).stdin(Stdio::null());
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let stderr = BufReader::new(process.stderr.take().expect("piped"));
        let (sender, lines) = channel();
        thread::spawn(move || stderr.lines().map_while(Result::ok).for_each(|line| _ = sender.send(line)));
        Self { process, lines, text: String::new() }
    }

    /// Waits until it says something with `told`.
    fn wait_for(&mut self, told: &str) {
        loop {
            let line = self.lines.recv_timeout(Duration::from_secs(60));
            let line = line.unwrap_or_else(|error| panic!("no {told}: {error}: {}", self.text));
            self.text += &format!("{line}\n");
            if line.contains(told) {
                return;
            }
        }
    }

    fn interrupt(mut self) -> (Option<i32>, String) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill runs").success());
        let status = self.process.wait().expect("it ends");
        self.text.extend(self.lines.iter().map(|line| line + "\n"));
        (status.code(), std::mem::take(&mut self.text))
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        _ = self.process.kill();
    }
}

/// A project whose app writes what is in `source/`, and notes each run in `target/runs`.
fn project(case: &str) -> PathBuf {
    let directory = empty(case);
    fs::create_dir_all(directory.join("source")).expect("made");
    fs::create_dir_all(directory.join("target")).expect("made");
    template(&directory, "a");
    let app =
        "echo run >> target/runs\ncat source/broken 2>/dev/null && exit 7\nsleep 0.7\ncp source/* \"$CDK_OUTDIR\"\n";
    fs::write(directory.join("app.sh"), app).expect("written");
    let settings = "app = \"sh app.sh\"\n[watch]\ninclude = [\"source\", \"app.sh\"]\nexclude = [\"**/*.tmp\"]\n";
    fs::write(directory.join("belvedere.toml"), settings).expect("written");
    directory
}

fn template(directory: &Path, name: &str) {
    assembly(&directory.join("source"), &[("App", topic("App", name), &[])]);
}

fn runs(directory: &Path) -> usize {
    fs::read_to_string(directory.join("target/runs")).unwrap_or_default().lines().count()
}

#[test]
fn each_change_is_deployed_until_it_is_interrupted() {
    let case = "watch_changes";
    let Some(emulator) = Emulator::start(case) else { return };
    let directory = project(case);
    let mut watching = Watching::start(&directory, &emulator, &[]);
    watching.wait_for("created after");
    watching.wait_for("note: watching 3 files; Ctrl-C ends it");
    // What does not count leads to nothing.
    fs::write(directory.join("notes.md"), "a").expect("written");
    fs::write(directory.join("source/a.tmp"), "a").expect("written");
    thread::sleep(Duration::from_millis(1500));
    assert_eq!(runs(&directory), 1);

    template(&directory, "b");
    watching.wait_for("note: changed: source/App.template.json");
    watching.wait_for("updated after");
    watching.wait_for("note: watching");
    let name = "boto3.client('sns').get_topic_attributes(TopicArn=boto3.client('sns').list_topics()['Topics'][0]\
                ['TopicArn'])['Attributes']['DisplayName']";
    assert_eq!(kept(&emulator, case, name), "b");

    fs::write(directory.join("source/broken"), "it does not compile\n").expect("written");
    watching.wait_for("error: \"sh app.sh\" failed with exit code 7");
    watching.wait_for("note: watching");
    fs::remove_file(directory.join("source/broken")).expect("removed");
    watching.wait_for("unchanged after");
    watching.wait_for("note: watching");

    // Several changes while one deployment runs lead to one more.
    let before = runs(&directory);
    template(&directory, "c");
    watching.wait_for("note: changed");
    template(&directory, "d");
    thread::sleep(Duration::from_millis(100));
    template(&directory, "e");
    watching.wait_for("updated after");
    watching.wait_for("note: changed");
    watching.wait_for("note: watching");
    thread::sleep(Duration::from_millis(1500));
    assert_eq!(runs(&directory), before + 2);
    assert_eq!(kept(&emulator, case, name), "e");

    let (code, text) = watching.interrupt();
    assert_eq!(code, Some(130), "{text}");
    assert!(text.ends_with("interrupted: nothing was under way in CloudFormation\n"), "{text}");
}

#[test]
fn without_an_initial_deployment_the_first_change_counts() {
    let case = "watch_no_initial";
    let Some(emulator) = Emulator::start(case) else { return };
    let directory = project(case);
    let mut watching = Watching::start(&directory, &emulator, &["--no-initial"]);
    watching.wait_for("note: watching");
    assert_eq!(runs(&directory), 0);
    template(&directory, "b");
    watching.wait_for("created after");
    watching.wait_for("note: watching");
    let (code, text) = watching.interrupt();
    assert_eq!(code, Some(130), "{text}");
}

#[test]
fn an_assembly_that_is_there_already_cannot_be_watched() {
    let directory = empty("watch_nothing");
    assembly(&directory, &[("App", topic("App", "a"), &[])]);
    let told = run(belvedere(&directory).args(["watch", "--app", "."])).failed();
    let expected = "error: there is nothing to watch: the app is an assembly that is there already\n\
                    hint: give --app a command that writes it, such as cargo run\n";
    assert_eq!(told, expected);
}
