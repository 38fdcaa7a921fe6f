use std::io::{self, ErrorKind, Write, stderr, stdout};
use std::process::ExitCode;

use serde::Serialize;

use super::CommandError;
use crate::os_error;
use crate::text::sanitise;

/// How a command ended: the numbers that scripts rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    Done,
    Failed,
    Usage,
    NotRunning,
    NotFound,
    TimedOut,
    Denied,
    /// The gateway's own, of `gateway run` and `gateway start --attach`.
    Gateway(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::NotRunning => 3,
            Exit::NotFound => 4,
            Exit::TimedOut => 5,
            Exit::Denied => 6,
            Exit::Gateway(code) => code,
        })
    }
}

impl Exit {
    /// A failure where the results were lost. Whoever closed the other end does not want to
    /// read them.
    pub(super) fn unless_lost(self, printed: io::Result<()>) -> Self {
        let error = match printed {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => os_error::words(&error),
            _ => return self,
        };
        let _ = writeln!(stderr(), "error: the result cannot be written: {error}");
        match self {
            Self::Done | Self::NotRunning => Self::Failed,
            failed => failed,
        }
    }
}

/// What a command has to say, printed once at its end.
#[derive(Debug, Default)]
pub(super) struct Report {
    out: String,
    err: String,
}

impl Report {
    /// A result.
    pub(super) fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// A result, for programs.
    pub(super) fn json(&mut self, value: &impl Serialize) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.line(&text),
            Err(error) => self.note(&format!("error: {error}")),
        }
    }

    /// Something that is not the result. It often quotes what others wrote.
    pub(super) fn note(&mut self, line: &str) {
        self.err.push_str(&sanitise(line));
        self.err.push('\n');
    }

    /// What a person can do about what stands above.
    pub(super) fn hint(&mut self, hint: &str) {
        self.note(&format!("  hint: {hint}"));
    }

    /// Something that is wrong and stops nothing.
    pub(super) fn warn(&mut self, error: &CommandError) {
        self.note(&format!("warning: {}", error.message));
        for hint in &error.hints {
            self.hint(hint);
        }
    }

    /// The end of a command that failed.
    pub(super) fn fail(&mut self, error: &CommandError) -> Exit {
        self.note(&format!("error: {}", error.message));
        for hint in &error.hints {
            self.hint(hint);
        }
        error.exit
    }

    /// Prints what there is so far, of a command that stays.
    pub(super) fn flush(&mut self) {
        // Whether that can be read decides nothing.
        let _ = self.print(Exit::Done);
        *self = Self::default();
    }

    /// Prints all of it; the exit code is a failure where the results were lost.
    pub(super) fn print(&self, exit: Exit) -> Exit {
        let mut out = stdout();
        let printed = out
            .write_all(self.out.as_bytes())
            .and_then(|()| out.flush());
        let _ = stderr().write_all(self.err.as_bytes());
        exit.unless_lost(printed)
    }
}
