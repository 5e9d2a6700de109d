//! A whole content as Rust.

use serde_json::Value as Json;

use super::both::Both;
use super::code::Code;
use super::content_file::{ContentFile, PartFunction, Step};
use super::data_source::data_source;
use super::file::{RustFile, quoted};
use super::link::take_links;
use super::meaning::{content_differences, text};
use super::name::Names;
use super::policy::{mute_timing, policies};
use super::receiver::contact_point;
use super::references::{References, What};
use super::rule::rule_group;
use super::same::without_set_by_grafana;
use crate::alerting::MessageTemplate;
use crate::content::Content;
use crate::dashboard::Dashboard;
use crate::document::{DashboardDocument, Document};
use crate::finding::{Finding, Rule};
use crate::folder::Folder;

/// A content as Rust: a module with the function `content`, and a module below it for each dashboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RustContent {
    /// The text of the module, `mod.rs`, as `rustfmt` would lay it out.
    pub module: String,
    /// The dashboards: each is a module with the name of its function.
    pub dashboards: Vec<RustFile>,
    /// What the code does not say, or says as JSON, as one line for each. The module says so too.
    pub notes: Vec<String>,
}

/// Returns a content as Rust, such as one that was read from a Grafana: data sources and the links between them, folders,
/// dashboards, and alerting. [`content_differences`] says what it means that the content of the code is the same.
///
/// A secret is a [`Secret`](crate::Secret), the place that the document names. What has no type is JSON in the code.
///
/// # Errors
/// The document names values that are known only when it is deployed: [`Document::resolve`] puts them in their places.
pub fn content(document: &Document) -> Result<RustContent, Box<Finding>> {
    if let Err(unresolved) = document.resolve(&|_| None) {
        let fix = "give each its value with `Document::resolve`";
        let refused = Finding::problem(Rule("unresolved"), "content", unresolved.to_string());
        return Err(Box::new(refused.fix(fix)));
    }
    let mut making = Making::new(document);
    making.folders();
    making.data_sources();
    making.receivers();
    making.mute_timings();
    making.policies();
    making.dashboards();
    making.rule_groups();
    making.templates();
    Ok(making.finish())
}

/// A content while it is made, as code and in fact.
struct Making<'a> {
    document: &'a Document,
    references: References,
    /// The names of functions.
    functions: Names,
    content: Content,
    file: ContentFile,
    dashboards: Vec<RustFile>,
    placed: Vec<DashboardDocument>,
    notes: Vec<String>,
}

impl<'a> Making<'a> {
    fn new(document: &'a Document) -> Self {
        let mut functions = Names::default();
        functions.reserve("content");
        let mut references = References::new();
        // All have names before the first is looked at: a link may lead to one that comes later.
        for folder in &document.folders {
            references.add(What::Folder(folder.uid.clone()), &folder.title);
        }
        for source in &document.data_sources {
            references.add_source(source);
        }
        Self {
            document,
            references,
            functions,
            content: Content::new(document.name.as_str()),
            file: ContentFile::new(&document.name),
            dashboards: Vec::new(),
            placed: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn folders(&mut self) {
        // The folders of a document stand below those that they are in.
        for folder in &self.document.folders {
            let mut code = Code::call("Folder::new", vec![Code::text(&folder.uid), Code::text(&folder.title)]);
            let mut value = Folder::new(&*folder.uid, &*folder.title);
            if let Some(parent) = &folder.parent_uid {
                let parent = self.references.folder(parent);
                value = value.inside(&parent.value);
                code.method("inside", vec![parent.code]);
            }
            self.content.add(value);
            let name = self.references.folder(&folder.uid).code;
            self.file.step(Step::Add(Some(name), code));
        }
        self.file.end_of_kind();
    }

    fn data_sources(&mut self) {
        let mut links = Vec::new();
        for source in &self.document.data_sources {
            let mut plain = source.clone();
            links.extend(take_links(&mut plain, &self.references));
            let made = data_source(&plain, &mut self.content);
            let title = text(source, "name");
            let mut about = format!("The data source {}.", quoted(title));
            if made.is_custom {
                about += " Its plugin has no type here: its settings are JSON.";
            }
            let name = self.references.added_source(text(source, "uid")).map(|source| Code::plain(&source.name));
            let call = self.function(&format!("{title} data source"), about, made.kind, made.code);
            self.file.step(Step::Add(name, call));
        }
        self.file.end_of_kind();
        for link in links {
            (link.add)(&mut self.content);
            self.file.step(Step::Add(None, link.code));
        }
        self.file.end_of_kind();
    }

    fn receivers(&mut self) {
        let points = &self.document.alerting.contact_points;
        let mut names: Vec<&str> = Vec::new();
        for point in points {
            let name = text(point, "name");
            if !names.contains(&name) {
                names.push(name);
                self.references.add(What::ContactPoint(name.to_owned()), name);
            }
        }
        for name in names {
            let receivers: Vec<&Json> = points.iter().filter(|point| text(point, "name") == name).collect();
            let Some(code) = contact_point(name, &receivers, &mut self.content) else { continue };
            let about = format!("The contact point {}.", quoted(name));
            let variable = self.references.contact_point(name).code;
            let call = self.function(&format!("{name} contact point"), about, "ContactPoint".to_owned(), code);
            self.file.step(Step::Add(Some(variable), call));
        }
        self.file.end_of_kind();
    }

    fn mute_timings(&mut self) {
        for timing in &self.document.alerting.mute_timings {
            let name = text(timing, "name");
            // One that cannot be said is told of at the end, and taken to be in the Grafana already.
            let Some(Both { value, code }) = mute_timing(timing) else { continue };
            self.content.add(value);
            self.references.add(What::MuteTiming(name.to_owned()), name);
            let variable = self.references.mute_timing(name).code;
            let about = format!("The mute timing {}.", quoted(name));
            let call = self.function(&format!("{name} mute timing"), about, "MuteTiming".to_owned(), code);
            self.file.step(Step::Add(Some(variable), call));
        }
        self.file.end_of_kind();
    }

    fn policies(&mut self) {
        let Some(wanted) = &self.document.alerting.policies else { return };
        let Both { value, code } = policies(wanted, &mut self.references);
        self.content.add(value);
        let about = "Which alerts go where.".to_owned();
        let call = self.function("policies", about, "Policies".to_owned(), code);
        self.file.step(Step::Add(None, call));
        self.file.end_of_kind();
    }

    fn dashboards(&mut self) {
        let mut modules = Names::default();
        for held in &self.document.dashboards {
            let json = without_set_by_grafana(&held.dashboard);
            let title = text(&json, "title");
            let mut code = match super::export::from_model(&self.document.name, &json, &mut modules) {
                Ok(file) => {
                    let borrowed = |source| Code::plain(self.references.source(source));
                    let arguments = file.sources.iter().map(borrowed).collect();
                    let call = Code::call(format!("{0}::{0}", file.function), arguments);
                    self.file.module(&file.function);
                    self.dashboards.push(file);
                    self.placed
                        .push(DashboardDocument { folder_uid: held.folder_uid.clone(), dashboard: json.clone() });
                    call
                }
                Err(finding) => {
                    self.notes.push(format!("dashboard {} is JSON in the code: {}", quoted(title), finding.message));
                    let code = Code::call("Dashboard::from_json", vec![Code::text(&json.to_string())]);
                    let dashboard = Dashboard::from_value(json.clone()).to_value();
                    self.placed.push(DashboardDocument { folder_uid: held.folder_uid.clone(), dashboard });
                    let about = format!("The dashboard {}, as JSON: {}.", quoted(title), finding.message);
                    self.function(title, about, "Dashboard".to_owned(), code)
                }
            };
            if let Some(folder) = &held.folder_uid {
                code.method("folder", vec![self.references.folder(folder).code]);
            }
            let name = self.references.add(What::Dashboard(text(&json, "uid").to_owned()), title);
            self.file.step(Step::Add(Some(Code::plain(name)), code));
        }
        self.file.end_of_kind();
    }

    fn rule_groups(&mut self) {
        for group in &self.document.alerting.rule_groups {
            let made = rule_group(group, &mut self.references);
            self.content.add(made.group.value);
            let mut about = format!("The alert rules of {}.", quoted(&group.title));
            if !made.untyped.is_empty() {
                let titles: Vec<String> = made.untyped.iter().map(|title| quoted(title)).collect();
                about += &format!(" What `member` sets has no type: {}.", titles.join(", "));
            }
            let call = self.function(&format!("{} rules", group.title), about, "RuleGroup".to_owned(), made.group.code);
            self.file.step(Step::Add(None, call));
        }
        self.file.end_of_kind();
    }

    fn templates(&mut self) {
        for template in &self.document.alerting.templates {
            let (name, text) = (template.name.as_str(), template.template.as_str());
            self.content.add(MessageTemplate::new(name, text));
            let code = Code::call("MessageTemplate::new", vec![Code::text(name), Code::text(text)]);
            let about = format!("The message template {}.", quoted(name));
            let call = self.function(&format!("{name} template"), about, "MessageTemplate".to_owned(), code);
            self.file.step(Step::Add(None, call));
        }
        self.file.end_of_kind();
    }

    /// Adds a function that returns a part, and returns its call.
    fn function(&mut self, name: &str, about: String, returns: String, body: Code) -> Code {
        let name = self.functions.name(name, "part");
        let function = PartFunction::new(name, about, returns, body, &self.references.variables());
        let call = function.call();
        self.file.functions.push(function);
        call
    }

    fn finish(mut self) -> RustContent {
        let mut given = self.content.document();
        given.dashboards = self.placed;
        let differences = content_differences(self.document, &given);
        self.notes.extend(differences.into_iter().map(|difference| format!("not in the code as it was: {difference}")));
        let lacking = self.document.plugins.iter().filter(|plugin| !given.plugins.contains(plugin));
        self.notes.extend(lacking.map(|plugin| format!("the plugin {} is not installed by the code", quoted(plugin))));
        let module = self.file.text(&self.references.variables(), &self.notes);
        RustContent { module, dashboards: self.dashboards, notes: self.notes }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use serde_json::json;

    use super::*;

    fn by_hand() -> Document {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/contents/as_a_grafana_answers.json");
        serde_json::from_str(&fs::read_to_string(path).expect("text")).expect("a document")
    }

    #[test]
    fn all_that_a_grafana_holds_is_in_the_code() {
        let made = content(&by_hand()).expect("there are no values of a deployment");
        assert_eq!(made.notes, [""; 0]);
        assert_eq!(made.dashboards.iter().map(|file| file.function.as_str()).collect::<Vec<_>>(), ["service", "home"]);
        for line in [
            "    let observability_folder = content.add(Folder::new(\"top\", \"Observability\"));\n",
            "    let metrics = content.add(metrics_data_source());\n",
            "    content.add(Exemplars::new(&metrics, &traces));\n",
            "    content.add(home::home(&metrics_2, &prometheus));\n",
            "            Secret::secrets_manager_key(\"grafana/metrics\", \"authorization\"),\n",
        ] {
            assert!(made.module.contains(line), "{line}{}", made.module);
        }
    }

    #[test]
    fn what_the_code_cannot_say_is_told() {
        let mut document = by_hand();
        let many = json!([
            { "weekdays": ["monday"], "location": "Europe/Berlin" }, { "weekdays": ["sunday"], "location": "Asia/Tokyo" },
        ]);
        document.alerting.mute_timings[0]["time_intervals"] = many;
        document.alerting.mute_timings[1]["time_intervals"] = json!([]);
        document.alerting.policies.as_mut().expect("policies")["matchers"] = json!(["a=b"]);
        document.plugins.push("acme-panel".to_owned());
        let made = content(&document).expect("there are no values of a deployment");
        for note in [
            "not in the code as it was: mute timing `nights`.time_intervals[1].location: \"Asia/Tokyo\" against \"Europe/Berlin\"",
            "not in the code as it was: mute timing `holidays`: only in the first",
            "not in the code as it was: notification policies.matchers: [\"a=b\"] against nothing",
            "the plugin `acme-panel` is not installed by the code",
        ] {
            assert!(made.notes.iter().any(|told| told == note), "{note}: {:#?}", made.notes);
            assert!(made.module.split_whitespace().collect::<Vec<_>>().join(" ").contains("acme-panel"));
        }
    }

    #[test]
    fn a_value_of_a_deployment_has_to_be_there() {
        let source = json!({ "uid": "p", "name": "P", "type": "prometheus", "url": { "belvedere:value": "Url" } });
        let document = Document { data_sources: vec![source], ..Document::default() };
        assert!(content(&document).expect_err("nobody knows it").to_string().contains("no value is known for Url"));
    }

    #[test]
    fn nothing_is_a_content_too() {
        let made = content(&Document { name: "empty".to_owned(), ..Document::default() }).expect("nothing");
        let expected = "//! The content `empty`, made from what a Grafana holds.\n\nuse belvedere_grafana::Content;\n\n\
                        /// Returns the content.\n#[must_use]\npub fn content() -> Content {\n    Content::new(\"empty\")\n}\n";
        assert_eq!(made.module, expected);
    }
}
