use super::super::Result;
use super::super::context::Context;
use super::super::report::{Exit, Report};

/// A supervisor that takes services at run time has nothing to install.
pub(super) fn install(context: &Context, report: &mut Report) -> Result {
    let backend = context.backend()?;
    if !backend.supervises() {
        return Ok(without_supervisor(report));
    }
    report.line(&format!(
        "{}: nothing to install, a profile's gateway is registered when the profile is created",
        backend.manifest().id
    ));
    report.line("  hermes-host profile create NAME");
    report.line("  hermes-host gateway start -p NAME");
    report.line("  hermes-host gateway status --all");
    Ok(Exit::Done)
}

pub(super) fn uninstall(context: &Context, report: &mut Report) -> Result {
    let backend = context.backend()?;
    if !backend.supervises() {
        return Ok(without_supervisor(report));
    }
    report.line(&format!(
        "{}: nothing to uninstall, a profile's gateway is unregistered when the profile is deleted",
        backend.manifest().id
    ));
    report.line("  hermes-host gateway stop -p NAME");
    report.line("  hermes-host profile delete NAME");
    Ok(Exit::Done)
}

fn without_supervisor(report: &mut Report) -> Exit {
    report.note("error: no supervisor runs here");
    report.hint("run the gateway in the foreground: hermes-host gateway run");
    report.hint("or start s6-svscan on a scan directory and name it: HERMES_S6_SCANDIR=DIR");
    Exit::Failed
}
