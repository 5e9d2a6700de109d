//! Who sees what was deployed: a program in Python with AWS's own SDK, which knows nothing of ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::emulator::{Emulator, tool_or_skip};
use crate::support::{Run, belvedere, run};

/// The repository's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies below the root")
}

/// An assembly, and the emulator that it is deployed to.
pub(crate) struct Place {
    pub(crate) emulator: Emulator,
    pub(crate) assembly: PathBuf,
}

impl Place {
    /// The program, where a user runs it: commands that build assets are found from there.
    pub(crate) fn belvedere(&self, arguments: &[&str]) -> Run {
        let mut command = belvedere(root());
        command.envs(self.emulator.variables()).args(arguments).arg("--app").arg(&self.assembly);
        run(&mut command)
    }

    /// The same, where it has to end well. Returns what it told.
    pub(crate) fn told(&self, arguments: &[&str]) -> String {
        let run = self.belvedere(arguments);
        assert_eq!(run.code, Some(0), "{arguments:?}: {run:#?}");
        run.stderr
    }

    fn python(&self) -> Command {
        let python = tool_or_skip("boto3", "ministack/bin/python").expect("the emulator runs by it");
        let mut command = Command::new(python);
        command.envs(self.emulator.variables()).env("AWS_DEFAULT_REGION", "eu-central-1").current_dir(root());
        command
    }

    fn judged(&self, what: &str) -> String {
        let ids = self.assembly.with_extension("ids.json");
        let mut command = self.python();
        command.args(["tests/tools/deployed.py", what]).arg(&self.assembly).arg("--ids").arg(ids);
        let judged = run(&mut command);
        assert_eq!(judged.code, Some(0), "{what}: {judged:#?}");
        judged.stdout
    }

    /// Every resource of every template is there, as the services see it. Returns how many, and how many of their
    /// properties were compared.
    pub(crate) fn is_there(&self) -> (usize, usize) {
        let text = self.judged("there");
        let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok());
        (numbers.next().expect("resources"), numbers.next().expect("properties"))
    }

    /// Of what was there last, nothing is left but what is to be retained.
    pub(crate) fn is_gone(&self) {
        self.judged("gone");
    }

    /// What a script in Python writes, as JSON.
    pub(crate) fn asked(&self, script: &str) -> Value {
        let asked = run(self.python().args(["-c", script]));
        assert_eq!(asked.code, Some(0), "{asked:#?}");
        serde_json::from_str(&asked.stdout).expect("JSON")
    }
}

/// Copies the files of a directory, and those of directories in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("made");
    for entry in fs::read_dir(from).expect("it can be listed") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}

/// Changes the template of a stack, and what the assembly says of it: its asset is called by its content.
pub(crate) fn change(assembly: &Path, stack: &str, change: impl FnOnce(&mut Value)) {
    let file = assembly.join(format!("{stack}.template.json"));
    let before = fs::read(&file).expect("it is there");
    let mut template: Value = serde_json::from_slice(&before).expect("JSON");
    change(&mut template);
    fs::write(&file, template.to_string()).expect("written");
    let id = |content: &[u8]| Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (before, after) = (id(&before), id(template.to_string().as_bytes()));
    for name in [format!("{stack}.assets.json"), "manifest.json".to_owned()] {
        let path = assembly.join(name);
        let text = fs::read_to_string(&path).expect("it is there");
        fs::write(&path, text.replace(&before, &after)).expect("written");
    }
}

/// The ids of the resources of this type in a template.
pub(crate) fn of_type<'a>(template: &'a Value, kind: &str) -> Vec<&'a str> {
    let resources = template["Resources"].as_object().expect("resources").iter();
    resources.filter(|(_, resource)| resource["Type"] == json!(kind)).map(|(id, _)| id.as_str()).collect()
}
