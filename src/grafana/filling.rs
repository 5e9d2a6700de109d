//! [`WorkspaceContent`] and [`ServerContent`]: what a Grafana is filled with once its stack is deployed.

use belvedere_cfn::{IntoValue, Output, Value};
use belvedere_grafana::check::Context;
use belvedere_grafana::{
    AppliedContent, Content, Login, OutputOr, RoleAssignment, Server, Target, WorkspaceRole, WorkspaceSettings,
};

use super::workspace_ref::WorkspaceRef;
use crate::construct::Construct;
use crate::scope::Scope;

/// What a workspace is filled with once its stack is deployed.
///
/// `belvedere deploy` brings it there after the stack, and `belvedere grafana plan` tells what that will change. It adds
/// nothing to the stack but the outputs with the values that are known only then. What the content's
/// [checks](Content::check) find is said at synthesis.
///
/// ```
/// use belvedere::Stack;
/// use belvedere::grafana::{Authentication, Content, Folder, Workspace, WorkspaceContent};
///
/// let mut stack = Stack::new("Observability");
/// let grafana = stack.add("Grafana", Workspace::new(Authentication::IdentityCenter));
/// let mut content = Content::new("observability");
/// content.add(Folder::new("services", "Services"));
/// stack.add("Content", WorkspaceContent::new(&grafana, content));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct WorkspaceContent {
    workspace: WorkspaceRef,
    content: Content,
    settings: WorkspaceSettings,
    roles: Vec<RoleAssignment>,
}

impl WorkspaceContent {
    /// Fills a workspace with a content. Grafana's own alerting is turned on if the content has alert rules; nobody is
    /// given a role.
    #[must_use]
    pub fn new(workspace: &WorkspaceRef, content: Content) -> Self {
        Self { workspace: workspace.clone(), content, settings: WorkspaceSettings::default(), roles: Vec::new() }
    }

    /// Whether Grafana evaluates alert rules itself. It does if the content has any, and else is left as it is, by
    /// default.
    #[must_use]
    pub const fn unified_alerting(mut self, enabled: bool) -> Self {
        self.settings.unified_alerting = Some(enabled);
        self
    }

    /// Whether admins may install plugins, which is also how the content's own are installed. They may if the content needs
    /// any, and else that is left as it is, by default.
    #[must_use]
    pub const fn plugin_admin(mut self, enabled: bool) -> Self {
        self.settings.plugin_admin = Some(enabled);
        self
    }

    /// Gives users of IAM Identity Center, by their ids, a role in the workspace. Nobody by default.
    #[must_use]
    pub fn users(mut self, role: WorkspaceRole, ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let users = ids.into_iter().map(Into::into).collect();
        self.roles.push(RoleAssignment { role, users, groups: Vec::new() });
        self
    }

    /// Gives groups of IAM Identity Center, by their ids, a role in the workspace. None by default.
    #[must_use]
    pub fn groups(mut self, role: WorkspaceRole, ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let groups = ids.into_iter().map(Into::into).collect();
        self.roles.push(RoleAssignment { role, users: Vec::new(), groups });
        self
    }
}

impl WorkspaceContent {
    fn report_roles(&self, scope: &mut Scope<'_>) {
        for given in self.roles.iter().filter(|given| given.users.is_empty() && given.groups.is_empty()) {
            scope.warning(format!("the role {:?} is given to nobody", given.role));
        }
        let given = || self.roles.iter().filter(|given| !(given.users.is_empty() && given.groups.is_empty()));
        let administered = given().any(|given| given.role == WorkspaceRole::Admin);
        if self.workspace.identity_center_alone && given().next().is_some() && !administered {
            scope.warning(
                "roles are given, and Admin to nobody: nobody can administer the workspace but whom AWS's console makes \
                 its admin",
            );
        }
    }
}

impl Construct for WorkspaceContent {
    type Ref = ();

    fn define(self, scope: &mut Scope<'_>) {
        let target = Target::Workspace(output_or(scope, "WorkspaceId", &self.workspace.workspace_id()));
        // A workspace of this program without a role is one whose permissions the service manages.
        let is_service_managed = self.workspace.resource().is_some() && self.workspace.role().is_none();
        let mut around =
            if is_service_managed { Context::default().service_managed() } else { Context::default().managed() };
        if let Some(version) = &self.workspace.version {
            around = around.managed_version(version.as_str());
        }
        self.report_roles(scope);
        fill(scope, target, around, self.settings, self.roles, self.content);
    }
}

/// What a Grafana that somebody runs is filled with once the stack is deployed, by its HTTP API.
///
/// The machine that deploys has to reach it. [`SelfHostedGrafana`](crate::observability::SelfHostedGrafana), which is
/// private to its VPC, takes a content as files instead.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerContent {
    url: Value<String>,
    login: Login,
    content: Content,
}

impl ServerContent {
    /// Fills the Grafana at a URL, such as `https://grafana.example.com`, with a content.
    #[must_use]
    pub fn new(url: impl IntoValue<String>, login: Login, content: Content) -> Self {
        Self { url: url.into_value(), login, content }
    }
}

impl Construct for ServerContent {
    type Ref = ();

    fn define(self, scope: &mut Scope<'_>) {
        let url = output_or(scope, "Url", &self.url);
        let target = Target::Server(Server { url, login: self.login });
        fill(scope, target, Context::default(), WorkspaceSettings::default(), Vec::new(), self.content);
    }
}

/// Makes outputs of what only the deployed stack knows, and registers the content.
fn fill(
    scope: &mut Scope<'_>,
    target: Target,
    around: Context,
    mut settings: WorkspaceSettings,
    roles: Vec<RoleAssignment>,
    content: Content,
) {
    let document = content.document();
    // What a server has is its own to turn on.
    if matches!(target, Target::Workspace(_)) {
        if !document.alerting.rule_groups.is_empty() {
            settings.unified_alerting.get_or_insert(true);
        }
        if !document.plugins.is_empty() {
            settings.plugin_admin.get_or_insert(true);
        }
    }
    let values = document.values.iter();
    let values = values.map(|(name, value)| (name.clone(), value_output(scope, name, value))).collect();
    let applied = AppliedContent { path: scope.path(), target, values, settings, roles, document };
    scope.register_content(content, around, applied);
}

fn output_or(scope: &mut Scope<'_>, name: &str, value: &Value<String>) -> OutputOr {
    match value.as_str() {
        Some(text) => text.into(),
        None => OutputOr::output(value_output(scope, name, value)),
    }
}

fn value_output(scope: &mut Scope<'_>, name: &str, value: &Value<String>) -> String {
    let output = Output::new(value.clone()).description("For what Grafana is filled with.");
    scope.output(name.to_owned(), output).logical_id().to_owned()
}

#[cfg(test)]
mod tests {
    use belvedere_grafana::Folder;
    use serde_json::Value as Json;

    use super::*;
    use crate::grafana::{Authentication, SecretSource, Workspace};
    use crate::{App, Stack};

    /// Returns the one file of that ending of the stack's assembly.
    fn file(stack: Stack, ending: &str) -> Json {
        let mut app = App::new();
        app.add(stack);
        let assembly = app.finish().expect("the app is in order");
        let (_, bytes) = assembly.files.iter().find(|(name, _)| name.ends_with(ending)).expect("there is one");
        serde_json::from_slice(bytes).expect("it is JSON")
    }

    fn content() -> Content {
        let mut content = Content::new("services");
        content.add(Folder::new("services", "Services"));
        content
    }

    #[test]
    fn a_content_is_a_file_of_the_assembly_and_its_workspace_an_output() {
        let stack = || {
            let mut stack = Stack::new("Observability");
            let grafana = stack.add("Grafana", Workspace::new(Authentication::IdentityCenter));
            let roles = WorkspaceContent::new(&grafana, content()).groups(WorkspaceRole::Editor, ["g-1"]);
            stack.add("Content", roles);
            stack
        };
        let written = file(stack(), "Observability.grafana.json");
        let applied = &written["contents"][0];
        assert_eq!(applied["path"], "Observability/Content");
        let output = applied["target"]["workspace"]["output"].as_str().expect("the id is an output");
        assert!(output.starts_with("ContentWorkspaceId"), "{output}");
        assert_eq!(applied["roles"][0]["groups"][0], "g-1");
        assert_eq!(applied["document"]["folders"][0]["uid"], "services");
        let template = file(stack(), ".template.json");
        assert!(template["Outputs"][output]["Value"]["Ref"].is_string(), "{template}");
    }

    #[test]
    fn a_server_that_is_known_needs_no_output() {
        let mut stack = Stack::new("Dashboards");
        stack.add("Topic", crate::sns::Topic::new());
        let token = SecretSource::Environment { environment: "GRAFANA_TOKEN".to_owned() };
        let login = Login::Token { token: token.into() };
        stack.add("Content", ServerContent::new("https://grafana.example.com", login, content()));
        let written = file(stack, ".grafana.json");
        let server = &written["contents"][0]["target"]["server"];
        assert_eq!(server["url"], "https://grafana.example.com");
        assert_eq!(server["token"]["belvedere:secret"]["environment"], "GRAFANA_TOKEN");
    }

    #[test]
    fn what_a_managed_grafana_cannot_reach_is_found_in_its_workspace_alone() {
        use belvedere_grafana::datasource::Loki;

        let local = || {
            let mut content = content();
            content.add(Loki::new("logs", "Logs", "http://localhost:3100"));
            content
        };
        let problem = |stack: Stack| {
            let mut app = App::new();
            app.add(stack);
            app.finish().err().map_or_else(String::new, |error| error.to_string())
        };
        let mut stack = Stack::new("Observability");
        let grafana = stack.add("Grafana", Workspace::new(Authentication::IdentityCenter));
        stack.add("Content", WorkspaceContent::new(&grafana, local()));
        let text = problem(stack);
        assert!(text.contains("`http://localhost:3100` is the machine that Grafana runs on"), "{text}");

        let mut stack = Stack::new("Observability");
        stack.add("Topic", crate::sns::Topic::new());
        let token = SecretSource::Environment { environment: "GRAFANA_TOKEN".to_owned() };
        let login = Login::Token { token: token.into() };
        stack.add("Content", ServerContent::new("https://grafana.example.com", login, local()));
        assert_eq!(problem(stack), "");
    }

    /// The warnings about a content that fills a workspace.
    fn warnings(workspace: Workspace, fill: impl FnOnce(WorkspaceContent) -> WorkspaceContent) -> Vec<String> {
        let mut content = content();
        let services = content.add(Folder::new("all", "All"));
        content.add(Folder::new("orders", "Orders").inside(&services));
        let mut stack = Stack::new("Observability");
        let grafana = stack.add("Grafana", workspace);
        stack.add("Content", fill(WorkspaceContent::new(&grafana, content)));
        let mut app = App::new();
        app.add(stack);
        app.finish().expect("the app is in order").stacks.into_iter().flat_map(|stack| stack.warnings).collect()
    }

    #[test]
    fn what_the_workspaces_version_lacks_is_found() {
        use crate::grafana::GrafanaVersion;

        let workspace = || Workspace::new(Authentication::IdentityCenter);
        let found = warnings(workspace().version(GrafanaVersion::V9_4), |content| content);
        assert!(found.len() == 1 && found[0].contains("needs Grafana 10, and the workspace has 9.4"), "{found:?}");
        assert_eq!(warnings(workspace(), |content| content), [""; 0]);
    }

    #[test]
    fn roles_of_which_none_administers_are_found() {
        let given = |fill: fn(WorkspaceContent) -> WorkspaceContent| {
            warnings(Workspace::new(Authentication::IdentityCenter), fill)
        };
        let found = given(|content| content.users(WorkspaceRole::Editor, ["u-1"]));
        assert!(found.len() == 1 && found[0].contains("Admin to nobody"), "{found:?}");
        let found = given(|content| content.groups(WorkspaceRole::Viewer, [""; 0]));
        assert!(found.len() == 1 && found[0].contains("the role Viewer is given to nobody"), "{found:?}");
        let both = |content: WorkspaceContent| {
            content.users(WorkspaceRole::Editor, ["u-1"]).groups(WorkspaceRole::Admin, ["g-1"])
        };
        assert_eq!(given(both), [""; 0]);
    }

    #[test]
    fn what_the_checks_find_is_a_problem_of_the_construct() {
        let mut stack = Stack::new("Observability");
        let grafana = stack.add("Grafana", Workspace::new(Authentication::IdentityCenter));
        stack.add("Content", WorkspaceContent::new(&grafana, Content::new("Not A Name")));
        let mut app = App::new();
        app.add(stack);
        let text = match app.finish() {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        assert!(text.contains("Observability/Content") && text.contains("got `Not A Name`"), "{text}");
    }

    #[test]
    fn what_is_wrong_with_a_part_names_the_line_where_it_was_added() {
        let mut content = Content::new("services");
        let line = line!() + 1;
        content.add(Folder::new("not/an/id", "Services"));
        let mut stack = Stack::new("Observability");
        let grafana = stack.add("Grafana", Workspace::new(Authentication::IdentityCenter));
        stack.add("Content", WorkspaceContent::new(&grafana, content));
        let mut app = App::new();
        app.add(stack);
        let Err(crate::SynthError::Invalid { problems, .. }) = app.finish() else { panic!("the id is refused") };
        let lines: Vec<_> = problems.iter().map(|problem| problem.location.map(|at| (at.file(), at.line()))).collect();
        assert_eq!(lines, [Some((file!(), line))], "{problems:?}");
        assert_eq!(problems[0].path, "Observability/Content");
        assert_eq!(problems[0].to_string().matches(file!()).count(), 1);
    }
}
