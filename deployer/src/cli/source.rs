//! Where a command gets its assembly from.

use std::env;
use std::path::PathBuf;

use serde_json::Value;

use super::failure::Failure;
use crate::{App, AppError, Assembly, Clients, Settings, context_entry};

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Source {
    /// Directory of a cloud assembly, or command that writes one [default: app in the settings]
    #[arg(long, short, value_name = "DIR_OR_COMMAND")]
    app: Option<String>,

    /// Directory that the command writes to [default: output in the settings, or cdk.out]
    #[arg(long, value_name = "DIR")]
    outdir: Option<PathBuf>,

    /// Tell the command this as well; may be repeated
    #[arg(long, short, value_name = "KEY=VALUE", value_parser = context_entry)]
    context: Vec<(String, Value)>,
}

impl Source {
    /// Where the app writes to; nothing where it is no command that could.
    pub(super) fn output(&self, settings: &Settings) -> Result<Option<PathBuf>, Failure> {
        let app = self.app.as_ref().or(settings.app.as_ref()).ok_or(AppError::NoApp)?;
        let output = || self.outdir.clone().or_else(|| settings.output.clone()).unwrap_or_else(|| "cdk.out".into());
        Ok(matches!(App::new(app), App::Command(_)).then(output))
    }

    /// Runs the app, if it is a command, and reads the assembly; `caller` is who deploys, where that is known.
    pub(super) fn assembly(self, settings: &Settings, caller: Option<&Clients>) -> Result<Assembly, Failure> {
        let app = self.app.or_else(|| settings.app.clone()).ok_or(AppError::NoApp)?;
        let directory = match App::new(&app) {
            App::Assembly(directory) => directory,
            App::Command(mut command) => {
                command = command.context(settings.context.clone()).context(self.context);
                if let Some(build) = &settings.build {
                    command = command.build(build);
                }
                if let Some(outdir) = self.outdir.or_else(|| settings.output.clone()) {
                    command = command.outdir(outdir);
                }
                if let Some(clients) = caller {
                    command = command.account(&clients.identity().account).region(clients.region());
                } else if let Some(region) = settings.region.clone().or_else(environment_region) {
                    command = command.region(region);
                }
                command.run()?
            }
        };
        Ok(Assembly::read(&directory)?)
    }
}

fn environment_region() -> Option<String> {
    variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"))
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
