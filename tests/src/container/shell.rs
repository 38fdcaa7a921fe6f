use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use super::Container;
use crate::Output;

/// Runs each line that it reads and answers its exit code.
const SCRIPT: &str = r#"
echo $$
while IFS= read -r line; do
    eval "$line" >/tmp/shell-$$.out 2>/tmp/shell-$$.err </dev/null
    echo $?
done
"#;

/// Long enough for a loaded machine: only a command that hangs waits it out.
const PATIENCE: Duration = Duration::from_mins(1);

/// A shell inside a container that stays, for many commands: each is spared a
/// way in of its own.
#[derive(Debug)]
pub struct Shell {
    child: Child,
    answers: Receiver<String>,
    pid: u32,
    /// What it printed, without the `.out` and `.err` at the end.
    printed: PathBuf,
}

impl Container {
    /// As `uid`, with the environment of every command.
    pub fn shell(&self, uid: u32) -> Shell {
        let mut child = self
            .entered(uid, ["sh", "-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("nsenter starts");
        let output = child.stdout.take().expect("its output is a pipe");
        let (sender, answers) = channel();
        thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            for line in lines {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let pid: u32 = answers
            .recv_timeout(PATIENCE)
            .ok()
            .and_then(|pid| pid.parse().ok())
            .expect("the shell says its pid");
        Shell {
            child,
            answers,
            pid,
            printed: self.path(&format!("/tmp/shell-{pid}")),
        }
    }
}

impl Shell {
    /// Runs one line. `None`: it has not ended in time, and the shell is of no
    /// more use.
    pub fn run(&mut self, line: &str) -> Option<Output> {
        let stdin = self.child.stdin.as_mut().expect("its input is a pipe");
        writeln!(stdin, "{line}").expect("the shell reads");
        let status = self.answers.recv_timeout(PATIENCE).ok()?;
        let printed = |ending| {
            let bytes = fs::read(self.printed.with_extension(ending)).unwrap_or_default();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Some(Output {
            stdout: printed("out"),
            stderr: printed("err"),
            status: status.parse().expect("an exit code is a number"),
        })
    }

    /// As the container sees it.
    pub fn pid(&self) -> u32 {
        self.pid
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // The end of its input; where it hangs it ends with its container.
        drop(self.child.stdin.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
