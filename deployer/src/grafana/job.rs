//! A content and the Grafana that it is for.

use std::collections::BTreeMap;
use std::time::Duration;

use belvedere_grafana::{
    AppliedContent, Document, Login as LoginPlace, OutputOr, SecretSource, Target, WorkspaceSettings,
};
use futures_util::future::BoxFuture;
use serde_json::json;

use super::api::{Api, Login};
use super::apply::{Applied, ApplyOptions, apply};
use super::contents::contents;
use super::error::GrafanaError;
use super::export::export;
use super::plan::{Plan, look};
use super::secret_values::Vault;
use super::token::Session;
use super::workspace::Workspace;
use crate::clients::Clients;
use crate::report::{Event, Events};
use crate::stack::Stack;

/// How long a Grafana may take to answer: one that is applied to may have been made just now.
const TO_APPLY: Duration = Duration::from_secs(300);
const TO_LOOK: Duration = Duration::from_secs(10);

/// A content, and the Grafana that it is for.
#[derive(Clone, Debug)]
pub struct Job {
    /// The stack, or the content where there is none: what events are told of.
    label: String,
    path: Option<String>,
    document: Document,
    place: Place,
    clients: Option<Clients>,
    patience: Duration,
    /// Whether the content is taken out for good.
    is_removal: bool,
}

/// Where a content goes.
#[derive(Clone, Debug)]
enum Place {
    Workspace(Box<Workspace>),
    Server {
        url: String,
        login: LoginPlace,
    },
    /// The login is known already.
    Open {
        url: String,
        login: Login,
    },
}

impl Job {
    /// A content for the Grafana at `url`. Its deploy-time values are looked up in `values`; `clients` are needed only where
    /// it has secrets in AWS Secrets Manager.
    ///
    /// # Errors
    /// Values are missing.
    pub fn new(
        document: &Document,
        values: &BTreeMap<String, String>,
        url: impl Into<String>,
        login: Login,
        clients: Option<&Clients>,
    ) -> Result<Self, GrafanaError> {
        let document = document
            .resolve(&|name| values.get(name).cloned())
            .map_err(|missing| GrafanaError::Values { place: document.name.clone(), names: missing.0 })?;
        let place = Place::Open { url: url.into(), login };
        let (label, clients) = (document.name.clone(), clients.cloned());
        Ok(Self { label, path: None, document, place, clients, patience: TO_LOOK, is_removal: false })
    }

    /// The contents of a stack that has these outputs; none where the assembly has none for it.
    ///
    /// # Errors
    /// The file in the assembly cannot be read, or outputs are missing.
    pub fn of_stack(
        stack: &Stack,
        outputs: &BTreeMap<String, String>,
        clients: &Clients,
    ) -> Result<Vec<Self>, GrafanaError> {
        contents(stack)?.iter().map(|content| Self::of_content(stack, content, outputs, clients)).collect()
    }

    fn of_content(
        stack: &Stack,
        content: &AppliedContent,
        outputs: &BTreeMap<String, String>,
        clients: &Clients,
    ) -> Result<Self, GrafanaError> {
        let place = || format!("{} ({})", content.path, stack.display_name);
        let missing = |name: &str| GrafanaError::Values { place: place(), names: vec![name.to_owned()] };
        let text = |value: &OutputOr| match value {
            OutputOr::Text(text) => Ok(text.clone()),
            OutputOr::Output { output } => outputs.get(output).cloned().ok_or_else(|| missing(output)),
        };
        let lookup = |name: &str| outputs.get(content.values.get(name)?).cloned();
        let document = content.document.resolve(&lookup);
        let document = document.map_err(|missing| GrafanaError::Values { place: place(), names: missing.0 })?;
        let target = match &content.target {
            Target::Workspace(id) => Place::Workspace(Box::new(Workspace {
                clients: clients.clone(),
                id: text(id)?,
                settings: content.settings,
                roles: content.roles.clone(),
            })),
            Target::Server(server) => {
                let mut login = server.login.clone();
                let secret = match &mut login {
                    LoginPlace::Token { token } => Some(token),
                    LoginPlace::Password { password, .. } => Some(password),
                    _ => None,
                };
                if let Some(SecretSource::SecretsManager { secrets_manager, .. }) =
                    secret.map(|secret| &mut secret.source)
                {
                    *secrets_manager = OutputOr::Text(text(secrets_manager)?);
                }
                Place::Server { url: text(&server.url)?, login }
            }
            _ => return Err(GrafanaError::Values { place: place(), names: vec!["the target".into()] }),
        };
        let (label, path) = (stack.display_name.clone(), Some(content.path.clone()));
        let clients = Some(clients.clone());
        Ok(Self { label, path, document, place: target, clients, patience: TO_APPLY, is_removal: false })
    }

    /// The same Grafana with nothing of the content in it: applied, it removes all that the content has made there, takes
    /// back the roles that were given, and deletes the service account of a workspace. Settings stay as they are.
    #[must_use]
    pub fn removal(mut self) -> Self {
        self.document = Document { name: self.document.name, ..Document::default() };
        if let Place::Workspace(workspace) = &mut self.place {
            workspace.settings = WorkspaceSettings::default();
            workspace.roles.clear();
        }
        self.patience = TO_LOOK;
        self.is_removal = true;
        self
    }

    /// The content, with its deploy-time values.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    fn vault(&self) -> Vault {
        Vault::new(self.clients.as_ref())
    }

    /// A way to a server, once it answers.
    async fn open(&self, wait: Duration, events: &Events) -> Result<Api, GrafanaError> {
        let (url, login) = match &self.place {
            Place::Open { url, login } => (url, login.clone()),
            Place::Server { url, login } => (url, self.sign_in(login).await?),
            Place::Workspace(workspace) => {
                let reason = "a workspace is opened by a token".into();
                return Err(GrafanaError::Workspace { id: workspace.id.clone(), reason });
            }
        };
        let api = Api::new(url, login)?;
        let hint = "see whether it runs, and whether this machine can reach it";
        api.ready(&self.label, wait, Some(hint), events).await?;
        Ok(api)
    }

    async fn sign_in(&self, place: &LoginPlace) -> Result<Login, GrafanaError> {
        let (secret, user) = match place {
            LoginPlace::Token { token } => (json!(token), None),
            LoginPlace::Password { user, password } => (json!(password), Some(user)),
            _ => return Err(GrafanaError::Secrets(vec!["the login is of a kind that is not known".into()])),
        };
        let values = self.vault().read([&secret]).await?;
        let value = values.get(&secret).unwrap_or_default().to_owned();
        Ok(match user {
            None => Login::Token(value),
            Some(user) => Login::Password { user: user.clone(), password: value },
        })
    }

    pub(crate) async fn plan(&self, adopt: bool, events: &Events) -> Result<Plan, GrafanaError> {
        let mut plan = match &self.place {
            Place::Workspace(workspace) => {
                let settings = workspace.see_settings().await?.map(|(steps, _)| steps).unwrap_or_default();
                let session = Session::open(workspace, &self.document.name, &self.label, events).await?;
                let planned = self.plan_workspace(workspace, &session, adopt).await;
                session.close().await;
                let mut plan = planned?;
                plan.steps.splice(0..0, settings);
                plan
            }
            _ => look(&self.open(TO_LOOK, events).await?, &self.document, adopt).await?.plan,
        };
        plan.path.clone_from(&self.path);
        Ok(plan)
    }

    async fn plan_workspace(
        &self,
        workspace: &Workspace,
        session: &Session<'_>,
        adopt: bool,
    ) -> Result<Plan, GrafanaError> {
        session.ready(TO_LOOK).await?;
        let mut looked = look(&session.api, &self.document, adopt).await?;
        looked.plan.steps.extend(workspace.see_roles(&looked.registry.roles).await?.steps());
        Ok(looked.plan)
    }

    /// Boxed, for a compiler does not see through all of it that it can go to another thread.
    pub(crate) fn apply<'a>(
        &'a self,
        options: ApplyOptions,
        events: &'a Events,
    ) -> BoxFuture<'a, Result<Applied, GrafanaError>> {
        Box::pin(self.apply_now(options, events))
    }

    async fn apply_now(&self, options: ApplyOptions, events: &Events) -> Result<Applied, GrafanaError> {
        let vault = self.vault();
        let (document, label) = (&self.document, self.label.as_str());
        let mut applied = match &self.place {
            Place::Workspace(workspace) => {
                let settings = workspace.apply_settings(label, events).await?;
                for step in &settings {
                    events.send(Event::Grafana {
                        stack: label.to_owned(),
                        content: document.name.clone(),
                        action: step.action,
                        thing: step.name(),
                    });
                }
                let session = Session::open(workspace, &document.name, label, events).await?;
                let applied = match session.ready(self.patience).await {
                    Ok(()) => apply(&session.api, document, &vault, Some(workspace), options, label, events).await,
                    Err(error) => Err(error),
                };
                if self.is_removal && applied.is_ok() {
                    session.close_for_good().await?;
                } else {
                    session.close().await;
                }
                let mut applied = applied?;
                applied.steps.splice(0..0, settings);
                applied
            }
            _ => {
                apply(&self.open(self.patience, events).await?, document, &vault, None, options, label, events).await?
            }
        };
        applied.path.clone_from(&self.path);
        Ok(applied)
    }

    /// What the Grafana has, whoever made it, as a content of this name.
    pub(crate) async fn export(&self, events: &Events) -> Result<Document, GrafanaError> {
        let name = &self.document.name;
        match &self.place {
            Place::Workspace(workspace) => {
                let session = Session::open(workspace, name, &self.label, events).await?;
                let exported = match session.ready(TO_LOOK).await {
                    Ok(()) => export(&session.api, name, &self.label, events).await,
                    Err(error) => Err(error),
                };
                session.close().await;
                exported
            }
            _ => export(&self.open(TO_LOOK, events).await?, name, &self.label, events).await,
        }
    }

    /// Where people find the Grafana.
    pub(crate) async fn url(&self) -> Result<String, GrafanaError> {
        match &self.place {
            Place::Workspace(workspace) => workspace.url().await,
            Place::Server { url, .. } | Place::Open { url, .. } => Ok(url.clone()),
        }
    }
}
