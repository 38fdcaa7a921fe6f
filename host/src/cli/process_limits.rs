//! What the operating system lets this process have, and how it says no.

use std::sync::Arc;

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};
use signal_hook::consts::SIGXFSZ;

/// A file that may not grow is an ordinary error, not the end of the process. As the signal is
/// handled and not ignored, a program that this process becomes has the default again.
pub(super) fn survive_files_that_may_not_grow() {
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
}

/// What is made here stays its owner's to read and write, whatever umask somebody has.
pub(super) fn keep_what_is_made_usable() {
    let mask = umask(Mode::RWXU);
    umask(mask.difference(Mode::RWXU));
}

/// Has as many files open as root allows, as each profile of many takes some. Not for what
/// becomes or starts another program, as one that uses select(2) relies on the usual limit.
pub(super) fn allow_all_files() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current != maximum {
        let all = Rlimit {
            current: maximum,
            maximum,
        };
        // With the usual limit most of it works, and the rest says what is missing.
        let _ = setrlimit(Resource::Nofile, all);
    }
}
