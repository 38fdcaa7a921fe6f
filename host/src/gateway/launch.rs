//! What `gateway run` becomes: the configured command, `hermes`, or the
//! embedded gateway.

mod drop_root;
mod environment;
mod error;
mod exec;
mod lookup;
mod notification;
mod program_format;
mod readiness_relay;
mod replace_process;

use std::ffi::{OsStr, OsString};

pub use drop_root::DropRoot;
pub use environment::Environment;
pub use error::LaunchError;
pub use exec::exec;
pub use lookup::on_path;
pub use notification::{NOTIFY_FD, NOTIFY_SOCKET, Notification};
pub use readiness_relay::ReadinessRelay;

/// The program of the agent itself, looked up on `PATH`.
const HERMES: &str = "hermes";

/// Which gateway serves a profile. The first item of an `argv` is the path of
/// a program that exists and may be executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Launch {
    /// `gateway.command` of the settings.
    Command { argv: Vec<OsString> },
    /// `hermes` as it was found on `PATH`.
    Hermes { argv: Vec<OsString> },
    /// Nothing else is there.
    Embedded,
}

impl Launch {
    /// `command` is `gateway.command` of the settings for this profile, `path`
    /// the value of `PATH`.
    ///
    /// A `hermes` that is there but may not be executed is an error: the
    /// embedded gateway in its place would look healthy and answer nobody.
    pub fn resolve(
        command: Option<Vec<String>>,
        profile: &str,
        path: &OsStr,
    ) -> Result<Self, LaunchError> {
        if let Some(command) = command {
            let argv = configured(command, path)?;
            return Ok(Self::Command { argv });
        }
        match lookup::on_path(OsStr::new(HERMES), path) {
            Ok(program) => Ok(Self::Hermes {
                argv: hermes(program.into(), profile),
            }),
            Err(LaunchError::NotFound { .. }) => Ok(Self::Embedded),
            Err(error) => Err(error),
        }
    }
}

fn configured(command: Vec<String>, path: &OsStr) -> Result<Vec<OsString>, LaunchError> {
    let mut argv = command.into_iter().map(OsString::from);
    let program = argv.next().unwrap_or_default();
    let program = lookup::program(&program, path)?;
    Ok(std::iter::once(program.into()).chain(argv).collect())
}

/// The default profile is never named: hermes would take `-p default` for
/// `profiles/default`.
fn hermes(program: OsString, profile: &str) -> Vec<OsString> {
    let named: &[&str] = match profile {
        "default" => &[],
        name => &["-p", name],
    };
    std::iter::once(program)
        .chain(
            named
                .iter()
                .chain(&["gateway", "run", "--replace"])
                .map(OsString::from),
        )
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::path::Path;
    use tempfile::TempDir;

    fn executable(dir: &Path, name: &str, mode: u32) -> OsString {
        let path = dir.join(name);
        std::fs::write(&path, "#!/bin/sh\n").unwrap();
        set_mode(&path, mode);
        path.into()
    }

    fn set_mode(path: &Path, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn the_configured_command_comes_first() {
        let dir = TempDir::new().unwrap();
        let gateway = executable(dir.path(), "acme-gateway", 0o755);
        executable(dir.path(), "hermes", 0o755);
        for program in [gateway.to_str().unwrap(), "acme-gateway"] {
            let command = [program, "coder", "a b"].map(str::to_owned).to_vec();
            let launch = Launch::resolve(Some(command), "coder", dir.path().as_os_str()).unwrap();
            let argv = vec![gateway.clone(), "coder".into(), "a b".into()];
            assert_eq!(launch, Launch::Command { argv });
        }
    }

    #[test]
    fn hermes_gets_every_profile_but_the_default_by_name() {
        let dir = TempDir::new().unwrap();
        let hermes = executable(dir.path(), "hermes", 0o755);
        for (profile, arguments) in [
            ("default", &["gateway", "run", "--replace"][..]),
            ("coder", &["-p", "coder", "gateway", "run", "--replace"][..]),
        ] {
            let mut argv = vec![hermes.clone()];
            argv.extend(arguments.iter().map(OsString::from));
            assert_eq!(
                Launch::resolve(None, profile, dir.path().as_os_str()).unwrap(),
                Launch::Hermes { argv }
            );
        }
    }

    #[test]
    fn without_either_it_is_the_embedded_gateway() {
        let dir = TempDir::new().unwrap();
        let launch = Launch::resolve(None, "coder", dir.path().as_os_str()).unwrap();
        assert_eq!(launch, Launch::Embedded);
    }

    #[test]
    fn a_hermes_that_cannot_run_is_not_replaced_in_silence() {
        let dir = TempDir::new().unwrap();
        let hermes = executable(dir.path(), "hermes", 0o644);
        for (mode, text) in [
            (0o644, "#!/bin/sh\n"),
            (0o755, "#!/nowhere/python\n"),
            (0o755, "nothing that runs\n"),
        ] {
            std::fs::write(&hermes, text).unwrap();
            set_mode(hermes.as_ref(), mode);
            let error = Launch::resolve(None, "coder", dir.path().as_os_str()).unwrap_err();
            assert_eq!(error.exit_code(), 78);
            let message = error.to_string();
            assert!(message.contains(hermes.to_str().unwrap()), "{message}");
        }
    }

    #[test]
    fn a_command_that_cannot_be_run_is_a_final_error_that_names_it() {
        let dir = TempDir::new().unwrap();
        executable(dir.path(), "plain", 0o644);
        std::fs::write(executable(dir.path(), "junk", 0o755), "\x7fELF").unwrap();
        std::fs::create_dir(dir.path().join("folder")).unwrap();
        let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
        for (command, named) in [
            (vec![at("absent")], at("absent")),
            (vec![at("plain")], at("plain")),
            (vec![at("folder")], at("folder")),
            (vec![at("junk")], at("junk")),
            (vec!["junk".to_owned()], at("junk")),
            (vec!["absent".to_owned()], "absent".to_owned()),
            (vec!["plain".to_owned()], at("plain")),
            (vec!["./plain".to_owned()], "./plain".to_owned()),
            (vec![String::new()], "gateway.command".to_owned()),
            (vec![], "gateway.command".to_owned()),
        ] {
            let error = Launch::resolve(Some(command.clone()), "coder", dir.path().as_os_str())
                .unwrap_err();
            assert_eq!(error.exit_code(), 78, "{command:?}");
            let message = error.to_string();
            assert!(message.contains(&named), "{command:?}: {message}");
            assert!(!message.contains('\n'));
        }
    }
}
