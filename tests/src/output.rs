use std::process::ExitStatus;

/// What a command left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub stdout: String,
    pub stderr: String,
    /// The exit code, or 128 and the signal that ended the command.
    pub status: i32,
}

impl Output {
    /// Standard output of a command that has to succeed.
    #[track_caller]
    pub fn success(self) -> String {
        assert_eq!(self.status, 0, "the command failed: {self:#?}");
        self.stdout
    }

    /// Standard output, read as JSON, whatever the exit code says.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {self:#?}"))
    }
}

impl From<std::process::Output> for Output {
    fn from(output: std::process::Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            status: code(output.status),
        }
    }
}

pub(crate) fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}
