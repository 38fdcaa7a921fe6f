use crate::os_error;
use crate::text;
use std::io;
use std::path::{Path, PathBuf};

/// The gateway could not be started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    #[error("gateway.command names no program")]
    NoProgram,
    #[error(
        "gateway.command: {} is neither an absolute path nor a bare name",
        shown(program)
    )]
    RelativeProgram { program: PathBuf },
    #[error("cannot run {}: no such program", shown(program))]
    NotFound { program: PathBuf },
    #[error("cannot run {}: it is not a file", shown(program))]
    NotAFile { program: PathBuf },
    #[error(
        "cannot run {}: its interpreter {} is missing or not executable",
        shown(program),
        shown(interpreter)
    )]
    NoInterpreter {
        program: PathBuf,
        interpreter: PathBuf,
    },
    #[error("cannot run {}: it is not executable", shown(program))]
    NotExecutable { program: PathBuf },
    #[error(
        "cannot run {}: it is no program for this machine, and no script that begins with #!",
        shown(program)
    )]
    NoProgramFormat { program: PathBuf },
    #[error("cannot run {}: {}", shown(program), os_error::words(source))]
    Inaccessible { program: PathBuf, source: io::Error },
    #[error(
        "cannot enter the profile's directory {}: {}",
        shown(directory),
        os_error::words(source)
    )]
    Directory {
        directory: PathBuf,
        source: io::Error,
    },
    #[error("cannot run {}: {}", shown(program), os_error::words(source))]
    Exec { program: PathBuf, source: io::Error },
    #[error("cannot become the account {account}: {}", os_error::words(source))]
    Account { account: String, source: io::Error },
    #[error("{variable}={value} is no file descriptor to notify", variable = super::NOTIFY_FD)]
    NotifyFd { value: String },
}

impl LaunchError {
    /// What the gateway ends with: 78 (`EX_CONFIG`, final) where another
    /// attempt would end the same way, 1 where it may not.
    pub fn exit_code(&self) -> u8 {
        use rustix::io::Errno;
        let transient = |source: &io::Error| {
            !matches!(
                Errno::from_io_error(source),
                Some(Errno::NOENT | Errno::ACCESS | Errno::NOEXEC)
            )
        };
        match self {
            Self::Exec { source, .. }
            | Self::Inaccessible { source, .. }
            | Self::Directory { source, .. }
                if transient(source) =>
            {
                1
            }
            Self::Account { .. } => 1,
            _ => 78,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoProgram | Self::RelativeProgram { .. } => {
                "the first item of gateway.command in hermes-host.json is an absolute path, \
                 or a name to look up on PATH"
                    .to_owned()
            }
            Self::NoInterpreter { interpreter, .. } => {
                format!("install {}, or correct the first line", shown(interpreter))
            }
            Self::NotFound { program } if program.is_absolute() => {
                "correct gateway.command in hermes-host.json, or remove it".to_owned()
            }
            Self::NotFound { .. } => {
                "name it by its absolute path in gateway.command in hermes-host.json".to_owned()
            }
            Self::NotAFile { .. } => {
                "correct gateway.command in hermes-host.json, or remove it".to_owned()
            }
            Self::NotExecutable { program } => format!("chmod +x {}", shown(program)),
            Self::NoProgramFormat { .. } => {
                "install it for this machine, begin the script with #!, or make what runs it the \
                 first item of gateway.command in hermes-host.json"
                    .to_owned()
            }
            Self::Exec { program, source } if source.kind() == io::ErrorKind::NotFound => format!(
                "the interpreter on the first line of {} is missing",
                shown(program)
            ),
            Self::Account { .. } => {
                "grant CAP_SETUID and CAP_SETGID, or run as that account from the start".to_owned()
            }
            Self::NotifyFd { .. } => format!("unset {}", super::NOTIFY_FD),
            Self::Inaccessible { .. } | Self::Directory { .. } | Self::Exec { .. } => return None,
        };
        Some(hint)
    }
}

/// The settings and the profile's name are anybody's.
fn shown(path: &Path) -> String {
    text::sanitise(&path.to_string_lossy()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn only_what_may_pass_by_itself_is_tried_again() {
        for (errno, code) in [
            (Errno::NOENT, 78),
            (Errno::ACCESS, 78),
            (Errno::NOEXEC, 78),
            (Errno::NOMEM, 1),
            (Errno::TXTBSY, 1),
            (Errno::TOOBIG, 1),
        ] {
            let program = PathBuf::from("/bin/gateway");
            let source = || io::Error::from(errno);
            let errors = [
                LaunchError::Exec {
                    program: program.clone(),
                    source: source(),
                },
                LaunchError::Inaccessible {
                    program: program.clone(),
                    source: source(),
                },
                LaunchError::Directory {
                    directory: program,
                    source: source(),
                },
            ];
            for error in errors {
                assert_eq!(error.exit_code(), code, "{error}");
            }
        }
    }
}
