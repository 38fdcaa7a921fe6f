use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;

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
