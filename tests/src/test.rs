use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::{Container, GATEWAY_UID, Output, host_binary, normalize};

/// One run of `hermes-host`, whose whole output and exit code are compared.
///
/// On the host it has a fresh home (`[HOME]` in its output) and no supervisor;
/// in a container it is the gateway account with the home `/data`. Nothing of
/// the surrounding environment reaches it but `PATH`.
#[must_use = "only run() runs it"]
pub struct Test<'container> {
    place: Place<'container>,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    stdin: String,
    stdout: String,
    stderr: String,
    status: i32,
}

enum Place<'container> {
    Host {
        home: PathBuf,
        _own: Option<TempDir>,
    },
    Container {
        container: &'container Container,
        uid: u32,
    },
}

impl Test<'static> {
    /// On the host, in a new empty home.
    #[expect(
        clippy::new_without_default,
        reason = "a run is not a value with a default"
    )]
    pub fn new() -> Self {
        let own = TempDir::with_prefix("hermes-tests-").expect("a temporary directory");
        Self::at(Place::Host {
            home: own.path().to_owned(),
            _own: Some(own),
        })
    }

    /// On the host, in an existing home.
    pub fn home(home: impl AsRef<Path>) -> Self {
        Self::at(Place::Host {
            home: home.as_ref().to_owned(),
            _own: None,
        })
    }
}

impl<'container> Test<'container> {
    /// In a container, as the gateway account.
    pub fn within(container: &'container Container) -> Self {
        Self::within_as(container, GATEWAY_UID)
    }

    /// In a container, as another account.
    pub fn within_as(container: &'container Container, uid: u32) -> Self {
        Self::at(Place::Container { container, uid })
    }

    fn at(place: Place<'container>) -> Self {
        Self {
            place,
            arguments: Vec::new(),
            environment: Vec::new(),
            stdin: String::new(),
            stdout: String::new(),
            stderr: String::new(),
            status: 0,
        }
    }

    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Several arguments, separated by spaces.
    pub fn args(mut self, arguments: &str) -> Self {
        self.arguments
            .extend(arguments.split_whitespace().map(OsString::from));
        self
    }

    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    pub fn stdin(mut self, text: &str) -> Self {
        text.clone_into(&mut self.stdin);
        self
    }

    /// All of standard output, with the placeholders of [`normalize`]. A common
    /// indentation and a leading empty line are for the eye only.
    pub fn stdout(mut self, text: &str) -> Self {
        self.stdout = unindent(text);
        self
    }

    /// All of standard error, like [`Test::stdout`].
    pub fn stderr(mut self, text: &str) -> Self {
        self.stderr = unindent(text);
        self
    }

    pub fn status(mut self, code: i32) -> Self {
        self.status = code;
        self
    }

    /// Runs it and compares everything.
    #[track_caller]
    pub fn run(self) {
        let mut output = self.execute();
        if let Place::Host { home, .. } = &self.place {
            let home = home.to_str().expect("a home in UTF-8");
            output.stdout = output.stdout.replace(home, "[HOME]");
            output.stderr = output.stderr.replace(home, "[HOME]");
        }
        let seen = show(
            &normalize(&output.stdout),
            &normalize(&output.stderr),
            output.status,
        );
        let expected = show(&self.stdout, &self.stderr, self.status);
        assert!(
            seen == expected,
            "{:?}\n===== expected =====\n{expected}\n===== seen =====\n{seen}",
            self.arguments
        );
    }

    /// Runs it and hands over what it did, for facts that are no whole output.
    pub fn output(self) -> Output {
        self.execute()
    }

    fn execute(&self) -> Output {
        let mut command = match &self.place {
            Place::Host { home, .. } => on_the_host(home),
            Place::Container { container, uid } => {
                container.command(*uid, [OsString::from("hermes-host")], &self.environment)
            }
        };
        if matches!(self.place, Place::Host { .. }) {
            command.envs(self.environment.iter().cloned());
        }
        let mut child = command
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("hermes-host starts");
        let mut stdin = child.stdin.take().expect("its standard input is a pipe");
        // It may well end without having read: not the test's concern.
        let _ = stdin.write_all(self.stdin.as_bytes());
        drop(stdin);
        child.wait_with_output().expect("hermes-host ends").into()
    }
}

fn on_the_host(home: &Path) -> Command {
    let mut command = Command::new(host_binary());
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HERMES_HOME", home)
        // A developer's own supervisor is none of a test's business.
        .current_dir(home);
    command
}

fn show(stdout: &str, stderr: &str, status: i32) -> String {
    format!("{stdout}----- stderr -----\n{stderr}----- exit code {status} -----")
}

/// Drops a leading newline and the indentation that all lines share.
fn unindent(text: &str) -> String {
    let Some(text) = text.strip_prefix('\n') else {
        return text.to_owned();
    };
    let indent = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches(' ').len())
        .min()
        .unwrap_or(0);
    let text = text.trim_end_matches(' ');
    text.split_inclusive('\n')
        .map(|line| line.get(indent..).unwrap_or("\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::unindent;

    #[test]
    fn an_expectation_may_be_indented_with_its_test() {
        assert_eq!(unindent("plain\n"), "plain\n");
        assert_eq!(
            unindent(
                "
                error: x

                  hint: y
                "
            ),
            "error: x\n\n  hint: y\n"
        );
    }
}
