mod facts;
mod inspect;

use super::Result;
use super::arguments::{Global, PluginCommand};
use super::environment::Environment;
use super::report::Report;
use super::without_home;

pub(super) fn run(global: &Global, command: &PluginCommand, report: &mut Report) -> Result {
    without_home::check(global, "this command")?;
    let environment = Environment::read();
    match command {
        PluginCommand::Inspect { file, json } => inspect::run(&environment, file, *json, report),
    }
}
