use std::path::Path;

use super::super::Result;
use super::super::environment::Environment;
use super::super::error::CommandError;
use super::super::report::{Exit, Report};
use super::facts::Facts;
use crate::backend::Backend;
use crate::gateway::launch::on_path;
use crate::sandbox::{Artefact, Compiler, ComponentFile, Instance, Layers};
use crate::text::sanitise;

/// The program that compiles backends.
const COMPILER: &str = "hermes-plugin";

/// Shows what can be known of a backend, also where it does not fit this host
/// or does not describe itself.
pub(super) fn run(
    environment: &Environment,
    file: &Path,
    json: bool,
    report: &mut Report,
) -> Result {
    let about = |error: String| {
        let file = sanitise(&file.to_string_lossy()).into_owned();
        CommandError::new(Exit::Failed, format!("{file}: {error}"))
    };
    let component = ComponentFile::read(file).map_err(|error| about(error.to_string()))?;
    let compiled = compiler(environment)?
        .compile(&component)
        .map_err(|error| about(error.to_string()).hint(error.hint()))?;
    let artefact = Artefact::compiled(&compiled)
        .map_err(|error| CommandError::from(crate::backend::BackendError::from(error)))?;
    let mut facts = Facts::new(file, &component, &artefact.surface());
    let described = Instance::new(&artefact, Layers::default())
        .map_err(Into::into)
        .and_then(|mut instance| Backend::describe(&mut instance));
    let exit = match described {
        Ok(manifest) => {
            facts.describe(&manifest);
            let name = &manifest.id;
            facts.problems.iter().fold(Exit::Done, |_, problem| {
                let message = format!("backend {name} does not fit this host: {problem}");
                report.fail(&CommandError::new(Exit::Failed, message))
            })
        }
        Err(error) => report.fail(&error.into()),
    };
    if json {
        report.json(&facts);
    } else {
        facts.show(report);
    }
    Ok(exit)
}

fn compiler(environment: &Environment) -> Result<Compiler> {
    let beside = Environment::executable()
        .unwrap_or_default()
        .with_file_name(COMPILER);
    let program = match beside.is_file() {
        true => Some(beside),
        false => on_path(COMPILER.as_ref(), &environment.path).ok(),
    };
    program.map(Compiler::new).ok_or_else(|| {
        CommandError::new(
            Exit::Failed,
            format!("{COMPILER}, which compiles backends, is not installed"),
        )
        .hint("put it beside hermes-host or on the PATH; make build makes both".to_owned())
    })
}
