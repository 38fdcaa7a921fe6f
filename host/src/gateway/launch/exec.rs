//! Turning this process into the gateway.

use super::replace_process::execute;
use super::{Environment, LaunchError, NOTIFY_FD, Notification, ReadinessRelay};
use crate::os_error;
use rustix::fs::{Access, AtFlags, CWD, accessat};
use std::ffi::OsString;

/// Replaces this process by `argv`, run in the profile's directory. `base` is
/// this process's environment, `notification` where to say that the gateway is
/// ready: said here on behalf of one that does not say it itself; systemd is told by
/// a [`ReadinessRelay`] what another one says. `log` takes
/// one line for a person. Returns only when that failed.
pub fn exec(
    argv: &[OsString],
    environment: &Environment,
    base: Vec<(OsString, OsString)>,
    notification: Option<&Notification>,
    log: &mut dyn FnMut(&str),
) -> LaunchError {
    let directory = environment.directory;
    // exec itself does not tell a bad directory from a bad program.
    if let Err(errno) = accessat(CWD, directory, Access::EXEC_OK, AtFlags::EACCESS) {
        return LaunchError::Directory {
            directory: directory.to_owned(),
            source: errno.into(),
        };
    }
    let mut variables = environment.over(base);
    let told = match notification {
        Some(Notification::Socket { address }) if environment.notifies => {
            ReadinessRelay::start(address).map(|fd| {
                variables.push((NOTIFY_FD.into(), fd.to_string().into()));
            })
        }
        Some(notification) if !environment.notifies => notification.send(),
        _ => Ok(()),
    };
    let Some(program) = argv.first() else {
        return LaunchError::NoProgram;
    };
    if let Err(error) = told {
        let profile = environment.profile;
        let error = os_error::words(&error);
        log(&format!(
            "{profile}: cannot tell the supervisor that it is ready: {error}"
        ));
    }
    LaunchError::Exec {
        source: execute(argv, variables, directory),
        program: program.into(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::io::ErrorKind;
    use std::os::fd::AsRawFd;
    use std::path::Path;
    use tempfile::TempDir;

    /// All tests share it, and an attempt that gets so far enters it.
    const HERE: &str = ".";

    fn environment(directory: &Path, notifies: bool) -> Environment<'_> {
        Environment {
            profile: "coder",
            home: directory,
            directory,
            port: None,
            supervised: true,
            notifies,
        }
    }

    #[test]
    fn a_failure_says_what_is_missing() {
        let dir = TempDir::new().unwrap();
        let absent = dir.path().join("absent");
        let exec = |argv: &[OsString], directory: &Path| {
            super::exec(
                argv,
                &environment(directory, false),
                Vec::new(),
                None,
                &mut |line| panic!("{line}"),
            )
        };
        let error = exec(&["/bin/sh".into()], &absent);
        assert!(matches!(&error, LaunchError::Directory { directory, .. } if *directory == absent));
        assert_eq!(error.exit_code(), 78);
        let error = exec(&[absent.clone().into()], Path::new(HERE));
        assert!(matches!(
            &error,
            LaunchError::Exec { program, source }
                if *program == absent && source.kind() == ErrorKind::NotFound
        ));
        assert_eq!(error.exit_code(), 78);
        assert!(matches!(exec(&[], dir.path()), LaunchError::NoProgram));
    }

    /// A program that is missing keeps the test from turning into it.
    #[test]
    fn ready_is_said_for_a_gateway_that_does_not_say_it() {
        let dir = TempDir::new().unwrap();
        let argv = [dir.path().join("absent").into()];
        for (notifies, expected) in [(false, "\n"), (true, "")] {
            let (reader, writer) = std::io::pipe().unwrap();
            let fd = writer.as_raw_fd().to_string();
            let notification = Notification::parse(OsStr::new(&fd)).unwrap();
            let environment = environment(Path::new(HERE), notifies);
            super::exec(
                &argv,
                &environment,
                Vec::new(),
                Some(&notification),
                &mut |line| panic!("{line}"),
            );
            drop(writer);
            assert_eq!(std::io::read_to_string(reader).unwrap(), expected);
        }
    }

    #[test]
    fn a_gateway_that_cannot_be_announced_is_run_all_the_same() {
        let dir = TempDir::new().unwrap();
        let file = tempfile::tempfile().unwrap();
        let fd = file.as_raw_fd().to_string();
        let notification = Notification::parse(OsStr::new(&fd)).unwrap();
        let mut lines = Vec::new();
        let error = super::exec(
            &[dir.path().join("absent").into()],
            &environment(Path::new(HERE), false),
            Vec::new(),
            Some(&notification),
            &mut |line| lines.push(line.to_owned()),
        );
        assert!(matches!(error, LaunchError::Exec { .. }));
        assert_eq!(
            lines,
            ["coder: cannot tell the supervisor that it is ready: not a pipe"]
        );
    }
}
