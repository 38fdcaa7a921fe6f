use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ffi::{CString, OsString};
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use nix::sys::signal::SigSet;
use signal_hook::consts::SIGPIPE;

/// Also where its file has been replaced or removed since.
pub(super) const THIS_PROGRAM: &str = "/proc/self/exe";

/// Becomes the program of a command; answers why it has not.
pub(super) fn replace_process(command: &mut Command) -> io::Error {
    let error = command.exec();
    // The attempt gave SIGPIPE its default back: a closed log would end us
    // before the exit code that says what to do.
    let _ = signal_hook::flag::register(SIGPIPE, Arc::default());
    error
}

/// Becomes the program that `argv` begins with, by its path, in a directory; answers why it
/// has not. What the kernel does not execute is not handed to a shell, as by a [`Command`].
pub(super) fn execute(
    argv: &[OsString],
    environment: Vec<(OsString, OsString)>,
    directory: &Path,
) -> io::Error {
    try_execute(argv, environment, directory)
        .err()
        .unwrap_or_else(|| io::ErrorKind::Other.into())
}

fn try_execute(
    argv: &[OsString],
    environment: Vec<(OsString, OsString)>,
    directory: &Path,
) -> io::Result<Infallible> {
    let argv = argv
        .iter()
        .map(|word| text(word.clone()))
        .collect::<io::Result<Vec<CString>>>()?;
    let program = argv.first().ok_or(io::ErrorKind::InvalidInput)?;
    let environment = variables(environment)?;
    std::env::set_current_dir(directory)?;
    // Ours ignores it; what is handled here is the default again there.
    signal_hook::flag::register(SIGPIPE, Arc::default())?;
    SigSet::empty().thread_set_mask()?;
    Ok(nix::unistd::execve(program, &argv, &environment)?)
}

/// Of a name that stands twice the last value counts.
fn variables(environment: Vec<(OsString, OsString)>) -> io::Result<Vec<CString>> {
    let environment: BTreeMap<OsString, OsString> = environment.into_iter().collect();
    environment
        .into_iter()
        .map(|(mut name, value)| {
            name.push("=");
            name.push(value);
            text(name)
        })
        .collect()
}

fn text(text: OsString) -> io::Result<CString> {
    Ok(CString::new(text.into_vec())?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_does_not_know_is_not_handed_to_a_shell() {
        let folder = tempfile::tempdir().unwrap();
        let [text, junk, witness] = ["text", "junk", "ran"].map(|name| folder.path().join(name));
        std::fs::write(&text, format!("touch {}\n", witness.display())).unwrap();
        // What a process that is started meanwhile holds open for writing cannot be run.
        let mut install = std::process::Command::new("install");
        let installed = install.arg("-m700").args([&text, &junk]).status();
        assert!(installed.unwrap().success());
        // All tests share the directory that it enters.
        let error = execute(&[junk.into()], Vec::new(), Path::new("."));
        assert_eq!(
            error.raw_os_error(),
            Some(nix::errno::Errno::ENOEXEC as i32)
        );
        assert!(!witness.exists());
    }

    #[test]
    fn the_last_value_of_a_variable_counts() {
        let environment = [("B", "1"), ("A", ""), ("B", "a=b")];
        let environment = environment.map(|(name, value)| (name.into(), value.into()));
        let expected = ["A=", "B=a=b"].map(|text| CString::new(text).unwrap());
        assert_eq!(variables(environment.into()).unwrap(), expected);
        let torn = vec![("A".into(), "\0".into())];
        assert!(variables(torn).is_err());
    }
}
