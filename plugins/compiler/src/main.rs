//! Compiles one backend's component to native code, so that `hermes-host` needs
//! no compiler and hostile input meets one only in a process with limits.

mod arguments;
mod limits;

use std::fs::File;
use std::io::{Read, Write, stderr, stdin, stdout};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use hermes_bundle::{ArtefactHeader, LARGEST_COMPONENT};
use hermes_plugin::{CompileError, compile};

use arguments::{Arguments, Command, CompileArguments};

// That of musl asks the kernel for each block.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    let Command::Compile(arguments) = Arguments::parse().command;
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = write!(stderr(), "{}", error.report(arguments.name()));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &CompileArguments) -> Result<(), CompileError> {
    limits::apply(arguments.memory, arguments.time).map_err(CompileError::Limits)?;
    let component = read(&arguments.file).map_err(CompileError::Unreadable)?;
    let artefact = compile(&component)?;
    let header = serde_json::to_vec(&ArtefactHeader::of(&artefact))
        .map_err(|error| CompileError::Unwritable(error.into()))?;
    let mut out = stdout().lock();
    for part in [&header, &b"\n"[..], &artefact] {
        out.write_all(part).map_err(CompileError::Unwritable)?;
    }
    out.flush().map_err(CompileError::Unwritable)
}

/// One byte more than a component may have, so that one that is too large shows.
fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let input: Box<dyn Read> = match file.to_str() {
        Some("-") => Box::new(stdin().lock()),
        _ => Box::new(File::open(file)?),
    };
    let mut component = Vec::new();
    input
        .take(LARGEST_COMPONENT + 1)
        .read_to_end(&mut component)?;
    Ok(component)
}
