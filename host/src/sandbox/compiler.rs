use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use hermes_bundle::{ArtefactHeader, LARGEST_ARTEFACT};
use rustix::fs::{MemfdFlags, memfd_create};

use super::{CompileError, ComponentFile};

/// `hermes-plugin`: the program that compiles backends from elsewhere, in a
/// process of its own and within limits.
pub struct Compiler {
    /// An absolute path.
    pub program: PathBuf,
    /// The address space it may use, in bytes.
    pub memory: u64,
    /// The processor time it may use, in whole seconds.
    pub time: Duration,
}

/// Native code that our own compiler made and handed over whole.
pub struct Compiled {
    /// The component's file.
    pub(super) name: String,
    /// SHA-256 of the component, in hexadecimal.
    pub(super) digest: String,
    artefact: Vec<u8>,
}

impl Compiler {
    /// With limits that a backend of 20 MB stays well below.
    pub fn new(program: PathBuf) -> Self {
        Self {
            program,
            memory: 2 << 30,
            time: Duration::from_mins(1),
        }
    }

    pub fn compile(&self, component: &ComponentFile) -> Result<Compiled, CompileError> {
        let mut child = self.start(&component.bytes).map_err(CompileError::Start)?;
        let (output, said) = listen(&mut child).map_err(CompileError::Start)?;
        let status = child.wait().map_err(CompileError::Start)?;
        if !status.success() {
            return Err(self.explain(status, &said));
        }
        Ok(Compiled {
            name: component.name.clone(),
            digest: component.digest.clone(),
            artefact: Self::unpack(output)?,
        })
    }

    /// Takes the artefact from behind its header, if the two agree.
    pub fn unpack(mut output: Vec<u8>) -> Result<Vec<u8>, CompileError> {
        let end = output.iter().position(|byte| *byte == b'\n');
        let header: ArtefactHeader = end
            .and_then(|end| serde_json::from_slice(output.get(..end)?).ok())
            .ok_or(CompileError::Garbled)?;
        let artefact = output.split_off(end.unwrap_or(0) + 1);
        let expected = ArtefactHeader::of(&artefact);
        if header.version != expected.version {
            return Err(CompileError::OtherVersion {
                version: crate::text::excerpt(&header.version, 20),
            });
        }
        match header == expected {
            true => Ok(artefact),
            false => Err(CompileError::Garbled),
        }
    }

    /// The component is a file in memory: a pipe would have to be written to
    /// while a program that has seen enough closes it.
    fn start(&self, component: &[u8]) -> io::Result<Child> {
        let mut input = File::from(memfd_create("component", MemfdFlags::CLOEXEC)?);
        input.write_all(component)?;
        input.rewind()?;
        Command::new(&self.program)
            .arg("compile")
            .args(["--memory", &(self.memory >> 20).to_string()])
            .args(["--time", &self.time.as_secs().to_string()])
            .arg("-")
            .env_clear()
            .current_dir("/")
            .stdin(input)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
    }

    fn explain(&self, status: ExitStatus, said: &str) -> CompileError {
        // getrlimit(2): the signal of the limit on processor time.
        const SIGXCPU: i32 = 24;
        if status.signal() == Some(SIGXCPU) {
            return CompileError::OutOfTime { limit: self.time };
        }
        // What Rust's allocator says before it gives up.
        if status.signal().is_some() && said.starts_with("memory allocation of ") {
            return CompileError::OutOfMemory {
                limit: self.memory >> 20,
            };
        }
        CompileError::reported(said).unwrap_or(CompileError::Died(status))
    }
}

/// It writes little on standard error, and that before it ends.
fn listen(child: &mut Child) -> io::Result<(Vec<u8>, String)> {
    const LONGEST_WORDS: u64 = 4096;
    let mut output = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout
            .take(LARGEST_ARTEFACT + LONGEST_WORDS)
            .read_to_end(&mut output)?;
    }
    let mut said = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        stderr.take(LONGEST_WORDS).read_to_end(&mut said)?;
    }
    Ok((output, String::from_utf8_lossy(&said).into_owned()))
}

impl Compiled {
    pub(super) fn artefact(&self) -> &[u8] {
        &self.artefact
    }
}

#[cfg(test)]
mod tests;
