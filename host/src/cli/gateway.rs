mod access;
mod attach;
mod control;
mod detect;
mod facts;
mod install;
mod linger;
mod migration;
mod orphans;
mod planned;
mod run;
mod status;
mod words;

pub(super) use control::log_hint;
pub(super) use install::check_lasts;

use super::arguments::GatewayCommand;
use super::context::Context;
use super::report::Report;
use super::{CommandError, Result};
use crate::gateway::verb::Verb;

pub(super) fn run(context: &Context, command: GatewayCommand, report: &mut Report) -> Result {
    match command {
        GatewayCommand::Start(arguments) => attach::start(context, &arguments, report),
        GatewayCommand::Stop(arguments) => {
            Ok(control::run(context, Verb::Stop, &arguments, report)?.exit)
        }
        GatewayCommand::Restart(arguments) => {
            Ok(control::run(context, Verb::Restart, &arguments, report)?.exit)
        }
        GatewayCommand::Status(arguments) => status::run(context, &arguments, report),
        GatewayCommand::List(arguments) => status::list(context, &arguments, report),
        GatewayCommand::Run => run::run(context),
        GatewayCommand::Detect(arguments) => detect::run(context, &arguments, report),
        GatewayCommand::Install(arguments) => install::install(context, &arguments, report),
        GatewayCommand::Uninstall => install::uninstall(context, report),
    }
}

/// `--all` and `-p` contradict each other.
fn check_all(context: &Context, all: bool) -> Result<()> {
    if all && context.global.profile.is_some() {
        return Err(CommandError::new(
            super::report::Exit::Usage,
            "--all and --profile contradict each other",
        )
        .hint("leave one of them out".to_owned()));
    }
    Ok(())
}
