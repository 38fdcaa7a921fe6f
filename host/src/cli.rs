//! The command line: the only place that reads the environment and prints.

mod arguments;
mod command_line;
mod context;
mod environment;
mod error;
mod gateway;
mod lease;
mod plan;
mod plugin;
mod process_limits;
mod profile;
mod progress;
mod reconcile;
mod relay_readiness;
mod replay;
mod report;
mod signals;
mod table;
mod time;
mod usage_error;
mod without_home;

use std::ffi::OsString;
use std::process::ExitCode;

use arguments::{Arguments, Command, HomeCommand};
use context::Context;
use environment::Environment;
use error::CommandError;
use report::{Exit, Report};

/// What a command answers: its output is in the report.
type Result<T = Exit> = std::result::Result<T, CommandError>;

/// Runs the command that this process was started with.
pub fn run() -> ExitCode {
    process_limits::survive_files_that_may_not_grow();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let mut report = Report::default();
    let arguments = match command_line::read(&arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            if let Some(error) = usage_error::usage_error(&error, &arguments) {
                let exit = report.fail(&error);
                return report.print(exit).into();
            }
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            return exit.unless_lost(error.print()).into();
        }
    };
    let exit = dispatch(arguments, &mut report).unwrap_or_else(|error| report.fail(&error));
    report.print(exit).into()
}

fn dispatch(arguments: Arguments, report: &mut Report) -> Result {
    let Arguments { global, command } = arguments;
    let command = match command {
        Command::Home(command) => command,
        Command::Plugin(command) => return plugin::run(&global, &command, report),
        Command::Replay(arguments) => return replay::run(&global, &arguments, report),
        Command::RelayReadiness { detached } => return relay_readiness::run(detached),
    };
    if !command.starts_programs() {
        process_limits::allow_all_files();
        process_limits::keep_what_is_made_usable();
    }
    let dry_run = command.dry_run();
    let context = Context::new(global, Environment::read(), dry_run.dry_run)?;
    let done = match command {
        HomeCommand::Gateway(command) => gateway::run(&context, command, report),
        HomeCommand::Profile(command) => profile::run(&context, command, report),
        HomeCommand::Reconcile(arguments) => reconcile::run(&context, &arguments, report),
        HomeCommand::Lease(command) => lease::run(&context, &command, report),
    };
    let exit = done.unwrap_or_else(|error| report.fail(&error));
    context.tell_of_fault(report);
    context.end_trace(report);
    if let Some(plan) = context.plan().filter(|_| !dry_run.json) {
        plan::show(&plan, exit, report);
    }
    Ok(exit)
}
