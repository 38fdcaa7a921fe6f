use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Compiles backends for hermes-host, which starts it where it needs it.
#[derive(Debug, Parser)]
#[command(
    name = "hermes-plugin",
    version,
    disable_help_subcommand = true,
    after_help = "Example: hermes-plugin compile acme.wasm >acme.artefact"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compiles a component; standard output has a line of JSON about the native
    /// code and then the code
    #[command(after_help = "Example: hermes-plugin compile acme.wasm >acme.artefact")]
    Compile(CompileArguments),
}

#[derive(Debug, Args)]
pub(crate) struct CompileArguments {
    /// The component; `-` is standard input
    pub(crate) file: PathBuf,
    /// The address space that may be used, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 2048)]
    pub(crate) memory: u64,
    /// The processor time that may be used, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) time: u64,
}

impl CompileArguments {
    /// The file, for messages; whoever feeds standard input knows it better.
    pub(crate) fn name(&self) -> Option<String> {
        let name = self.file.to_string_lossy();
        (name != "-").then(|| name.into_owned())
    }
}
